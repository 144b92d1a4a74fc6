// AEDAT 2.0 of jAER (and 1.0, with 2-byte addresses): big-endian address and time after '#' lines,
// which may be missing. What an address means follows the chip that the header names.
// Specification: iniVation, "AEDAT file formats". Layouts of a 32-bit address:
//   dvs128       p bit 0, x bits 1-7, y bits 8-14; bit 15 marks what comes from outside
//   davis        p bit 11, x bits 12-21, y bits 22-30; bit 31: frame or IMU; bit 10: from outside
//   cifar10-dvs  dvs128 with x and y exchanged and mirrored and p turned: (127 - y, 127 - x, 1 - p)
//   cochlea      x = the address; cochlea-onoff: p bit 0, x the others
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "datasets/formats/decoders.hpp"

namespace volley {

namespace {

struct Address {
  std::uint32_t x, y, p;
};

struct Dvs128 {
  static const char* no_event(std::uint32_t a) { return (a & 0x8000) ? "external event" : nullptr; }
  static Address of(std::uint32_t a) { return {a >> 1 & 0x7f, a >> 8 & 0x7f, a & 1}; }
};
struct Cifar10Dvs {
  static const char* no_event(std::uint32_t a) { return Dvs128::no_event(a); }
  static Address of(std::uint32_t a) {
    return {127 - (a >> 8 & 0x7f), 127 - (a >> 1 & 0x7f), 1 - (a & 1)};
  }
};
struct Davis {
  static const char* no_event(std::uint32_t a) {
    if (a & 0x80000000) return "frame or IMU sample";
    return (a & 0x400) ? "external event" : nullptr;
  }
  static Address of(std::uint32_t a) { return {a >> 12 & 0x3ff, a >> 22 & 0x1ff, a >> 11 & 1}; }
};
struct Cochlea {
  static const char* no_event(std::uint32_t) { return nullptr; }
  static Address of(std::uint32_t a) { return {a, 0, 1}; }
};
struct CochleaOnOff {
  static const char* no_event(std::uint32_t) { return nullptr; }
  static Address of(std::uint32_t a) { return {a >> 1, 0, a & 1}; }
};

/// Turns the 32-bit counter of a file, which wraps after 71 minutes, into microseconds.
class Ticks {
public:
  explicit Ticks(double tick_us) : tick_us_(tick_us), plain_(tick_us == 1) {}
  std::int64_t us(std::uint32_t ticks) {
    if (ticks < previous_ && previous_ - ticks > 0x80000000u) overflow_ += std::int64_t{1} << 32;
    previous_ = ticks;
    const std::int64_t all = overflow_ + ticks;
    return plain_ ? all
                  : static_cast<std::int64_t>(std::floor(static_cast<double>(all) * tick_us_));
  }

private:
  double tick_us_;
  bool plain_;
  std::uint32_t previous_ = 0;
  std::int64_t overflow_ = 0;
};

template <class Layout, std::size_t address_bytes>
class Aedat2Decoder final : public BlockDecoder {
public:
  explicit Aedat2Decoder(double tick_us) : ticks_(tick_us) {}

  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    constexpr std::size_t size = address_bytes + 4;
    std::size_t at = 0;
    const char* skipped = nullptr;
    std::uint64_t times = 0;  // in a row
    const auto flush = [&] {
      if (times > 0) sink.skip(skipped, times);
      times = 0;
    };
    for (; at + size <= bytes.size() && sink.room() > 0; at += size) {
      const std::uint8_t* const item = bytes.data() + at;
      const std::uint32_t address = address_bytes == 4 ? big32(item) : big16(item);
      if (const char* const kind = Layout::no_event(address)) [[unlikely]] {
        if (kind != skipped) flush();
        skipped = kind;
        ++times;
        continue;
      }
      const Address place = Layout::of(address);
      const std::int64_t t = ticks_.us(big32(item + address_bytes));
      if (!sink.add(t, place.x, place.y, place.p, at)) break;
    }
    flush();
    return at;
  }
  std::size_t needed() const override { return address_bytes + 4; }

private:
  Ticks ticks_;
};

/// End of the '#' lines. A line with bytes that no text has is data that begins with '#'.
std::size_t header_end(ByteSpan front) {
  std::size_t at = 0;
  while (at < front.size() && front[at] == '#') {
    std::size_t end = at;
    while (end < front.size() && front[end] != '\n' &&
           (front[end] >= 0x20 || front[end] == '\t' || front[end] == '\r'))
      ++end;
    if (end < front.size() && front[end] != '\n') return at;
    const std::string_view line(reinterpret_cast<const char*>(front.data()) + at, end - at);
    at = std::min(end + 1, front.size());
    if (line.starts_with("#End Of ASCII Header")) return at;
  }
  return at;
}

template <std::size_t address_bytes>
std::unique_ptr<BlockDecoder> make_decoder(const std::string& layout, double tick_us,
                                           const std::string& name) {
  if (layout == "dvs128") return std::make_unique<Aedat2Decoder<Dvs128, address_bytes>>(tick_us);
  if (layout == "davis" && address_bytes == 4)
    return std::make_unique<Aedat2Decoder<Davis, address_bytes>>(tick_us);
  if (layout == "cifar10-dvs")
    return std::make_unique<Aedat2Decoder<Cifar10Dvs, address_bytes>>(tick_us);
  if (layout == "cochlea") return std::make_unique<Aedat2Decoder<Cochlea, address_bytes>>(tick_us);
  if (layout == "cochlea-onoff")
    return std::make_unique<Aedat2Decoder<CochleaOnOff, address_bytes>>(tick_us);
  throw Error(
      "addresses of " + std::to_string(address_bytes) + " bytes have no layout '" + layout + "'",
      name, "use dvs128, davis, cifar10-dvs, cochlea or cochlea-onoff");
}

/// The layout that a header without a known chip leaves to its addresses.
std::string layout_of(std::string_view header, ByteSpan items) {
  if (header.find("DVS128") != std::string_view::npos ||
      header.find("Tmpdiff128") != std::string_view::npos)
    return "dvs128";
  if (header.find("Cochlea") != std::string_view::npos) return "cochlea";
  if (header.find("davis") != std::string_view::npos ||
      header.find("DAVIS") != std::string_view::npos)
    return "davis";
  for (std::size_t at = 0; at + 8 <= items.size(); at += 8)
    if (big32(items.data() + at) > 0xffff) return "davis";
  return "dvs128";
}

/// 2 or 4: with which the times of a file without a header do not step back.
int address_bytes_of(ByteSpan items) {
  std::array<std::size_t, 2> back{};
  for (const std::size_t bytes : {std::size_t{2}, std::size_t{4}}) {
    std::uint32_t previous = 0;
    for (std::size_t at = 0; at + bytes + 4 <= items.size(); at += bytes + 4) {
      const std::uint32_t time = big32(items.data() + at + bytes);
      back[bytes / 4] += time < previous;
      previous = time;
    }
  }
  return back[0] < back[1] ? 2 : 4;
}

}  // namespace

