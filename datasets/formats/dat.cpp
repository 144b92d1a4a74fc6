// Prophesee DAT: '%' lines, a byte of type and one of item size (8), then items: u32 t in us, u32
// word. Version 2: x bits 0-13, y bits 14-27, p bit 28; version 1: x bits 0-8, y 9-16, p 17. Types
// 0 and 12 are events, others (14: triggers) are skipped. Specification: Prophesee, "DAT format".
#include "base/error.hpp"
#include "datasets/formats/decoders.hpp"
#include "datasets/formats/prophesee_header.hpp"

namespace volley {

namespace {

constexpr std::size_t item_bytes = 8;

class DatDecoder final : public BlockDecoder {
public:
  DatDecoder(int version, bool events) : old_(version == 1), events_(events) {}

  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    if (!events_) {
      const std::size_t items = bytes.size() / item_bytes;
      if (items > 0) sink.skip("trigger or other item", items);
      return items * item_bytes;
    }
    std::size_t at = 0;
    for (; at + item_bytes <= bytes.size() && sink.room() > 0; at += item_bytes) {
      const auto ticks = little<std::uint32_t>(bytes.data() + at);
      const auto word = little<std::uint32_t>(bytes.data() + at + 4);
      // The counter wraps after 71 minutes.
      if (ticks < previous_ && previous_ - ticks > 0x80000000u) overflow_ += std::int64_t{1} << 32;
      previous_ = ticks;
      const std::int64_t t = overflow_ + ticks;
      const bool good = old_ ? sink.add(t, word & 0x1ff, word >> 9 & 0xff, word >> 17 & 1, at)
                             : sink.add(t, word & 0x3fff, word >> 14 & 0x3fff, word >> 28 & 1, at);
      if (!good) break;
    }
    return at;
  }
  std::size_t needed() const override { return item_bytes; }

private:
  bool old_, events_;
  std::uint32_t previous_ = 0;
  std::int64_t overflow_ = 0;
};

}  // namespace

OpenedFormat open_dat(ByteSpan front, const StreamOptions& options, const std::string& name) {
  const PropheseeHeader header = read_prophesee_header(front);
  const std::string place = name + ": byte " + std::to_string(header.size);
  if (front.size() < header.size + 2)
    throw Error("the file ends in its header", place, "replace it by an undamaged copy");
  const std::uint8_t type = front[header.size], size = front[header.size + 1];
  if (size != item_bytes)
    throw Error("DAT items of " + std::to_string(size) + " bytes, 8 are known", place,
                "replace it by an undamaged copy");
  OpenedFormat opened;
  opened.header = header.size + 2;
  opened.decoder = std::make_unique<DatDecoder>(header.dat_version, type == 0 || type == 12);
  opened.facts.format = "Prophesee DAT";
  opened.facts.mended_us = mended_camera_us;
  choose_sensor(opened.facts, options, header.sensor,
                header.dat_version == 1 ? SensorSize{512, 256, 2} : SensorSize{16384, 16384, 2});
  return opened;
}

}  // namespace volley
