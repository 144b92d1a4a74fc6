// Event Stream (.es) version 2 of Prophesee and the Western Sydney University: "Event Stream",
// three bytes of version, a byte of type, width and height (u16 little-endian, not for generic
// events); then events, each after a byte of time since the last. y points up there: it is turned.
// Specification: neuromorphic-paris/event_stream, README.
//   dvs      255: + 127 us; 254: reset; else dt = b >> 1, ON = b & 1; x, y u16
//   atis     252 + k, k = 1 .. 3: + 63 k us; 252: reset; else dt = b >> 2, b & 1: threshold
//   crossing
//            (no event), p = b >> 1 & 1; x, y u16
//   color    255: + 254 us; 254: reset; else dt = b; x, y u16, three bytes of colour; p = 1
//   generic  as color, then the length in groups of 7 bits (bit 0 = more follow) and so many bytes;
//            delivered at (0, 0) with p = 1
#include "base/error.hpp"
#include "datasets/formats/decoders.hpp"

namespace volley {

namespace {

enum class EsType : std::uint8_t { generic = 0, dvs = 1, atis = 2, color = 4 };

/// Types whose events are of one size: `Type` says what the first byte means.
template <class Type>
class EsDecoder final : public BlockDecoder {
public:
  explicit EsDecoder(const SensorSize& stated)
      : height_(static_cast<std::uint32_t>(stated.height)) {}

  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    std::int64_t t = time_;
    while (at < bytes.size() && sink.room() > 0) {
      const std::uint32_t first = bytes[at];
      if (first >= Type::least_mark) [[unlikely]] {
        const int more = Type::more(first);
        t += more;
        if (more == 0) sink.skip("reset");
        ++at;
        continue;
      }
      if (at + Type::bytes > bytes.size()) break;
      const std::uint32_t x = little<std::uint16_t>(bytes.data() + at + 1);
      const std::uint32_t y = little<std::uint16_t>(bytes.data() + at + 3);
      const std::int64_t now = t + Type::delta(first);
      if (!Type::is_event(first))
        sink.skip("exposure measurement");
      else if (!sink.add(now, x, y < height_ ? height_ - 1 - y : y, Type::polarity(first), at))
        break;
      t = now;
      at += Type::bytes;
    }
    time_ = t;
    return at;
  }
  std::size_t needed() const override { return Type::bytes; }

private:
  std::uint32_t height_;
  std::int64_t time_ = 0;
};

struct Dvs {
  static constexpr std::size_t bytes = 5;
  static constexpr std::uint32_t least_mark = 254;
  static int more(std::uint32_t b) { return b == 255 ? 127 : 0; }
  static int delta(std::uint32_t b) { return static_cast<int>(b >> 1); }
  static std::uint32_t polarity(std::uint32_t b) { return b & 1; }
  static bool is_event(std::uint32_t) { return true; }
};
struct Atis {
  static constexpr std::size_t bytes = 5;
  static constexpr std::uint32_t least_mark = 252;
  static int more(std::uint32_t b) { return static_cast<int>(b & 3) * 63; }
  static int delta(std::uint32_t b) { return static_cast<int>(b >> 2); }
  static std::uint32_t polarity(std::uint32_t b) { return b >> 1 & 1; }
  static bool is_event(std::uint32_t b) { return (b & 1) == 0; }
};
struct Color {
  static constexpr std::size_t bytes = 8;
  static constexpr std::uint32_t least_mark = 254;
  static int more(std::uint32_t b) { return b == 255 ? 254 : 0; }
  static int delta(std::uint32_t b) { return static_cast<int>(b); }
  static std::uint32_t polarity(std::uint32_t) { return 1; }
  static bool is_event(std::uint32_t) { return true; }
};

class GenericEsDecoder final : public BlockDecoder {
public:
  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    while (sink.room() > 0) {
      if (inside_) {
        const auto part =
            static_cast<std::size_t>(std::min<std::uint64_t>(content_, bytes.size() - at));
        content_ -= part;
        at += part;
        if (content_ > 0 || !sink.add(time_, 0, 0, 1, at)) break;
        inside_ = false;
      } else {
        if (at == bytes.size()) break;
        const std::uint8_t first = bytes[at];
        if (first >= 254) {
          if (first == 254) sink.skip("reset");
          time_ += first == 255 ? 254 : 0;
          ++at;
          continue;
        }
        const std::size_t length = length_bytes(bytes.subspan(at + 1));
        if (length == 0) break;
        if (length > 4) {
          sink.fail(at, "an event of more than 256 MiB");
          break;
        }
        content_ = 0;
        for (std::size_t i = 0; i < length; ++i)
          content_ |= std::uint64_t{bytes[at + 1 + i]} >> 1 << (7 * i);
        time_ += first;
        at += 1 + length;
        inside_ = true;
      }
    }
    return at;
  }

