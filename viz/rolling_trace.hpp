// The last stretch of a stream that does not end, made of the pieces in which it comes. Must not
// know where they come from.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "sim/trace.hpp"

namespace volley {

/// What streams: the populations without spikes, the length of a step, and how many steps are seen
/// at once.
struct StreamDescription {
  std::string name;
  double dt_ms = 1;
  std::uint32_t shown_steps = 1000;
  std::vector<PopulationTrace> populations;
};

/// Some steps of it. spikes[i] belongs to population i and has `steps` steps; an empty train is one
/// without spikes.
struct StreamPiece {
  std::uint64_t first_step = 0;
  std::uint32_t steps = 0;
  std::vector<SpikeTrain> spikes;
};

class RollingTrace {
public:
  explicit RollingTrace(StreamDescription description);

  /// Pieces come in order; steps missing between two are counted and shown empty. A piece that lies
  /// before the last one's end, or does not fit the description, is left out.
  void add(StreamPiece piece);

  /// The newest steps, always `shown_steps` of them: until there are as many the rest is empty.
  SampleTrace trace() const;
  /// Time of the first step of trace(), and how many of its steps have come.
  double origin_ms() const;
  std::uint32_t filled() const;
  std::uint64_t missing_steps() const { return missing_; }

private:
  StreamDescription description_;
  std::deque<StreamPiece> pieces_;
  std::uint64_t end_ = 0;    ///< step behind the newest
  std::uint64_t missing_ = 0;
};

}  // namespace volley
