// What decoders of bytes share: a sink that checks and keeps events, and the stream that feeds a
// decoder with blocks of bytes. Owns block sizes, byte offsets and the end of the file; must not
// know any format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/byte_source.hpp"
#include "datasets/event_stream.hpp"

namespace volley {

using ByteSpan = std::span<const std::uint8_t>;

/// What a decoder says about its stream before the first event.
struct StreamFacts {
  std::string format;  ///< in words: "Prophesee EVT3"
  SensorSize sensor;   ///< every event lies inside
  bool sensor_stated = true;
  bool free_clock = false;
  /// Steps back in time of up to so many microseconds are mended and counted, larger ones are
  /// damage.
  std::int64_t mended_us = 0;
  bool drops_outside = false;  ///< events outside the sensor are dropped, not damage
};

/// Times of events lie in [-time_limit_us, time_limit_us], 146,000 years each way, so that
/// differences of two cannot overflow.
inline constexpr std::int64_t time_limit_us = std::int64_t{1} << 62;

/// Takes events from a decoder, up to the room of one batch.
class EventSink {
public:
  EventSink(const StreamFacts& facts, StreamReport& report)
      : width_(static_cast<std::uint32_t>(facts.sensor.width)),
        height_(static_cast<std::uint32_t>(facts.sensor.height)), mended_us_(facts.mended_us),
        drops_outside_(facts.drops_outside), report_(report) {}

  /// How many more events fit.
  std::size_t room() const { return static_cast<std::size_t>(end_ - at_); }

  /// Adds an event; there must be room. @param offset of its first byte in the bytes given to
  /// decode(). False at damage: the decoder returns at once.
  bool add(std::int64_t t, std::uint32_t x, std::uint32_t y, std::uint32_t p, std::size_t offset) {
    if (x < width_ && y < height_ && t >= latest_ && t <= time_limit_us) [[likely]] {
      at_->t = t;
      at_->x = static_cast<std::uint16_t>(x);
      at_->y = static_cast<std::uint16_t>(y);
      at_->p = static_cast<std::uint8_t>(p);
      ++at_;
      latest_ = t;
      return true;
    }
    return add_odd(t, x, y, p, offset);
  }

  /// Counts what is no event.
  void skip(std::string_view kind, std::uint64_t count = 1);
  /// Counts what makes no sense.
  void drop(std::string_view kind, std::uint64_t count = 1);
  void note(std::string text);
  /// Records damage at an offset into the bytes given to decode(). Always returns false.
  bool fail(std::size_t offset, std::string reason);

private:
  friend class BlockStream;
  bool add_odd(std::int64_t t, std::uint32_t x, std::uint32_t y, std::uint32_t p,
               std::size_t offset);

  Event* at_ = nullptr;
  Event* end_ = nullptr;
  std::int64_t latest_ = -time_limit_us;
  std::uint32_t width_, height_;
  std::int64_t mended_us_;
  bool drops_outside_;
  StreamReport& report_;
  std::string reason_;  // of damage
  std::size_t reason_offset_ = 0;
};

/// Turns bytes into events. Stateful: is given each byte once it has taken those before.
class BlockDecoder {
public:
  virtual ~BlockDecoder() = default;

  /// Decodes from the front of `bytes` until they, or the sink's room (at least 4096 events at the
  /// start of a batch), are used up. @return how many bytes are done with; the others come again,
  /// in front of more. Damage is told to the sink.
  virtual std::size_t decode(ByteSpan bytes, EventSink& sink) = 0;

  /// With so many bytes (no more than most_bytes_at_once), decode() takes some of them or delivers.
  virtual std::size_t needed() const = 0;

  /// The bytes ended and decode() takes none of the `rest` any more. Tells the sink what is wrong
  /// with that; the usual answer is that the last item is cut short.
  virtual void finish(ByteSpan rest, EventSink& sink);

  static constexpr std::size_t most_bytes_at_once = std::size_t{1} << 27;
};

/// The stream of a decoder's events from a source of bytes.
/// @param position of the source's next byte in the file
std::unique_ptr<EventStream> make_block_stream(std::unique_ptr<ByteSource> bytes,
                                               std::unique_ptr<BlockDecoder> decoder,
                                               StreamFacts facts, std::uint64_t position = 0);

// Numbers in bytes, whatever their alignment.
template <class T>
T little(const std::uint8_t* bytes) {
  T value;
  __builtin_memcpy(&value, bytes, sizeof(T));
  return value;
}
inline std::uint16_t big16(const std::uint8_t* bytes) {
  return __builtin_bswap16(little<std::uint16_t>(bytes));
}
inline std::uint32_t big32(const std::uint8_t* bytes) {
  return __builtin_bswap32(little<std::uint32_t>(bytes));
}
inline std::uint64_t big64(const std::uint8_t* bytes) {
  return __builtin_bswap64(little<std::uint64_t>(bytes));
}

}  // namespace volley
