// A stream's events step by step, binned on the fly by the rules of bin_events(), in memory that
// does not grow with the stream. Must not know files or networks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/event_binner.hpp"
#include "datasets/event_stream.hpp"
#include "datasets/recording.hpp"

namespace volley {

/// Later times (some 36,000 years) are refused, so that no sum of times overflows.
inline constexpr std::uint64_t most_stream_us = std::uint64_t{1} << 60;

/// The spikes of one step: indices as in SpikeTrain::step(), never none.
struct BinnedStep {
  std::uint64_t step = 0;
  std::vector<std::uint32_t> indices;
  std::uint64_t events = 0;  ///< that fell into it, repeated addresses included
};

class BinnedStream {
public:
  /// @param stream   must outlive this; its clock starts at 0 us, as read_recording() has it
  /// @param step_us  length of a step, at least 1: see step_microseconds()
  /// @param origin   path for messages
  /// @throws Error as count_inputs() does
  BinnedStream(EventStream& stream, std::uint64_t step_us, std::string origin);

  std::uint32_t inputs() const { return inputs_; }
  /// The next step that has events; false behind the last. Steps left out are empty.
  /// @throws Error (where = origin) for what bin_events() refuses of an event, for a time above
  /// most_stream_us and for a damaged file, at "origin: byte N", after the steps before the damage
  bool next(BinnedStep& step);
  /// Bytes held now, for a bound of memory; the stream's own batch included.
  std::size_t bytes() const;

private:
  bool refill();

  EventStream& stream_;
  std::uint64_t step_us_;
  std::string origin_;
  std::uint32_t inputs_;
  EventCheck check_;
  StepSorter sorter_;
  std::vector<Event> batch_;
  std::size_t at_ = 0;  // in batch_
};

/// The events of a recording as a stream whose clock starts at the recording's start.
class RecordingStream final : public EventStream {
public:
  /// @param recording must outlive the stream
  explicit RecordingStream(const Recording& recording) : recording_(recording) {}

  SensorSize sensor() const override { return recording_.sensor; }
  bool next(std::vector<Event>& batch) override;
  const StreamReport& report() const override { return report_; }

private:
  const Recording& recording_;
  StreamReport report_;
};

}  // namespace volley
