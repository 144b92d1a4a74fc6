#include "datasets/atis_bin.hpp"

#include <array>
#include <cassert>
#include <limits>
#include <string>

#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

class AtisBinStream final : public EventStream {
public:
  AtisBinStream(std::unique_ptr<std::istream> bytes, const SensorSize& sensor)
      : bytes_(std::move(bytes)), sensor_(sensor) {
    assert(sensor.width > 0 && sensor.height > 0 && sensor.polarities == 2);
  }

  SensorSize sensor() const override { return sensor_; }
  const StreamReport& report() const override { return report_; }

  bool next(std::vector<Event>& batch) override {
    batch.clear();
    while (batch.empty() && !ended_) read_block(batch);
    report_.events += batch.size();
    return !batch.empty();
  }

private:
  static constexpr std::size_t events_per_block = 4096;

  void read_block(std::vector<Event>& batch) {
    bytes_->read(block_.data(), static_cast<std::streamsize>(block_.size()));
    const auto size = static_cast<std::size_t>(bytes_->gcount());
    const std::size_t whole = size - size % atis_event_bytes;
    for (std::size_t at = 0; at < whole; at += atis_event_bytes)
      if (!decode(at, batch)) return;
    position_ += whole;
    if (size == block_.size()) return;
    if (bytes_->bad())
      stop(0, "the file cannot be read any further");
    else if (size != whole)
      stop(0, "truncated: the last event has " + std::to_string(size - whole) + " of 5 bytes");
    ended_ = true;
  }

  /// False at damage.
  bool decode(std::size_t at, std::vector<Event>& batch) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(block_[at + i]); };
    const std::uint8_t x = byte(0), y = byte(1);
    if (y == atis_overflow_y) {
      overflow_ += atis_overflow_us;
      ++report_.skipped;
      return true;
    }
    if (x >= sensor_.width || y >= sensor_.height)
      return stop(at, "pixel (" + std::to_string(x) + ", " + std::to_string(y) +
                          ") is outside the " + std::to_string(sensor_.width) + " x " +
                          std::to_string(sensor_.height) + " sensor");
    const int clock = (byte(2) & 0x7f) << 16 | byte(3) << 8 | byte(4);
    const std::int64_t t = overflow_ + clock;
    if (t < previous_)
      return stop(at, "time steps back from " + std::to_string(previous_) + " to " +
                          std::to_string(t) + " us");
    previous_ = t;
    batch.push_back({t, x, y, static_cast<std::uint8_t>(byte(2) >> 7)});
    return true;
  }

  bool stop(std::size_t at, std::string_view reason) {
    report_.damage = damage_text(position_ + at, reason);
    ended_ = true;
    return false;
  }

  std::unique_ptr<std::istream> bytes_;
  SensorSize sensor_;
  StreamReport report_;
  std::array<char, events_per_block * atis_event_bytes> block_{};
  std::uint64_t position_ = 0;  // of block_ in the file
  std::int64_t overflow_ = 0;
  std::int64_t previous_ = std::numeric_limits<std::int64_t>::min();
  bool ended_ = false;
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
  return open_atis_bin(open_event_file(path), sensor);
}

std::unique_ptr<EventStream> open_atis_bin(std::unique_ptr<std::istream> bytes,
                                           const SensorSize& sensor) {
  return std::make_unique<AtisBinStream>(std::move(bytes), sensor);
}

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
