#include "sim/batch_trace.hpp"

#include "sim/readout.hpp"

namespace volley {

SampleTrace first_sample_trace(const ClockedEngine<float>& engine, ReadoutScore readout) {
  SampleTrace trace;
  trace.steps = static_cast<std::uint32_t>(engine.rows().steps(0));
  for (const PlanPopulation& population : engine.plan().populations) {
    const PopulationState<float>& state = engine.state(population.id);
    PopulationTrace own;
    own.name = population.spec.name;
    own.kind = population.spec.kind;
    own.shape = population.spec.shape;
    own.spikes.inputs = static_cast<std::uint32_t>(population.neurons);
    for (std::uint32_t t = 0; t < trace.steps; ++t) {
      if (population.spiking()) {
        const auto row = state.spikes.row(t);
        own.spikes.indices.insert(own.spikes.indices.end(), row.begin(), row.end());
      }
      own.spikes.steps = t + 1;
      own.spikes.offsets.push_back(static_cast<std::uint32_t>(own.spikes.indices.size()));
    }
    if (!population.spiking())
      own.membrane.assign(state.membrane.begin(),
                          state.membrane.begin() +
                              static_cast<std::ptrdiff_t>(trace.steps * population.neurons));
    trace.populations.push_back(std::move(own));
  }
  read_scores(trace, engine.plan().readout, readout);
  return trace;
}

}  // namespace volley
