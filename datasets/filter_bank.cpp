#include "datasets/filter_bank.hpp"

#include <fftw3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <memory>
#include <mutex>
#include <new>
#include <numbers>

namespace volley {

double mel_of_hz(double hz) { return 2595 * std::log10(1 + hz / 700); }
double hz_of_mel(double mel) { return 700 * (std::pow(10.0, mel / 2595) - 1); }
double erb_of_hz(double hz) { return 24.7 * (4.37e-3 * hz + 1); }
double erb_rate_of_hz(double hz) { return 21.4 * std::log10(4.37e-3 * hz + 1); }
double hz_of_erb_rate(double rate) { return (std::pow(10.0, rate / 21.4) - 1) / 4.37e-3; }

std::vector<float> mel_weights(const BankRange& range, std::size_t size, double rate_hz) {
  const std::size_t bins = size / 2 + 1;
  const double bin_hz = rate_hz / static_cast<double>(size);
  const double low = mel_of_hz(range.low_hz), high = mel_of_hz(range.high_hz);
  const auto point = [&](std::size_t k) {
    return hz_of_mel(low + (high - low) * static_cast<double>(k) /
                               static_cast<double>(range.channels + 1));
  };
  std::vector<float> weights(range.channels * bins, 0.0f);
  for (std::size_t channel = 0; channel < range.channels; ++channel) {
    const double centre = point(channel + 1);
    const double below = std::max(centre - point(channel), bin_hz);
    const double above = std::max(point(channel + 2) - centre, bin_hz);
    for (std::size_t bin = 0; bin < bins; ++bin) {
      const double away = static_cast<double>(bin) * bin_hz - centre;
      const double weight = 1 - (away < 0 ? -away / below : away / above);
      if (weight > 0) weights[channel * bins + bin] = static_cast<float>(weight);
    }
  }
  return weights;
}

namespace {

/// A transform of real numbers. Only making and destroying plans is not safe from many threads.
class RealTransform {
public:
  explicit RealTransform(std::size_t size)
      : in_(static_cast<float*>(fftwf_malloc(sizeof(float) * size))),
        out_(static_cast<fftwf_complex*>(fftwf_malloc(sizeof(fftwf_complex) * (size / 2 + 1)))) {
    if (!in_ || !out_) throw std::bad_alloc();
    const std::lock_guard lock(planning());
    // The plan that is estimated, not measured: the same numbers in every run.
    plan_ = fftwf_plan_dft_r2c_1d(static_cast<int>(size), in_.get(), out_.get(), FFTW_ESTIMATE);
    if (plan_ == nullptr) throw std::bad_alloc();
  }
  ~RealTransform() {
    const std::lock_guard lock(planning());
    fftwf_destroy_plan(plan_);
  }
  RealTransform(const RealTransform&) = delete;
  RealTransform& operator=(const RealTransform&) = delete;

  float* in() { return in_.get(); }
  void run() { fftwf_execute(plan_); }
  float power(std::size_t bin) const {
    return out_[bin][0] * out_[bin][0] + out_[bin][1] * out_[bin][1];
  }

private:
  static std::mutex& planning() {
    static std::mutex mutex;
    return mutex;
  }
  struct Free {
    void operator()(void* memory) const { fftwf_free(memory); }
  };
  std::unique_ptr<float[], Free> in_;
  std::unique_ptr<fftwf_complex[], Free> out_;
  fftwf_plan plan_ = nullptr;
};

}  // namespace

std::vector<float> mel_powers(const Sound& sound, const BankRange& range, std::size_t window,
                              double hop, std::size_t frames) {
  const std::size_t size = std::bit_ceil(window), bins = size / 2 + 1;
  const std::vector<float> weights = mel_weights(range, size, sound.rate_hz);
  std::vector<float> hann(window), power(bins), powers(frames * range.channels);
  for (std::size_t i = 0; i < window; ++i)
    hann[i] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) /
                             static_cast<double>(window)));
  RealTransform transform(size);
  const auto length = static_cast<std::int64_t>(sound.samples.size());
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const auto first = static_cast<std::int64_t>(static_cast<double>(frame) * hop) -
                       static_cast<std::int64_t>(window / 2);
    std::fill(transform.in(), transform.in() + size, 0.0f);
    for (std::size_t i = 0; i < window; ++i) {
      const std::int64_t at = first + static_cast<std::int64_t>(i);
      if (at >= 0 && at < length)
        transform.in()[i] = hann[i] * sound.samples[static_cast<std::size_t>(at)];
    }
    transform.run();
    for (std::size_t bin = 0; bin < bins; ++bin) power[bin] = transform.power(bin);
    for (std::size_t channel = 0; channel < range.channels; ++channel) {
      float sum = 0;
      for (std::size_t bin = 0; bin < bins; ++bin) sum += weights[channel * bins + bin] * power[bin];
      powers[frame * range.channels + channel] = sum;
    }
  }
  return powers;
}

std::vector<float> gammatone_powers(const Sound& sound, const BankRange& range, double hop,
                                    std::size_t frames) {
  const double low = erb_rate_of_hz(range.low_hz), high = erb_rate_of_hz(range.high_hz);
  std::vector<float> powers(frames * range.channels, 0.0f);
  for (std::size_t channel = 0; channel < range.channels; ++channel) {
    const double place = range.channels == 1 ? 0 : static_cast<double>(channel) /
                                                       static_cast<double>(range.channels - 1);
    const double centre = hz_of_erb_rate(low + (high - low) * place);
    // The filter is a lowpass of four equal poles around its centre: the sound is turned down by the
    // centre frequency, so that the envelope comes out and no carrier is left to rectify.
    const double pole = std::exp(-2 * std::numbers::pi * 1.019 * erb_of_hz(centre) / sound.rate_hz);
    const std::complex<double> turn =
        std::polar(1.0, -2 * std::numbers::pi * centre / sound.rate_hz);
    std::complex<double> carrier = 1;
    std::array<std::complex<double>, 4> stage{};
    std::size_t at = 0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
      const std::size_t end = std::min(
          sound.samples.size(), static_cast<std::size_t>(static_cast<double>(frame + 1) * hop));
      double sum = 0;
      const std::size_t count = end - at;
      for (; at < end; ++at) {
        std::complex<double> value = static_cast<double>(sound.samples[at]) * carrier;
        carrier *= turn;
        for (std::complex<double>& memory : stage)
          value = memory = memory * pole + value * (1 - pole);
        // Half of the power of a tone stands in the mirrored frequency that the lowpass removes.
        sum += 2 * std::norm(value);
      }
      carrier /= std::abs(carrier);
      if (count > 0)
        powers[frame * range.channels + channel] =
            static_cast<float>(sum / static_cast<double>(count));
    }
  }
  return powers;
}

}  // namespace volley
