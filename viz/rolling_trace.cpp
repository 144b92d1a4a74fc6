#include "viz/rolling_trace.hpp"

#include <algorithm>
#include <utility>

namespace volley {

RollingTrace::RollingTrace(StreamDescription description) : description_(std::move(description)) {
  description_.shown_steps = std::clamp(description_.shown_steps, 1U, 1U << 20);
  for (PopulationTrace& each : description_.populations) each.spikes = {}, each.membrane.clear();
}

void RollingTrace::add(StreamPiece piece) {
  if (piece.steps == 0 || piece.first_step < end_ ||
      piece.spikes.size() != description_.populations.size())
    return;
  for (const SpikeTrain& train : piece.spikes)
    if (train.spikes() > 0 && train.steps != piece.steps) return;
  missing_ += piece.first_step - end_;
  end_ = piece.first_step + piece.steps;
  pieces_.push_back(std::move(piece));
  const std::uint64_t wanted = description_.shown_steps;
  while (pieces_.size() > 1 && pieces_[1].first_step + wanted <= end_) pieces_.pop_front();
}

double RollingTrace::origin_ms() const {
  const std::uint64_t shown = description_.shown_steps;
  return static_cast<double>(end_ > shown ? end_ - shown : 0) * description_.dt_ms;
}

std::uint32_t RollingTrace::filled() const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(end_, description_.shown_steps));
}

SampleTrace RollingTrace::trace() const {
  SampleTrace trace;
  trace.recording = description_.name;
  trace.dt_ms = description_.dt_ms;
  trace.steps = description_.shown_steps;
  trace.populations = description_.populations;
  const std::uint64_t first = end_ > trace.steps ? end_ - trace.steps : 0;
  for (std::size_t id = 0; id < trace.populations.size(); ++id) {
    SpikeTrain& train = trace.populations[id].spikes;
    train.inputs = static_cast<std::uint32_t>(trace.populations[id].shape.size());
    train.offsets.assign(1, 0);
    train.offsets.reserve(trace.steps + 1);
    const auto empty_until = [&](std::uint64_t step) {
      while (first + train.steps < step && train.steps < trace.steps) {
        train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
        ++train.steps;
      }
    };
    for (const StreamPiece& piece : pieces_) {
      const SpikeTrain& part = piece.spikes[id];
      if (part.spikes() == 0) continue;
      empty_until(piece.first_step);
      for (std::uint32_t step = 0; step < piece.steps; ++step) {
        if (piece.first_step + step < first) continue;
        const auto spikes = part.step(step);
        train.indices.insert(train.indices.end(), spikes.begin(), spikes.end());
        train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
        ++train.steps;
      }
    }
    empty_until(first + trace.steps);
  }
  return trace;
}

}  // namespace volley