  std::size_t needed() const override { return inside_ ? 1 : 6; }
  void finish(ByteSpan rest, EventSink& sink) override {
    if (inside_)
      sink.fail(0, "truncated: the last event lacks " + std::to_string(content_) + " bytes");
    else if (!rest.empty())
      sink.fail(0, "truncated: the last event ends in its length");
  }

private:
  /// Bytes of a length, 0 where its last byte is not there yet, 5 where it is too long.
  static std::size_t length_bytes(ByteSpan bytes) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i == bytes.size()) return 0;
      if ((bytes[i] & 1) == 0) return i + 1;
    }
    return 5;
  }

  std::int64_t time_ = 0;
  std::uint64_t content_ = 0;  // bytes left of the event's content
  bool inside_ = false;
};

}  // namespace

OpenedFormat open_es(ByteSpan front, const StreamOptions& options, const std::string& name) {
  constexpr std::size_t magic = 12;  // of "Event Stream"
  if (front.size() < magic + 4)
    throw Error("the file ends in its header", name + ": byte " + std::to_string(front.size()),
                "replace it by an undamaged copy");
  if (front[magic] != 2)
    throw Error("Event Stream version " + std::to_string(front[magic]) + ", 2 is known",
                name + ": byte 12", "convert it with the tool that wrote it");
  const auto type = static_cast<EsType>(front[magic + 3]);
  OpenedFormat opened;
  opened.header = magic + 4;
  if (type == EsType::generic) {
    opened.facts.format = "Event Stream (generic)";
    choose_sensor(opened.facts, options, SensorSize{1, 1, 2}, {});
    opened.decoder = std::make_unique<GenericEsDecoder>();
    return opened;
  }
  if (type != EsType::dvs && type != EsType::atis && type != EsType::color)
    throw Error("events of type " + std::to_string(front[magic + 3]) + " are not known",
                name + ": byte 15", "types 0 generic, 1 dvs, 2 atis and 4 color are");
  opened.header += 4;
  if (front.size() < opened.header)
    throw Error("the file ends in its header", name + ": byte " + std::to_string(front.size()),
                "replace it by an undamaged copy");
  const SensorSize stated{little<std::uint16_t>(front.data() + 16),
                          little<std::uint16_t>(front.data() + 18), 2};
  if (stated.width == 0 || stated.height == 0)
    throw Error("a sensor of " + std::to_string(stated.width) + " x " +
                    std::to_string(stated.height) + " pixels",
                name + ": byte 16", "replace it by an undamaged copy");
  choose_sensor(opened.facts, options, stated, {});
  if (type == EsType::dvs) {
    opened.facts.format = "Event Stream (dvs)";
    opened.decoder = std::make_unique<EsDecoder<Dvs>>(stated);
  } else if (type == EsType::atis) {
    opened.facts.format = "Event Stream (atis)";
    opened.decoder = std::make_unique<EsDecoder<Atis>>(stated);
  } else {
    opened.facts.format = "Event Stream (color)";
    opened.decoder = std::make_unique<EsDecoder<Color>>(stated);
  }
  return opened;
}

}  // namespace volley
