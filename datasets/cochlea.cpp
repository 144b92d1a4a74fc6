#include "datasets/cochlea.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "datasets/dvs_model.hpp"
#include "datasets/filter_bank.hpp"

namespace volley {

namespace {

constexpr double golden = 0.6180339887498949;

/// Microseconds at `place` hops.
std::int64_t time_us(double place, double hop_ms) {
  return static_cast<std::int64_t>(place * hop_ms * 1000);
}

Event event_at(double place, const CochleaOptions& options, std::size_t channel, bool on) {
  return {time_us(place, options.hop_ms), static_cast<std::uint16_t>(channel), 0,
          static_cast<std::uint8_t>(on)};
}

void rate_code(const std::vector<float>& levels, const CochleaOptions& options,
               std::vector<Event>& events) {
  const auto channels = static_cast<std::size_t>(options.channels);
  const double gain = options.rate_hz * options.hop_ms / 1000;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    double held = std::fmod(static_cast<double>(channel + 1) * golden, 1.0);
    for (std::size_t frame = 0; frame < levels.size() / channels; ++frame) {
      const double more = gain * static_cast<double>(levels[frame * channels + channel]);
      const double before = held;
      held += more;
      for (; held >= 1; held -= 1) {
        // The k-th spike of this hop comes when before + share * more = k.
        const double whole = std::round(before + more - held + 1);
        const double share = std::clamp((whole - before) / more, 0.0, 1.0);
        events.push_back(
            event_at(static_cast<double>(frame) + std::min(share, 0.999), options, channel, false));
      }
    }
  }
}

void delta_code(const std::vector<float>& levels, const CochleaOptions& options,
                std::vector<Event>& events) {
  const auto channels = static_cast<std::size_t>(options.channels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    double told = 0, before = 0;
    for (std::size_t frame = 0; frame < levels.size() / channels; ++frame) {
      const double level = static_cast<double>(levels[frame * channels + channel]);
      while (std::abs(level - told) >= options.threshold) {
        const bool on = level > told;
        told += on ? options.threshold : -options.threshold;
        const double share = std::clamp((told - before) / (level - before), 0.0, 0.999);
        events.push_back(event_at(static_cast<double>(frame) + share, options, channel, on));
      }
      before = level;
    }
  }
}

}  // namespace

CochleaOptions read_cochlea_options(const NamedValues& given) {
  NamedReader reader(given);
  CochleaOptions options;
  options.bank = reader.choice("bank", "mel", {"mel", "gammatone"}) == "mel" ? FilterBank::mel
                                                                             : FilterBank::gammatone;
  options.code = reader.choice("code", "rate", {"rate", "delta"}) == "rate" ? CochleaCode::rate
                                                                            : CochleaCode::delta;
  options.channels = static_cast<int>(reader.integer("channels", options.channels, 1, 4096));
  options.low_hz = reader.number("low_hz", options.low_hz, 0, 1e6);
  options.high_hz = reader.number("high_hz", options.high_hz, 0, 1e6);
  options.window_ms = reader.number("window_ms", options.window_ms, 0.1, 1000);
  options.hop_ms = reader.number("hop_ms", options.hop_ms, 0.1, 1000);
  options.range_db = reader.number("range_db", options.range_db, 1, 300);
  options.rate_hz = reader.number("rate_hz", options.rate_hz, 0.001, 10'000);
  options.threshold = reader.number("threshold", options.threshold, 0.001, 1);
  reader.finish();
  return options;
}

SensorSize cochlea_sensor(const CochleaOptions& options) {
  return {options.channels, 1, options.code == CochleaCode::delta ? 2 : 1};
}

std::vector<float> cochlea_levels(const Sound& sound, const CochleaOptions& options) {
  const double rate = sound.rate_hz, hop = std::max(1.0, options.hop_ms * rate / 1000);
  const auto frames =
      static_cast<std::size_t>(std::ceil(static_cast<double>(sound.samples.size()) / hop));
  const BankRange range{static_cast<std::size_t>(options.channels), options.low_hz,
                        options.high_hz == 0 ? 0.475 * rate : options.high_hz};
  std::vector<float> levels;
  if (options.bank == FilterBank::mel) {
    const auto window =
        std::max<std::size_t>(2, static_cast<std::size_t>(options.window_ms * rate / 1000));
    levels = mel_powers(sound, range, window, hop, frames);
  } else {
    levels = gammatone_powers(sound, range, hop, frames);
  }
  const float most = levels.empty() ? 0 : *std::max_element(levels.begin(), levels.end());
  for (float& level : levels) {
    const double share = most > 0 ? static_cast<double>(level) / static_cast<double>(most) : 0;
    level = share > 0 ? static_cast<float>(
                            std::max(0.0, 1 + 10 * std::log10(share) / options.range_db))
                      : 0.0f;
  }
  return levels;
}

Recording cochlea_spikes(const Sound& sound, const CochleaOptions& options,
                         const std::string& name) {
  const double half = sound.rate_hz / 2.0;
  const double high = options.high_hz == 0 ? 0.95 * half : options.high_hz;
  if (high > half || options.low_hz >= high)
    throw Error("a cochlea from " + std::to_string(options.low_hz) + " to " +
                    std::to_string(high) + " Hz does not fit sound of " +
                    std::to_string(sound.rate_hz) + " samples per second",
                name, "set low_hz below high_hz and high_hz to at most half the sampling rate");
  if (static_cast<double>(sound.samples.size()) > max_sound_seconds * sound.rate_hz)
    throw Error("lasts longer than an hour", name, "cut it into shorter pieces");
  Recording recording;
  recording.name = name;
  recording.sensor = cochlea_sensor(options);
  const std::vector<float> levels = cochlea_levels(sound, options);
  if (options.code == CochleaCode::rate) rate_code(levels, options, recording.events);
  else delta_code(levels, options, recording.events);
  sort_events(recording.events);
  return recording;
}

}  // namespace volley
