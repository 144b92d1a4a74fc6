// Prophesee EVT2, EVT2.1 and EVT3 (.raw): '%' lines, then little-endian words of 4, 8 and 2 bytes.
// Events outside the stated sensor are dropped, as are those before the first time; a word that
// belongs to no event is skipped. Specifications: Prophesee, "EVT 2.0, 2.1 and 3.0 format".
#include <array>
#include <bit>

#include "base/error.hpp"
#include "datasets/formats/decoders.hpp"
#include "datasets/formats/prophesee_header.hpp"

namespace volley {

namespace {

/// Counts words that are no events, to tell the sink once for each block.
class WordCounts {
public:
  void add(std::uint32_t type) { ++counts_[type & 15]; }
  void early() { ++early_; }
  void tell(EventSink& sink) {
    for (std::uint32_t type = 0; type < counts_.size(); ++type) {
      if (counts_[type] == 0) continue;
      if (type == 0xa)
        sink.skip("trigger", counts_[type]);
      else if (type == 0x7 || type == 0xe || type == 0xf)
        sink.skip("vendor word", counts_[type]);
      else
        sink.drop("word of unknown type", counts_[type]);
    }
    if (early_ > 0) sink.drop("event before the first time", early_);
    counts_ = {};
    early_ = 0;
  }

private:
  std::array<std::uint64_t, 16> counts_{};
  std::uint64_t early_ = 0;
};

/// The upper part of times, a counter of `bits` bits that wraps.
template <int bits>
class HighTime {
public:
  /// Takes the counter; times are base() and what is below.
  void set(std::uint32_t value, int below) {
    if (known_ && value < value_ && value_ - value > std::uint32_t{1} << (bits - 1))
      overflow_ += std::int64_t{1} << (bits + below);
    value_ = value;
    known_ = true;
    base_ = overflow_ + (std::int64_t{value} << below);
  }
  bool known() const { return known_; }
  bool differs(std::uint32_t value) const { return !known_ || value != value_; }
  std::int64_t base() const { return base_; }

private:
  bool known_ = false;
  std::uint32_t value_ = 0;
  std::int64_t base_ = 0, overflow_ = 0;
};

// Type bits 28-31: 0 OFF, 1 ON (t bits 22-27, x 11-21, y 0-10), 8 TIME_HIGH (28 bits).
class Evt2Decoder final : public BlockDecoder {
public:
  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    for (; at + 4 <= bytes.size() && sink.room() > 0; at += 4) {
      const auto word = little<std::uint32_t>(bytes.data() + at);
      const std::uint32_t type = word >> 28;
      if (type <= 1) {
        if (!high_.known())
          counts_.early();
        else if (!sink.add(high_.base() + (word >> 22 & 0x3f), word >> 11 & 0x7ff, word & 0x7ff,
                           type, at))
          break;
      } else if (type == 8) {
        high_.set(word & 0xfffffff, 6);
      } else {
        counts_.add(type);
      }
    }
    counts_.tell(sink);
    return at;
  }
  std::size_t needed() const override { return 4; }

private:
  HighTime<28> high_;
  WordCounts counts_;
};

// As EVT2 in the upper half; bit k of the lower half is an event at x + k.
class Evt21Decoder final : public BlockDecoder {
public:
  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    for (; at + 8 <= bytes.size() && sink.room() >= 32; at += 8) {
      const auto word = little<std::uint64_t>(bytes.data() + at);
      const auto upper = static_cast<std::uint32_t>(word >> 32);
      const std::uint32_t type = upper >> 28;
      if (type <= 1) {
        if (!high_.known()) {
          counts_.early();
          continue;
        }
        const std::int64_t t = high_.base() + (upper >> 22 & 0x3f);
        bool good = true;
        for (auto bits = static_cast<std::uint32_t>(word); bits != 0 && good; bits &= bits - 1)
          good = sink.add(
              t, (upper >> 11 & 0x7ff) + static_cast<std::uint32_t>(std::countr_zero(bits)),
              upper & 0x7ff, type, at);
        if (!good) break;
      } else if (type == 8) {
        high_.set(upper & 0xfffffff, 6);
      } else {
        counts_.add(type);
      }
    }
    counts_.tell(sink);
    return at;
  }
  std::size_t needed() const override { return 8; }

private:
  HighTime<28> high_;
  WordCounts counts_;
};

