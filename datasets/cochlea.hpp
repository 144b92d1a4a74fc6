// Sound as the spikes of a model cochlea: a bank of filters, the level of each channel over time,
// and a spiking code of those levels. Owns the model; must not know files or networks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_values.hpp"
#include "datasets/recording.hpp"
#include "datasets/wav_file.hpp"

namespace volley {

/// How sound is taken apart.
enum class FilterBank {
  mel,        ///< triangles on the mel scale over the power of a short Fourier transform (FFTW)
  gammatone,  ///< 4th-order gammatone filters, ERB-spaced: the basilar membrane, sample by sample
};

/// How the level of a channel becomes spikes.
enum class CochleaCode {
  rate,   ///< an integrate-and-fire neuron driven by the level
  delta,  ///< ON and OFF events where the level has changed by a threshold (two polarities)
};

struct CochleaOptions {
  FilterBank bank = FilterBank::mel;
  CochleaCode code = CochleaCode::rate;
  int channels = 64;         ///< channel 0 is the lowest; x of the events; 700 for data like SHD
  double low_hz = 60;        ///< centre of the first channel (mel: lower edge)
  double high_hz = 0;        ///< of the last (mel: upper edge); 0 = 0.95 of half the sampling rate
  double window_ms = 25;     ///< mel: length of the Hann window
  double hop_ms = 5;         ///< between two levels
  double range_db = 50;      ///< level 1 is the loudest of the recording, level 0 lies so far below
  double rate_hz = 200;      ///< rate: spikes per second at level 1
  double threshold = 0.15;   ///< delta: change of level per event

  friend bool operator==(const CochleaOptions&, const CochleaOptions&) = default;
};

/// Reads options given by name, as the members above are called (bank and code by their names).
/// @throws Error for what is unknown, of the wrong type or out of range
CochleaOptions read_cochlea_options(const NamedValues& given);

/// Of the recordings that come out: channels x 1, 1 polarity, or 2 for the delta code.
SensorSize cochlea_sensor(const CochleaOptions& options);

/// Levels of all channels, frame by frame (frames x channels, row-major), in [0, 1]:
///   level = max(0, 1 + 10 log10(power / greatest power of the recording) / range_db).
/// Frame k sees the sound around (mel: centred at) k * hop_ms. There are as many frames as hops
/// begin within the sound; a silent recording has only levels of 0.
std::vector<float> cochlea_levels(const Sound& sound, const CochleaOptions& options);

/// The spikes. A neuron of the rate code gains level * rate_hz * hop over each hop and spikes when
/// it holds a whole one; neurons begin with parts of one that differ, so that equal levels do not
/// fire together. A delta channel begins at level 0. Times within a hop are interpolated.
/// @throws Error (where = name) for high_hz or low_hz beyond half the sampling rate, or a sound of
/// more than max_sound_seconds
Recording cochlea_spikes(const Sound& sound, const CochleaOptions& options,
                         const std::string& name);

inline constexpr double max_sound_seconds = 3600;

}  // namespace volley
