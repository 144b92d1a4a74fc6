// Filter banks over sound: the power in each channel, hop by hop. Owns the filters and the scales of
// hearing; must not know spikes. Reference twins in the tests.
#pragma once

#include <cstddef>
#include <vector>

#include "datasets/wav_file.hpp"

namespace volley {

struct BankRange {
  std::size_t channels = 0;
  double low_hz = 0, high_hz = 0;
};

/// O'Shaughnessy 1987: 2595 log10(1 + f / 700).
double mel_of_hz(double hz);
double hz_of_mel(double mel);
/// Glasberg and Moore 1990: equivalent rectangular bandwidth in Hz, and the number of them below hz.
double erb_of_hz(double hz);
double erb_rate_of_hz(double hz);
double hz_of_erb_rate(double rate);

/// Weight of each bin of a transform of `size` samples in each channel (channels x (size/2 + 1),
/// row-major): triangles between channels + 2 points evenly spaced in mel, none narrower than a bin
/// on either side, so that every channel sees some.
std::vector<float> mel_weights(const BankRange& range, std::size_t size, double rate_hz);

/// Power of a Hann-windowed transform, centred at k * hop samples, summed with mel_weights.
/// frames x channels; outside the sound there are zeros. The transform has the next power of two
/// samples. Safe from many threads.
std::vector<float> mel_powers(const Sound& sound, const BankRange& range, std::size_t window,
                              double hop, std::size_t frames);

/// Mean power over each hop of 4th-order gammatone filters (Patterson et al. 1987) of bandwidth
/// 1.019 ERB, centres evenly spaced in ERB rate; gain 1 at the centre. frames x channels.
std::vector<float> gammatone_powers(const Sound& sound, const BankRange& range, double hop,
                                    std::size_t frames);

}  // namespace volley
