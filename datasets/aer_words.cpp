// The words of live events; see live_stream.hpp.
#include <cassert>

#include "datasets/live_stream.hpp"

namespace volley {

namespace {

constexpr std::uint32_t no_time = 0x80000000u, on = 0x8000u, low_bits = 0x7fffu;

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t k = 4; k-- > 0;) word = word << 8 | static_cast<std::uint8_t>(bytes[at + k]);
  return word;
}

}  // namespace

void AerWordDecoder::decode(std::string_view bytes, std::int64_t now_us, bool continues,
                            std::vector<Event>& events) {
  std::string joined;
  if (!left_.empty()) {
    joined = std::move(left_);
    left_.clear();
    joined += bytes;
    bytes = joined;
  }
  std::size_t at = 0;
  for (;;) {
    if (bytes.size() - at < 4) break;
    const std::uint32_t word = word_at(bytes, at);
    if ((word & no_time) != 0) {
      if (first_ < 0) first_ = now_us;
      add(word, now_us - first_, events);
      at += 4;
    } else {
      if (bytes.size() - at < 8) break;
      add(word, unwrapped(word_at(bytes, at + 4)), events);
      at += 8;
    }
  }
  if (continues) left_ = bytes.substr(at);
  else cut_ += bytes.size() - at;
}

/// Microseconds since the first event: a clock of 32 bits goes around every 71 minutes; a step of
/// less than half of that is one forwards or backwards.
std::int64_t AerWordDecoder::unwrapped(std::uint32_t low) {
  if (!timed_) {
    timed_ = true;
    last_low_ = low;
    if (first_ < 0) first_ = 0;
    return time_;
  }
  const auto step = static_cast<std::int32_t>(low - last_low_);
  const std::int64_t t = time_ + step;
  if (step > 0) last_low_ = low;
  return t;
}

void AerWordDecoder::add(std::uint32_t word, std::int64_t t, std::vector<Event>& events) {
  const auto x = static_cast<std::uint16_t>(word >> 16 & low_bits);
  const auto y = static_cast<std::uint16_t>(word & low_bits);
  if (t < time_) {
    ++late_;
    t = time_;
  }
  time_ = t;
  if (x >= sensor_.width || y >= sensor_.height) {
    ++outside_;
    return;
  }
  const bool bright = (word & on) != 0 && sensor_.polarities == 2;
  events.push_back({t, x, y, static_cast<std::uint8_t>(bright ? 1 : 0)});
}

}  // namespace volley
