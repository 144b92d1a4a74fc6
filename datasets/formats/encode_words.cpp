// Encoders of formats whose words depend on those before: EVT2, EVT2.1, EVT3 and Event Stream.
#include <algorithm>

#include "base/error.hpp"
#include "datasets/formats/encoders.hpp"

namespace volley {

namespace {

constexpr const char* too_late = "has a time that takes thousands of overflows to say";
constexpr std::int64_t most_overflows = 1000;

std::string evt_header(const char* version, const char* name, const SensorSize& sensor) {
  const std::string width = std::to_string(sensor.width), height = std::to_string(sensor.height);
  return std::string("% evt ") + version + "\n% format " + name + ";height=" + height +
         ";width=" + width + "\n% geometry " + width + "x" + height + "\n% end\n";
}

void check_place(const Event& event, std::size_t index) {
  if (event.x > 2047 || event.y > 2047) throw Unwritable{index, "has a coordinate above 2047"};
  if (event.t < 0) throw Unwritable{index, "has a negative time"};
}

/// Says the upper part of a time, a counter of `bits` bits, so that a reader sees every overflow:
/// as a step from the last value to 0.
template <int bits, class Put>
void say_high(std::int64_t& last, std::int64_t high, std::size_t index, const Put& put) {
  if (high == last) return;
  constexpr std::int64_t size = std::int64_t{1} << bits;
  const std::int64_t from = std::max<std::int64_t>(last, 0) / size, to = high / size;
  if (to - from > most_overflows) throw Unwritable{index, too_late};
  if (last < 0 && to > 0) put(0);
  for (std::int64_t overflow = from; overflow < to; ++overflow) {
    put(static_cast<std::uint32_t>(size - 1));
    put(0);
  }
  put(static_cast<std::uint32_t>(high % size));
  last = high;
}

class Evt2Encoder final : public Encoder {
public:
  explicit Evt2Encoder(const SensorSize& sensor) : sensor_(sensor) {}
  void begin(std::string& out) override { out += evt_header("2.0", "EVT2", sensor_); }
  void encode(std::span<const Event> events, std::string& out) override {
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      check_place(event, i);
      say_high<28>(high_, event.t >> 6, i,
                   [&](std::uint32_t value) { put_little(out, 0x80000000u | value, 4); });
      put_little(out,
                 std::uint64_t{event.p} << 28 | static_cast<std::uint64_t>(event.t & 63) << 22 |
                     std::uint64_t{event.x} << 11 | event.y,
                 4);
    }
  }
  void end(std::uint64_t, std::string&) override {}

private:
  SensorSize sensor_;
  std::int64_t high_ = -1;
};

class Evt21Encoder final : public Encoder {
public:
  explicit Evt21Encoder(const SensorSize& sensor) : sensor_(sensor) {}
  void begin(std::string& out) override { out += evt_header("2.1", "EVT21", sensor_); }
  void encode(std::span<const Event> events, std::string& out) override {
    for (std::size_t i = 0; i < events.size();) {
      const Event& event = events[i];
      check_place(event, i);
      say_high<28>(high_, event.t >> 6, i, [&](std::uint32_t value) {
        put_little(out, std::uint64_t{0x80000000u | value} << 32, 8);
      });
      const std::uint32_t base = event.x & ~31u;
      std::uint64_t bits = 0;
      // Pixels of one word are read from left to right.
      for (; i < events.size(); ++i) {
        const Event& next = events[i];
        if (next.t != event.t || next.y != event.y || next.p != event.p || (next.x & ~31u) != base)
          break;
        const std::uint64_t bit = std::uint64_t{1} << (next.x - base);
        if (bits >= bit) break;
        bits |= bit;
      }
      put_little(out,
                 (std::uint64_t{event.p} << 28 | static_cast<std::uint64_t>(event.t & 63) << 22 |
                  std::uint64_t{base} << 11 | event.y)
                         << 32 |
                     bits,
                 8);
    }
  }
  void end(std::uint64_t, std::string&) override {}

private:
  SensorSize sensor_;
  std::int64_t high_ = -1;
};

class Evt3Encoder final : public Encoder {
public:
  explicit Evt3Encoder(const SensorSize& sensor) : sensor_(sensor) {}
  void begin(std::string& out) override { out += evt_header("3.0", "EVT3", sensor_); }

