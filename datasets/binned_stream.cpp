#include "datasets/binned_stream.hpp"

#include <algorithm>
#include <cassert>

#include "base/error.hpp"
#include "datasets/read_recording.hpp"

namespace volley {

BinnedStream::BinnedStream(EventStream& stream, std::uint64_t step_us, std::string origin)
    : stream_(stream),
      step_us_(step_us),
      origin_(std::move(origin)),
      inputs_(count_inputs(stream.sensor(), origin_)),
      check_(stream.sensor(), 0, origin_),
      sorter_(inputs_) {
  assert(step_us >= 1);
}

/// False at the end of the stream.
bool BinnedStream::refill() {
  at_ = 0;
  if (stream_.next(batch_)) return true;
  batch_.clear();
  return false;
}

bool BinnedStream::next(BinnedStep& step) {
  step.indices.clear();
  step.events = 0;
  const SensorSize sensor = stream_.sensor();
  std::uint64_t end = 0;  // of the step, in microseconds since the start
  while (at_ < batch_.size() || refill()) {
    const Event& event = batch_[at_];
    const auto t = static_cast<std::uint64_t>(event.t);
    if (step.events > 0 && t >= end) break;
    check_.next(event);
    if (t > most_stream_us)
      throw Error("an event at " + std::to_string(event.t) + " us lies later than any recording",
                  origin_, "read the recording again with its own decoder");
    if (step.events == 0) {
      step.step = t / step_us_;
      end = (step.step + 1) * step_us_;
    }
    sorter_.add(address_index(event, sensor));
    ++step.events;
    ++at_;
  }
  if (step.events == 0) {
    if (stream_.report().damaged()) throw_damage(origin_, stream_.report().damage);
    return false;
  }
  sorter_.flush(step.indices);
  return true;
}

std::size_t BinnedStream::bytes() const {
  return sorter_.bytes() + batch_.capacity() * sizeof(Event);
}

bool RecordingStream::next(std::vector<Event>& batch) {
  constexpr std::size_t most = 4096;
  batch.clear();
  const auto done = static_cast<std::size_t>(report_.events);
  const std::size_t count = std::min(most, recording_.events.size() - done);
  batch.assign(recording_.events.begin() + static_cast<std::ptrdiff_t>(done),
               recording_.events.begin() + static_cast<std::ptrdiff_t>(done + count));
  for (Event& event : batch)
    event.t = static_cast<std::int64_t>(since(recording_.start_us, event.t));
  report_.events += count;
  return count > 0;
}

}  // namespace volley
