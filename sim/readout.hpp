// Class scores of a recording, step by step or from its trace. Owns the order of the operations,
// which every engine shares; must not know engines.
#pragma once

#include <span>
#include <vector>

#include "models/training_options.hpp"
#include "sim/trace.hpp"

namespace volley {

/// Reads the readout while it runs.
class ScoreReader {
public:
  /// Begins a recording. @param kind of the readout population: lif or leaky_integrator
  void begin(NeuronKind kind, std::size_t classes, ReadoutScore score);
  /// One step of a lif readout: its spikes, an index once for each.
  void spikes(std::span<const std::uint32_t> spikes);
  /// One step of a leaky_integrator: its membrane.
  void membrane(std::span<const float> membrane);
  /// After the last of so many steps; see read_scores().
  std::span<const float> finish(std::uint32_t steps);

private:
  NeuronKind kind_ = NeuronKind::lif;
  ReadoutScore score_ = ReadoutScore::mean;
  std::vector<float> scores_;
};

/// Sets scores and the predicted class from the population with id `readout`. Of a membrane the
/// mean (summed in order of the steps, then divided), the largest or the last value; of spikes
/// their number divided by the steps. All 0 without steps.
void read_scores(SampleTrace& trace, std::size_t readout, ReadoutScore score);

}  // namespace volley
