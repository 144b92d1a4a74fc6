#include <algorithm>

#include "reference_forward.hpp"
#include "reference_synapses.hpp"

namespace volley {

void Reference::spend_spikes() {
  for (const PlanPopulation& population : plan_.populations) {
    if (population.spec.kind != NeuronKind::lif || population.id == plan_.readout) continue;
    const std::size_t channels = population.channels;
    for (std::size_t c = 0; c < channels; ++c) {
      double rate = 0, cells = 0;
      for (const auto& row : result.spikes[population.id])
        for (std::size_t n = c; n < row.size(); n += channels) rate += row[n], ++cells;
      const double over = std::max(0.0, rate / cells - training_.rate_target);
      result.penalty +=
          training_.rate_weight * over * over / static_cast<double>(channels);
    }
  }
}

void Reference::spend_operations() {
  for (const PlanProjection& p : plan_.projections) {
    if (!p.spec.trainable()) continue;
    const auto delay = static_cast<std::size_t>(p.spec.delay_steps);
    for (std::size_t row = 0; row < rows_; ++row)
      if (row % steps_ + delay < steps_)
        synapses(plan_, p, [&](std::size_t i, std::size_t, std::size_t, std::size_t) {
          const double spike = result.spikes[p.source][row][i];
          result.synaptic_operations += p.source == plan_.input ? spike != 0 : spike;
        });
  }
  result.synaptic_operations /= static_cast<double>(samples_.size());
  const double over =
      std::max(0.0, result.synaptic_operations / training_.synops_target - 1);
  result.penalty += training_.synops_weight * over * over;
}

void Reference::read(const PlanPopulation& population) {
  const Matrix& values = output_[population.id];
  result.logits.assign(samples_.size() * population.neurons, 0.0);
  if (training_.readout != ReadoutScore::mean) {
    for (std::size_t b = 0; b < samples_.size(); ++b)
      for (std::size_t c = 0; c < population.neurons; ++c) {
        double& score = result.logits[b * population.neurons + c];
        score = values[(b + 1) * steps_ - 1][c];
        for (std::size_t t = 0; training_.readout == ReadoutScore::max && t < steps_; ++t)
          score = std::max(score, values[b * steps_ + t][c]);
      }
    return;
  }
  for (std::size_t row = 0; row < rows_; ++row)
    for (std::size_t c = 0; c < population.neurons; ++c)
      result.logits[row / steps_ * population.neurons + c] +=
          values[row][c] / static_cast<double>(steps_);
}

}  // namespace volley
