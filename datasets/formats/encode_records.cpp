// Encoders of formats with one record of fixed width an event: .bin, .bs1, .bs3, AEDAT 2 and 3.1,
// DAT, .npy; and text.
#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "datasets/atis_bin.hpp"
#include "datasets/formats/encoders.hpp"

namespace volley {

namespace {

/// A format whose records do not depend on each other, but for what the encoder itself keeps.
class RecordEncoder : public Encoder {
public:
  void begin(std::string&) override {}
  void encode(std::span<const Event> events, std::string& out) override {
    for (std::size_t i = 0; i < events.size(); ++i)
      if (const char* const reason = put(events[i], out)) throw Unwritable{i, reason};
  }
  void end(std::uint64_t, std::string&) override {}

protected:
  /// Null, or why the event cannot be written.
  virtual const char* put(const Event& event, std::string& out) = 0;
};

class AtisEncoder final : public RecordEncoder {
  const char* put(const Event& event, std::string& out) override {
    if (event.x > 255 || event.y > 255) return "has a coordinate above 255";
    if (event.y == atis_overflow_y) return "has y = 240, which the container keeps for overflows";
    if (event.t < 0) return "has a negative time";
    if (event.t - overflow_ > std::int64_t{1} << 33) return "comes hours after the one before";
    for (; event.t - overflow_ >= atis_time_end_us; overflow_ += atis_overflow_us)
      out.append({0, static_cast<char>(atis_overflow_y), 0, 0, 0});
    const std::int64_t time = event.t - overflow_;
    out += static_cast<char>(event.x);
    out += static_cast<char>(event.y);
    put_big(out, static_cast<std::uint64_t>(std::int64_t{event.p} << 23 | time), 3);
    return nullptr;
  }
  std::int64_t overflow_ = 0;
};

class Bs1Encoder final : public RecordEncoder {
  const char* put(const Event& event, std::string& out) override {
    if (event.y != 0) return "has y above 0, and .bs1 holds one row";
    if (event.t < 0 || event.t >= atis_time_end_us) return "has a time outside 0 .. 8388607 us";
    put_big(out, event.x, 2);
    put_big(out, static_cast<std::uint64_t>(std::int64_t{event.p} << 23 | event.t), 3);
    return nullptr;
  }
};

class Bs3Encoder final : public RecordEncoder {
  const char* put(const Event& event, std::string& out) override {
    if (event.x > 4095 || event.y > 4095) return "has a coordinate above 4095";
    if (event.t < 0 || event.t > 0xffffff) return "has a time outside 0 .. 16777215 us";
    put_big(out, std::uint64_t{event.x} << 12 | event.y, 3);
    put_big(out, event.p, 1);
    put_big(out, static_cast<std::uint64_t>(event.t), 3);
    return nullptr;
  }
};

constexpr const char* beyond_32_bits = "has a time outside 0 .. 4294967295 us";
bool fits_32_bits(std::int64_t t) { return t >= 0 && t <= 0xffffffffLL; }

class Aedat2Encoder final : public RecordEncoder {
public:
  explicit Aedat2Encoder(const SensorSize& sensor)
      : small_(sensor.width <= 128 && sensor.height <= 128) {}
  void begin(std::string& out) override {
    out +=
        "#!AER-DAT2.0\r\n# This is a raw AE data file - do not edit\r\n"
        "# Data format is int32 address, int32 timestamp (8 bytes total), repeated for each "
        "event\r\n# Timestamps tick is 1 us\r\n# AEChip: ";
    out += small_ ? "ch.unizh.ini.jaer.chip.retina.DVS128" : "eu.seebetter.ini.chips.davis.DAVIS";
    out += "\r\n#End Of ASCII Header\r\n";
  }

private:
  const char* put(const Event& event, std::string& out) override {
    if (event.x > 1023 || event.y > 511) return "has x above 1023 or y above 511";
    if (!fits_32_bits(event.t)) return beyond_32_bits;
    put_big(out,
            small_ ? std::uint64_t{event.y} << 8 | std::uint64_t{event.x} << 1 | event.p
                   : std::uint64_t{event.y} << 22 | std::uint64_t{event.x} << 12 |
                         std::uint64_t{event.p} << 11,
            4);
    put_big(out, static_cast<std::uint64_t>(event.t), 4);
    return nullptr;
  }
  bool small_;
};

class Aedat3Encoder final : public Encoder {
public:
  explicit Aedat3Encoder(const SensorSize& sensor) : dvs128_(sensor == SensorSize{128, 128, 2}) {}
  void begin(std::string& out) override {
    out += "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: ";
    out += dvs128_ ? "DVS128" : "volley";
    out += "\r\n#!END-HEADER\r\n";
  }
  void encode(std::span<const Event> events, std::string& out) override {
    for (std::size_t at = 0; at < events.size();) {
      const std::int64_t overflow = events[at].t >> 31;
      std::size_t end = at;
      while (end < events.size() && end - at < 4096 && events[end].t >> 31 == overflow) ++end;
      if (events[at].t < 0 || overflow > 0x7fffffff)
        throw Unwritable{at, "has a time outside 0 .. 2^62 us"};
      const std::uint64_t number = end - at;
      put_little(out, 1, 2);
      put_little(out, 1, 2);
      for (const std::uint64_t field :
           {std::uint64_t{8}, std::uint64_t{4}, static_cast<std::uint64_t>(overflow), number,
            number, number})
        put_little(out, field, 4);
      for (; at < end; ++at) {
        const Event& event = events[at];
        if (event.x > 32767 || event.y > 32767)
          throw Unwritable{at, "has a coordinate above 32767"};
        put_little(out,
                   std::uint64_t{event.x} << 17 | std::uint64_t{event.y} << 2 |
                       std::uint64_t{event.p} << 1 | 1,
                   4);
        put_little(out, static_cast<std::uint64_t>(event.t & 0x7fffffff), 4);
      }
    }
  }
  void end(std::uint64_t, std::string&) override {}

private:
  bool dvs128_;
};

class DatEncoder final : public RecordEncoder {
public:
  explicit DatEncoder(const SensorSize& sensor) : sensor_(sensor) {}
  void begin(std::string& out) override {
    out += "% Data file containing CD events.\n% Version 2\n% Height " +
           std::to_string(sensor_.height) + "\n% Width " + std::to_string(sensor_.width) + "\n";
    out += "\x0c\x08";
  }

private:
  const char* put(const Event& event, std::string& out) override {
    if (event.x > 16383 || event.y > 16383) return "has a coordinate above 16383";
    if (!fits_32_bits(event.t)) return beyond_32_bits;
    put_little(out, static_cast<std::uint64_t>(event.t), 4);
    put_little(out,
               std::uint64_t{event.x} | std::uint64_t{event.y} << 14 | std::uint64_t{event.p} << 28,
               4);
    return nullptr;
  }
  SensorSize sensor_;
};

class NpyEncoder final : public RecordEncoder {
public:
  void begin(std::string& out) override { out += front(); }
  std::string final_front() override { return front(); }

private:
  const char* put(const Event& event, std::string& out) override {
    put_little(out, static_cast<std::uint64_t>(event.t), 8);
    put_little(out, event.x, 2);
    put_little(out, event.y, 2);
    put_little(out, event.p, 1);
    ++count_;
    return nullptr;
  }
  /// 192 bytes, whatever the count.
  std::string front() const {
    std::string text =
        "{'descr': [('t', '<i8'), ('x', '<u2'), ('y', '<u2'), ('p', '|u1')], "
        "'fortran_order': False, 'shape': (" +
        std::to_string(count_) + ",), }";
    text.resize(192 - 10 - 1, ' ');
    text += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    put_little(bytes, text.size(), 2);
    return bytes + text;
  }
  std::uint64_t count_ = 0;
};

class TextEncoder final : public RecordEncoder {
public:
  void begin(std::string& out) override { out += "t,x,y,p\n"; }

private:
  const char* put(const Event& event, std::string& out) override {
    char line[64];
    char* at = line;
    for (const std::int64_t value : {event.t, std::int64_t{event.x}, std::int64_t{event.y}}) {
      at = std::to_chars(at, line + sizeof(line), value).ptr;
      *at++ = ',';
    }
    *at++ = static_cast<char>('0' + event.p);
    *at++ = '\n';
    out.append(line, at);
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<Encoder> make_atis_encoder(const WriterOptions&) {
  return std::make_unique<AtisEncoder>();
}
std::unique_ptr<Encoder> make_bs1_encoder(const WriterOptions&) {
  return std::make_unique<Bs1Encoder>();
}
std::unique_ptr<Encoder> make_bs3_encoder(const WriterOptions&) {
  return std::make_unique<Bs3Encoder>();
}
std::unique_ptr<Encoder> make_aedat2_encoder(const WriterOptions& options) {
  return std::make_unique<Aedat2Encoder>(options.sensor);
}
std::unique_ptr<Encoder> make_aedat3_encoder(const WriterOptions& options) {
  return std::make_unique<Aedat3Encoder>(options.sensor);
}
std::unique_ptr<Encoder> make_dat_encoder(const WriterOptions& options) {
  return std::make_unique<DatEncoder>(options.sensor);
}
std::unique_ptr<Encoder> make_npy_encoder(const WriterOptions&) {
  return std::make_unique<NpyEncoder>();
}
std::unique_ptr<Encoder> make_text_encoder(const WriterOptions&) {
  return std::make_unique<TextEncoder>();
}

}  // namespace volley