OpenedFormat open_aedat2(ByteSpan front, const StreamOptions& options, const std::string& name) {
  OpenedFormat opened;
  opened.header = header_end(front);
  const std::string_view header(reinterpret_cast<const char*>(front.data()), opened.header);
  const ByteSpan items = front.subspan(opened.header);
  std::string layout = options.layout;
  int bytes = 4;
  if (header.empty()) {
    if (layout.empty()) layout = "cochlea";
    bytes = options.address_bytes != 0 ? options.address_bytes : address_bytes_of(items);
  } else if (header.starts_with("#!AER-DAT1")) {
    bytes = 2;
  }
  if (bytes != 2 && bytes != 4)
    throw Error("addresses of " + std::to_string(bytes) + " bytes", name, "use 2 or 4");
  if (!(options.tick_us > 0 && options.tick_us <= 1e6))
    throw Error("a tick of " + std::to_string(options.tick_us) + " us", name,
                "use a number above 0 and up to 1000000");
  // The chip's own line; preferences that follow name other chips too.
  std::string_view chip;
  if (const std::size_t at = header.find("AEChip: "); at != std::string_view::npos)
    chip = header.substr(at, std::min(header.find('\n', at), header.size()) - at);
  if (layout.empty()) layout = bytes == 2 ? "dvs128" : layout_of(chip, items);
  opened.decoder = bytes == 2 ? make_decoder<2>(layout, options.tick_us, name)
                              : make_decoder<4>(layout, options.tick_us, name);
  opened.facts.format = header.empty() ? "AEDAT 2 without a header" : "AEDAT 2";
  opened.facts.format += " (" + layout + ")";
  opened.facts.free_clock = !layout.starts_with("cochlea");
  opened.facts.mended_us = mended_camera_us;
  if (layout == "dvs128" || layout == "cifar10-dvs")
    choose_sensor(opened.facts, options, SensorSize{128, 128, 2}, {});
  else if (layout == "davis")
    choose_sensor(opened.facts, options, sensor_of_camera(chip), {1024, 512, 2});
  else
    choose_sensor(opened.facts, options, std::nullopt, {65536, 1, 2});
  return opened;
}

}  // namespace volley
