#include "datasets/atis_bin.hpp"

#include <cassert>
#include <string>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/archive.hpp"

namespace volley {

namespace {

class AtisBinDecoder final : public BlockDecoder {
public:
  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    for (; at + atis_event_bytes <= bytes.size() && sink.room() > 0; at += atis_event_bytes) {
      const std::uint8_t* const item = bytes.data() + at;
      if (item[1] == atis_overflow_y) [[unlikely]] {
        overflow_ += atis_overflow_us;
        sink.skip("overflow mark");
        continue;
      }
      const std::uint32_t word = big32(item + 1);  // y, polarity, time
      if (!sink.add(overflow_ + (word & 0x7fffff), item[0], item[1], word >> 23 & 1, at)) break;
    }
    return at;
  }
  std::size_t needed() const override { return atis_event_bytes; }

private:
  std::int64_t overflow_ = 0;
};

class Bs1Decoder final : public BlockDecoder {
public:
  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    for (; at + needed() <= bytes.size() && sink.room() > 0; at += needed()) {
      const std::uint8_t* const item = bytes.data() + at;
      const std::uint32_t word = big32(item + 1);
      if (!sink.add(word & 0x7fffff, big16(item), 0, word >> 23 & 1, at)) break;
    }
    return at;
  }
  std::size_t needed() const override { return atis_event_bytes; }
};

class Bs3Decoder final : public BlockDecoder {
public:
  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    for (; at + needed() <= bytes.size() && sink.room() > 0; at += needed()) {
      const std::uint8_t* const item = bytes.data() + at;
      const std::uint32_t place = big32(item), time = big32(item + 3);
      const std::uint32_t channel = time >> 24;
      if (channel > 1) {
        sink.fail(at, "channel " + std::to_string(channel) + " is no polarity");
        break;
      }
      if (!sink.add(time & 0xffffff, place >> 20, place >> 8 & 0xfff, channel, at)) break;
    }
    return at;
  }
  std::size_t needed() const override { return 7; }
};

/// Empty where the container can hold the event.
std::string refusal(const Event& event, std::int64_t previous, const SensorSize& sensor) {
  if (event.x >= sensor.width || event.y >= sensor.height)
    return "lies outside the " + std::to_string(sensor.width) + " x " +
           std::to_string(sensor.height) + " sensor";
  if (event.x > 255 || event.y > 255) return "has a coordinate above 255";
  if (event.y == atis_overflow_y) return "has y = 240, which the container keeps for overflows";
  if (event.p > 1) return "has a polarity other than 0 and 1";
  if (event.t < 0 || event.t >= atis_time_end_us) return "has a time outside 0 .. 8388607 us";
  if (event.t < previous) return "is earlier than the one before";
  return {};
}

}  // namespace

std::unique_ptr<EventStream> open_atis_bin(const std::filesystem::path& path,
                                           const SensorSize& sensor) {
  return open_atis_bin(open_bytes(path), sensor);
}

std::unique_ptr<EventStream> open_atis_bin(std::unique_ptr<ByteSource> bytes,
                                           const SensorSize& sensor) {
  assert(sensor.width > 0 && sensor.height > 0 && sensor.polarities == 2);
  return make_block_stream(std::move(bytes), make_atis_bin_decoder(), {"ATIS .bin", sensor});
}

std::unique_ptr<BlockDecoder> make_atis_bin_decoder() { return std::make_unique<AtisBinDecoder>(); }
std::unique_ptr<BlockDecoder> make_bs1_decoder() { return std::make_unique<Bs1Decoder>(); }
std::unique_ptr<BlockDecoder> make_bs3_decoder() { return std::make_unique<Bs3Decoder>(); }

void write_atis_bin(const std::filesystem::path& path, const Recording& recording) {
  const std::string how = "write it to another format, or cut it to what .bin can hold";
  if (recording.start_us != 0)
    throw Error("a recording that starts at " + std::to_string(recording.start_us) +
                    " us cannot be written as .bin, which starts at 0",
                path.string(), "move its times so that it starts at 0");
  std::string bytes;
  bytes.reserve(recording.events.size() * atis_event_bytes);
  std::int64_t previous = 0;
  for (const Event& event : recording.events) {
    const std::string reason = refusal(event, previous, recording.sensor);
    if (!reason.empty())
      throw Error("event " + std::to_string(bytes.size() / atis_event_bytes) + " " + reason,
                  path.string(), how);
    previous = event.t;
    const std::int64_t word = std::int64_t{event.p} << 23 | event.t;
    for (const std::int64_t byte : {std::int64_t{event.x}, std::int64_t{event.y}, word >> 16,
                                    word >> 8 & 0xff, word & 0xff})
      bytes.push_back(static_cast<char>(byte));
  }
  write_file(path, bytes);
}

}  // namespace volley
