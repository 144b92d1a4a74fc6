#include "sim/readout.hpp"

#include <algorithm>

#include "sim/loss.hpp"

namespace volley {

void read_scores(SampleTrace& trace, std::size_t readout, ReadoutScore score) {
  const PopulationTrace& own = trace.populations[readout];
  const std::size_t classes = own.shape.size();
  const std::vector<float>& membrane = own.membrane;
  trace.scores.assign(classes, 0.0f);
  if (own.kind == NeuronKind::leaky_integrator && score != ReadoutScore::mean) {
    if (membrane.size() >= classes)
      std::copy_n(membrane.end() - static_cast<std::ptrdiff_t>(classes), classes,
                  trace.scores.begin());
    for (std::size_t at = 0; score == ReadoutScore::max && at < membrane.size(); ++at)
      trace.scores[at % classes] = std::max(trace.scores[at % classes], membrane[at]);
  } else {
    if (own.kind == NeuronKind::leaky_integrator)
      for (std::size_t at = 0; at < membrane.size(); ++at)
        trace.scores[at % classes] += membrane[at];
    else
      for (const std::uint32_t neuron : own.spikes.indices) trace.scores[neuron] += 1.0f;
    for (float& value : trace.scores) value /= static_cast<float>(std::max(1u, trace.steps));
  }
  trace.predicted = predicted_class(trace.scores);
}

}  // namespace volley
