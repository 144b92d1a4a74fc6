// AEDAT 3.1 of cAER: a header of '#' lines up to "#!END-HEADER\r\n", then packets of one type each:
// 28 bytes little-endian (type u16, source u16, item size, offset of the time in an item, time
// overflow, capacity, number, valid number; 4 bytes each), then the items. A polarity event (type
// 1) is 8 bytes: valid bit 0, p bit 1, y bits 2-16, x bits 17-31; then t, 31 bits, below which the
// overflow counts. Specification: iniVation, "AEDAT file formats".
#include <algorithm>

#include "base/error.hpp"
#include "datasets/formats/decoders.hpp"

namespace volley {

namespace {

constexpr std::size_t packet_head_bytes = 28, polarity_bytes = 8;
constexpr std::uint16_t polarity_type = 1;

const char* kind_of(std::uint16_t type) {
  constexpr const char* kinds[] = {"special event", "polarity event", "frame",        "IMU sample",
                                   "IMU sample",    "audio sample",   "configuration"};
  return type < std::size(kinds) ? kinds[type] : "item of another type";
}

class Aedat3Decoder final : public BlockDecoder {
public:
  explicit Aedat3Decoder(bool keep_invalid) : keep_invalid_(keep_invalid) {}

  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    while (sink.room() > 0) {
      if (passing_ > 0) {
        const auto part =
            static_cast<std::size_t>(std::min<std::uint64_t>(passing_, bytes.size() - at));
        at += part;
        passing_ -= part;
        if (passing_ > 0) break;
      } else if (events_ > 0) {
        const std::size_t before = at;
        if (!decode_events(bytes, at, sink) || at == before) break;
      } else {
        if (at + packet_head_bytes > bytes.size() || !open_packet(bytes, at, sink)) break;
        at += packet_head_bytes;
      }
    }
    return at;
  }

  std::size_t needed() const override {
    return passing_ > 0 ? 1 : events_ > 0 ? polarity_bytes : packet_head_bytes;
  }

  void finish(ByteSpan rest, EventSink& sink) override {
    if (passing_ > 0 || events_ > 0)
      sink.fail(rest.size(), "truncated: the last packet lacks " +
                                 (events_ > 0 ? std::to_string(events_) + " events"
                                              : std::to_string(passing_) + " bytes"));
    else if (!rest.empty())
      sink.fail(0, "truncated: the last packet header has " + std::to_string(rest.size()) +
                       " of 28 bytes");
    if (invalid_ > 0 && !keep_invalid_)
      sink.note(std::to_string(invalid_) +
                " events are marked invalid and were skipped; --keep-invalid delivers them");
  }

private:
  bool open_packet(ByteSpan bytes, std::size_t at, EventSink& sink) {
    const std::uint8_t* const head = bytes.data() + at;
    const auto type = little<std::uint16_t>(head);
    const auto size = little<std::uint32_t>(head + 4), number = little<std::uint32_t>(head + 20);
    if (type & 0x8000) return sink.fail(at, "a compressed packet, which volley does not read");
    if (size == 0 || size > 0x7fffffff || number > 0x7fffffff)
      return sink.fail(at, "a packet of " + std::to_string(number) + " items of " +
                               std::to_string(size) + " bytes");
    if (type != polarity_type) {
      sink.skip(kind_of(type), number);
      passing_ = std::uint64_t{size} * number;
      return true;
    }
    if (size != polarity_bytes || little<std::uint32_t>(head + 8) != 4)
      return sink.fail(at, "polarity events of " + std::to_string(size) +
                               " bytes, 8 with the time at byte 4 are known");
    overflow_ = std::int64_t{little<std::uint32_t>(head + 12) & 0x7fffffff} << 31;
    events_ = number;
    return true;
  }

  bool decode_events(ByteSpan bytes, std::size_t& at, EventSink& sink) {
    std::uint64_t left = events_, invalid = 0;
    bool good = true;
    for (; left > 0 && at + polarity_bytes <= bytes.size() && sink.room() > 0;
         at += polarity_bytes, --left) {
      const auto word = little<std::uint32_t>(bytes.data() + at);
      const std::uint32_t time = little<std::uint32_t>(bytes.data() + at + 4) & 0x7fffffff;
      if ((word & 1) == 0) [[unlikely]] {
        ++invalid;
        if (!keep_invalid_) continue;
      }
      good = sink.add(overflow_ + time, word >> 17, word >> 2 & 0x7fff, word >> 1 & 1, at);
      if (!good) break;
    }
    events_ = left;
    invalid_ += invalid;
    if (invalid > 0 && !keep_invalid_) sink.skip("invalid event", invalid);
    return good;
  }

  bool keep_invalid_;
  std::uint64_t passing_ = 0;  // bytes of a packet that holds no events
  std::uint64_t events_ = 0;   // left in the packet
  std::uint64_t invalid_ = 0;
  std::int64_t overflow_ = 0;
};

}  // namespace

OpenedFormat open_aedat3(ByteSpan front, const StreamOptions& options, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(front.data()), front.size());
  constexpr std::string_view mark = "#!END-HEADER";
  const std::size_t at = text.find(mark);
  const std::size_t end = at == std::string_view::npos ? at : text.find('\n', at);
  if (end == std::string_view::npos)
    throw Error("the AEDAT 3.1 header does not end", name + ": byte " + std::to_string(text.size()),
                "replace the file by an undamaged copy");
  OpenedFormat opened;
  opened.header = end + 1;
  opened.decoder = std::make_unique<Aedat3Decoder>(options.keep_invalid);
  opened.facts.format = "AEDAT 3.1";
  opened.facts.free_clock = true;
  opened.facts.mended_us = mended_camera_us;
  choose_sensor(opened.facts, options, sensor_of_camera(text.substr(0, opened.header)),
                {32768, 32768, 2});
  return opened;
}

}  // namespace volley
