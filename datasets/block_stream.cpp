#include "datasets/block_stream.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace volley {

namespace {
#ifdef VOLLEY_FUZZ
// Small, so that short inputs cross the borders of blocks and batches; 4096 is what decoders need.
constexpr std::size_t events_per_batch = std::size_t{1} << 12;
constexpr std::size_t bytes_per_block = 100;
#else
// Fits the second-level cache together with its bytes.
constexpr std::size_t events_per_batch = std::size_t{1} << 13;
constexpr std::size_t bytes_per_block = std::size_t{1} << 17;
#endif

void count(std::map<std::string, std::uint64_t, std::less<>>& kinds, std::string_view kind,
           std::uint64_t more) {
  const auto found = kinds.find(kind);
  if (found != kinds.end())
    found->second += more;
  else
    kinds.emplace(kind, more);
}
}  // namespace

void EventSink::skip(std::string_view kind, std::uint64_t more) {
  report_.skipped += more;
  count(report_.kinds, kind, more);
}

void EventSink::drop(std::string_view kind, std::uint64_t more) {
  report_.dropped += more;
  count(report_.kinds, kind, more);
}

void EventSink::note(std::string text) { report_.notes.push_back(std::move(text)); }

bool EventSink::fail(std::size_t offset, std::string reason) {
  assert(!reason.empty());
  reason_ = std::move(reason);
  reason_offset_ = offset;
  return false;
}

bool EventSink::add_odd(std::int64_t t, std::uint32_t x, std::uint32_t y, std::uint32_t p,
                        std::size_t offset) {
  if (x >= width_ || y >= height_) {
    if (drops_outside_) {
      drop("event outside the sensor");
      return true;
    }
    return fail(offset, "pixel (" + std::to_string(x) + ", " + std::to_string(y) +
                            ") is outside the " + std::to_string(width_) + " x " +
                            std::to_string(height_) + " sensor");
  }
  if (t < -time_limit_us || t > time_limit_us)
    return fail(offset, "time " + std::to_string(t) + " us is out of all bounds");
  if (latest_ - t > mended_us_)
    return fail(offset, "time steps back from " + std::to_string(latest_) + " to " +
                            std::to_string(t) + " us");
  ++report_.out_of_order;
  return add(latest_, x, y, p, offset);
}

void BlockDecoder::finish(ByteSpan rest, EventSink& sink) {
  if (!rest.empty())
    sink.fail(0, "truncated: the last event has " + std::to_string(rest.size()) + " of " +
                     std::to_string(needed()) + " bytes");
}

class BlockStream final : public EventStream {
public:
  BlockStream(std::unique_ptr<ByteSource> bytes, std::unique_ptr<BlockDecoder> decoder,
              StreamFacts facts, std::uint64_t position)
      : bytes_(std::move(bytes)), decoder_(std::move(decoder)), facts_(std::move(facts)),
        sink_(facts_, report_), position_(position) {
    assert(facts_.sensor.width > 0 && facts_.sensor.height > 0);
    assert(facts_.sensor.width <= 65536 && facts_.sensor.height <= 65536);
  }

  SensorSize sensor() const override { return facts_.sensor; }
  const StreamReport& report() const override { return report_; }
  std::string format() const override { return facts_.format; }
  bool sensor_stated() const override { return facts_.sensor_stated; }
  bool free_clock() const override { return facts_.free_clock; }

  bool next(std::vector<Event>& batch) override {
    if (batch.size() < events_per_batch) batch.resize(events_per_batch);
    Event* const start = batch.data();
    sink_.at_ = start;
    sink_.end_ = start + events_per_batch;
    while (sink_.at_ == start && !ended_) step();
    const auto events = static_cast<std::size_t>(sink_.at_ - start);
    batch.resize(events);
    report_.events += events;
    return events > 0;
  }

private:
  void step() {
    const std::size_t room = sink_.room();
    const ByteSpan front(block_.data() + begin_, end_ - begin_);
    const std::size_t done = decoder_->decode(front, sink_);
    assert(done <= front.size());
    if (!sink_.reason_.empty()) return stop();
    begin_ += done;
    position_ += done;
    if (done > 0 || sink_.room() < room) return;
    if (source_ended_) {
      decoder_->finish({block_.data() + begin_, end_ - begin_}, sink_);
      if (sink_.reason_.empty() && !bytes_->failure().empty())
        sink_.fail(end_ - begin_, bytes_->failure());
      if (!sink_.reason_.empty()) stop();
      ended_ = true;
      return;
    }
    fill();
  }

  void stop() {
    const std::string& reason =
        bytes_->failure().empty() || !source_ended_ ? sink_.reason_ : bytes_->failure();
    report_.damage = damage_text(position_ + sink_.reason_offset_, reason);
    ended_ = true;
  }

  /// Makes room for what the decoder needs and reads on.
  void fill() {
    const std::size_t rest = end_ - begin_;
    const std::size_t wanted = decoder_->needed();
    assert(wanted > rest && "the decoder has enough, yet took nothing");
    if (wanted <= rest || wanted > BlockDecoder::most_bytes_at_once) {
      sink_.fail(0, "an item of " + std::to_string(wanted) + " bytes is too large");
      return stop();
    }
    if (begin_ > 0 && rest > 0) std::memmove(block_.data(), block_.data() + begin_, rest);
    begin_ = 0;
    end_ = rest;
    // Grows with what was read, so that a length that lies costs no memory.
    if (block_.size() < wanted || end_ == block_.size())
      block_.resize(std::max(bytes_per_block, std::min(2 * block_.size(), wanted)));
    const std::size_t got = bytes_->read(block_.data() + end_, block_.size() - end_);
    end_ += got;
    source_ended_ = got == 0;
  }

  std::unique_ptr<ByteSource> bytes_;
  std::unique_ptr<BlockDecoder> decoder_;
  StreamFacts facts_;
  StreamReport report_;
  EventSink sink_;
  std::vector<std::uint8_t> block_;
  std::size_t begin_ = 0, end_ = 0;  // of what is not decoded, in block_
  std::uint64_t position_;           // of begin_ in the file
  bool source_ended_ = false, ended_ = false;
};

std::unique_ptr<EventStream> make_block_stream(std::unique_ptr<ByteSource> bytes,
                                               std::unique_ptr<BlockDecoder> decoder,
                                               StreamFacts facts, std::uint64_t position) {
  return std::make_unique<BlockStream>(std::move(bytes), std::move(decoder), std::move(facts),
                                       position);
}

}  // namespace volley