  void encode(std::span<const Event> events, std::string& out) override {
    const auto word = [&](std::uint32_t type, std::uint64_t value) {
      put_little(out, type << 12 | value, 2);
    };
    for (std::size_t i = 0; i < events.size();) {
      const Event& event = events[i];
      check_place(event, i);
      if (event.t >> 12 != high_) {
        say_high<12>(high_, event.t >> 12, i, [&](std::uint32_t value) { word(8, value); });
        low_ = -1;
      }
      const std::int64_t low = event.t & 0xfff;
      if (low != low_) word(6, static_cast<std::uint64_t>(low));
      if (event.y != y_) word(0, event.y);
      low_ = low;
      y_ = event.y;
      // Pixels within 12, from left to right, may come as one vector.
      std::uint64_t bits = 0;
      std::size_t end = i;
      for (; end < events.size(); ++end) {
        const Event& next = events[end];
        if (next.t != event.t || next.y != event.y || next.p != event.p || next.x < event.x ||
            next.x - event.x >= 12)
          break;
        const std::uint64_t bit = std::uint64_t{1} << (next.x - event.x);
        if (bits >= bit) break;
        bits |= bit;
      }
      const std::uint64_t place = std::uint64_t{event.p} << 11 | event.x;
      if (end - i < 3) {
        word(2, place);
        ++i;
        continue;
      }
      word(3, place);
      if (bits < 256)
        word(5, bits);
      else
        word(4, bits);
      i = end;
    }
  }
  void end(std::uint64_t, std::string&) override {}

private:
  SensorSize sensor_;
  std::int64_t high_ = -1, low_ = -1;
  int y_ = -1;
};

class EsEncoder final : public Encoder {
public:
  explicit EsEncoder(const SensorSize& sensor) : sensor_(sensor) {}
  void begin(std::string& out) override {
    out += std::string("Event Stream\x02\x00\x00\x01", 16);
    put_little(out, static_cast<std::uint64_t>(sensor_.width), 2);
    put_little(out, static_cast<std::uint64_t>(sensor_.height), 2);
  }
  void encode(std::span<const Event> events, std::string& out) override {
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      std::int64_t delta = event.t - time_;
      if (event.t < 0) throw Unwritable{i, "has a negative time"};
      if (delta > std::int64_t{1} << 32) throw Unwritable{i, "comes an hour after the one before"};
      out.append(static_cast<std::size_t>(delta / 127), '\xff');
      delta %= 127;
      out += static_cast<char>(delta << 1 | event.p);
      put_little(out, event.x, 2);
      put_little(out, static_cast<std::uint64_t>(sensor_.height - 1 - event.y), 2);
      time_ = event.t;
    }
  }
  void end(std::uint64_t, std::string&) override {}

private:
  SensorSize sensor_;
  std::int64_t time_ = 0;
};

}  // namespace

std::unique_ptr<Encoder> make_evt2_encoder(const WriterOptions& options) {
  return std::make_unique<Evt2Encoder>(options.sensor);
}
std::unique_ptr<Encoder> make_evt21_encoder(const WriterOptions& options) {
  return std::make_unique<Evt21Encoder>(options.sensor);
}
std::unique_ptr<Encoder> make_evt3_encoder(const WriterOptions& options) {
  return std::make_unique<Evt3Encoder>(options.sensor);
}
std::unique_ptr<Encoder> make_es_encoder(const WriterOptions& options) {
  if (options.sensor.width > 65535 || options.sensor.height > 65535)
    throw Error("an Event Stream cannot state a sensor of 65536 pixels a side", "Event Stream",
                "give the sensor's size");
  return std::make_unique<EsEncoder>(options.sensor);
}

}  // namespace volley
