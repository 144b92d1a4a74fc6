#include "datasets/wav_file.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.hpp"

namespace volley {

namespace {

enum class SampleFormat { pcm, ieee_float };

struct WavFormat {
  SampleFormat format = SampleFormat::pcm;
  std::size_t channels = 0, sample_bytes = 0;
  int rate_hz = 0;
};

class WavReader {
public:
  WavReader(std::string_view bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  Sound read() {
    if (bytes_.size() < 12 || bytes_.substr(0, 4) != "RIFF" || bytes_.substr(8, 4) != "WAVE")
      fail(0, "is not a WAV file: it does not begin with RIFF....WAVE");
    bool described = false;
    for (std::size_t at = 12; at + 8 <= bytes_.size();) {
      const std::string_view name = bytes_.substr(at, 4);
      std::size_t size = number(at + 4, 4);
      const std::size_t body = at + 8, left = bytes_.size() - body;
      if (name == "data") {
        if (!described) fail(at, "the data come before their format");
        if (size == 0xffffffff) size = left - left % frame_bytes();
        if (size > left)
          fail(bytes_.size(), "the data end early: " + std::to_string(size) + " bytes promised, " +
                                  std::to_string(left) + " there");
        return samples(body, size);
      }
      if (size > left) fail(at, "a chunk goes on after the end of the file");
      if (name == "fmt ") {
        read_format(body, size);
        described = true;
      }
      at = body + size + size % 2;
    }
    fail(bytes_.size(), "there is no data chunk");
  }

private:
  [[noreturn]] void fail(std::size_t byte, const std::string& what) const {
    throw Error(what, origin_ + ": byte " + std::to_string(byte),
                "convert it to 16-bit PCM, or replace it by an undamaged copy");
  }

  /// Little-endian.
  std::size_t number(std::size_t at, std::size_t size) const {
    std::size_t value = 0;
    for (std::size_t k = size; k-- > 0;)
      value = value << 8 | static_cast<std::uint8_t>(bytes_[at + k]);
    return value;
  }

  std::size_t frame_bytes() const { return format_.channels * format_.sample_bytes; }

  void read_format(std::size_t at, std::size_t size) {
    if (size < 16) fail(at, "the format chunk is shorter than 16 bytes");
    std::size_t tag = number(at, 2);
    if (tag == 0xfffe) {  // extensible: the real tag begins the sub-format
      if (size < 26) fail(at, "the extensible format chunk is shorter than 26 bytes");
      tag = number(at + 24, 2);
    }
    const std::size_t channels = number(at + 2, 2), rate = number(at + 4, 4),
                      block = number(at + 12, 2), bits = number(at + 14, 2);
    const bool pcm = tag == 1 && (bits == 8 || bits == 16 || bits == 24 || bits == 32);
    const bool ieee = tag == 3 && (bits == 32 || bits == 64);
    if (!pcm && !ieee)
      fail(at, "samples of format " + std::to_string(tag) + " with " + std::to_string(bits) +
                   " bits are not read");
    if (channels < 1 || channels > 64)
      fail(at + 2, std::to_string(channels) + " channels are not read, only 1 to 64");
    if (rate < 1 || rate > 10'000'000)
      fail(at + 4, "a rate of " + std::to_string(rate) + " Hz is not read");
    if (block != channels * bits / 8)
      fail(at + 12, "a block of " + std::to_string(block) + " bytes does not hold " +
                        std::to_string(channels) + " samples of " + std::to_string(bits) +
                        " bits");
    format_ = {pcm ? SampleFormat::pcm : SampleFormat::ieee_float, channels, bits / 8,
               static_cast<int>(rate)};
  }

  double sample(std::size_t at) const {
    const std::size_t size = format_.sample_bytes;
    const std::uint64_t word = number(at, size);
    if (format_.format == SampleFormat::ieee_float)
      return size == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(word))
                       : std::bit_cast<double>(word);
    if (size == 1) return (static_cast<double>(word) - 128) / 128;
    // The sign bit to the top, so that it counts.
    const auto unused = static_cast<int>(32 - 8 * size);
    const auto value = static_cast<std::int32_t>(static_cast<std::uint32_t>(word << unused));
    return static_cast<double>(value) / 2147483648.0;
  }

  Sound samples(std::size_t body, std::size_t size) const {
    if (size % frame_bytes() != 0)
      fail(body + size - size % frame_bytes(), "the last sample is not whole");
    Sound sound;
    sound.rate_hz = format_.rate_hz;
    sound.samples.reserve(size / frame_bytes());
    const double share = 1.0 / static_cast<double>(format_.channels);
    for (std::size_t at = body; at < body + size; at += frame_bytes()) {
      double sum = 0;
      for (std::size_t channel = 0; channel < format_.channels; ++channel)
        sum += sample(at + channel * format_.sample_bytes);
      const auto mean = static_cast<float>(sum * share);
      if (!std::isfinite(mean)) fail(at, "a sample is not a finite number");
      sound.samples.push_back(mean);
    }
    return sound;
  }

  std::string_view bytes_;
  const std::string& origin_;
  WavFormat format_;
};

}  // namespace

Sound read_wav(std::string_view bytes, const std::string& origin) {
  return WavReader(bytes, origin).read();
}

}  // namespace volley