// Type bits 12-15: 0 y, 2 x of one event, 3 x of the vectors to come, 4 and 5 vectors of 12 and 8
// pixels (x moves on by as many), 6 TIME_LOW, 8 TIME_HIGH (12 bits each).
class Evt3Decoder final : public BlockDecoder {
public:
  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    bool good = true;
    for (; at + 2 <= bytes.size() && sink.room() >= 12; at += 2) {
      const std::uint32_t word = little<std::uint16_t>(bytes.data() + at);
      switch (word >> 12) {
        case 0x0: y_ = word & 0x7ff; break;
        case 0x2:
          if (high_.known()) [[likely]]
            good = sink.add(time_, word & 0x7ff, y_, word >> 11 & 1, at);
          else
            counts_.early();
          break;
        case 0x3:
          x_ = word & 0x7ff;
          p_ = word >> 11 & 1;
          break;
        case 0x4: good = vector(word & 0xfff, 12, at, sink); break;
        case 0x5: good = vector(word & 0xff, 8, at, sink); break;
        case 0x6: time_ = high_.base() + (word & 0xfff); break;
        case 0x8:
          // The same again leaves TIME_LOW as it is.
          if (high_.differs(word & 0xfff)) {
            high_.set(word & 0xfff, 12);
            time_ = high_.base();
          }
          break;
        default: counts_.add(word >> 12);
      }
      if (!good) break;
    }
    counts_.tell(sink);
    return at;
  }
  std::size_t needed() const override { return 2; }

private:
  bool vector(std::uint32_t bits, std::uint32_t width, std::size_t at, EventSink& sink) {
    const std::uint32_t x = x_;
    x_ += width;
    if (!high_.known()) {
      counts_.early();
      return true;
    }
    for (; bits != 0; bits &= bits - 1)
      if (!sink.add(time_, x + static_cast<std::uint32_t>(std::countr_zero(bits)), y_, p_, at))
        return false;
    return true;
  }

  HighTime<12> high_;
  std::int64_t time_ = 0;
  std::uint32_t x_ = 0, y_ = 0, p_ = 0;
  WordCounts counts_;
};

}  // namespace

OpenedFormat open_bare_evt(int version, const StreamOptions& options) {
  OpenedFormat opened;
  if (version == 30)
    opened.decoder = std::make_unique<Evt3Decoder>();
  else if (version == 21)
    opened.decoder = std::make_unique<Evt21Decoder>();
  else
    opened.decoder = std::make_unique<Evt2Decoder>();
  opened.facts.format = version == 30   ? "Prophesee EVT3"
                        : version == 21 ? "Prophesee EVT2.1"
                                        : "Prophesee EVT2";
  opened.facts.free_clock = true;
  opened.facts.mended_us = mended_camera_us;
  opened.facts.drops_outside = true;
  choose_sensor(opened.facts, options, std::nullopt, {2048, 2048, 2});
  return opened;
}

OpenedFormat open_evt(ByteSpan front, const StreamOptions& options, const std::string& name) {
  const PropheseeHeader header = read_prophesee_header(front);
  const int version = header.evt.starts_with("2.1") ? 21
                      : header.evt.starts_with("2") ? 20
                      : header.evt.starts_with("3") ? 30
                                                    : 0;
  if (version == 0)
    throw Error("EVT version '" + header.evt + "' is not known", name + ": byte 0",
                "versions 2.0, 2.1 and 3.0 are");
  OpenedFormat opened = open_bare_evt(version, options);
  opened.header = header.size;
  choose_sensor(opened.facts, options, header.sensor, {2048, 2048, 2});
  return opened;
}

}  // namespace volley
