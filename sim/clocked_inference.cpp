#include "sim/clocked_inference.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/projection_kernels.hpp"
#include "sim/readout.hpp"

namespace volley {

FrozenPlan::FrozenPlan(FrozenNetwork network)
    : network_(std::move(network)), plan_(compile(network_.network)) {
  if (network_.weights.size() != plan_.projections.size() ||
      network_.bias.size() != plan_.populations.size())
    throw Error("weights or biases are missing", "frozen network");
  for (const PlanProjection& projection : plan_.projections)
    if (network_.weights[projection.id].size() != projection.rows * projection.columns)
      throw Error("the weights do not fit the populations", projection.name);
  for (const PlanPopulation& population : plan_.populations) {
    const bool none = population.spec.kind == NeuronKind::input ||
                      population.spec.kind == NeuronKind::relay;
    if (network_.bias[population.id].size() != (none ? 0 : population.neurons))
      throw Error("the bias does not fit the population", population.spec.name);
  }
}

namespace {
/// The input as plain spikes, step by step: what pictures show of graded and of still input.
SpikeTrain shown_spikes(const SpikeTrain& input) {
  if (!input.constant && input.values.empty()) return input;
  SpikeTrain shown;
  shown.steps = input.steps;
  shown.inputs = input.inputs;
  for (std::uint32_t t = 0; t < input.steps; ++t) {
    const auto row = input.step(t);
    shown.indices.insert(shown.indices.end(), row.begin(), row.end());
    shown.offsets.push_back(static_cast<std::uint32_t>(shown.indices.size()));
  }
  return shown;
}
}  // namespace

SampleTrace FrozenPlan::empty_trace(const SpikeTrain& input) const {
  SampleTrace trace;
  trace.dt_ms = network_.dt_ms;
  trace.steps = input.steps;
  for (const PlanPopulation& population : plan_.populations) {
    PopulationTrace own;
    own.name = population.spec.name;
    own.kind = population.spec.kind;
    own.shape = population.spec.shape;
    own.spikes.inputs = static_cast<std::uint32_t>(population.neurons);
    trace.populations.push_back(std::move(own));
  }
  trace.populations[plan_.input].spikes = shown_spikes(input);
  return trace;
}

void FrozenPlan::read_scores(SampleTrace& trace) const {
  volley::read_scores(trace, plan_.readout, network_.readout);
}

void check_input(const FrozenPlan& plan, const SpikeTrain& input) {
  const PlanPopulation& population = plan.plan().populations[plan.plan().input];
  if (input.inputs != population.neurons)
    throw Error(fmt::format("the recording has {} addresses, the network takes {} ({})",
                            input.inputs, population.neurons, to_string(population.spec.shape)),
                population.spec.name, "use the dataset the network was trained on");
  if (!input.values.empty()) check_graded_input(plan.plan());
}

void check_graded_input(const Plan& plan) {
  for (const PlanProjection& projection : plan.projections)
    if (projection.source == plan.input &&
        plan.populations[projection.target].spec.kind == NeuronKind::relay)
      throw Error("graded input cannot be pooled, flattened or passed on by a relay",
                  projection.name, "begin with a dense or conv2d projection, or use latency code");
}

ClockedInference::ClockedInference(const FrozenPlan& plan) : frozen_(plan) {
  for (const PlanPopulation& population : plan.plan().populations) {
    membrane_.emplace_back(population.neurons, 0.0f);
    current_.emplace_back(population.neurons, 0.0f);
  }
}

SampleTrace ClockedInference::run(const SpikeTrain& input) {
  check_input(frozen_, input);
  const Plan& plan = frozen_.plan();
  SampleTrace trace = frozen_.empty_trace(input);
  std::vector<float> before;
  std::vector<std::uint32_t> found;
  for (std::uint32_t t = 0; t < input.steps; ++t) {
    for (const std::size_t id : plan.order) {
      const PlanPopulation& population = plan.populations[id];
      if (population.spec.kind == NeuronKind::input) continue;
      PopulationTrace& own = trace.populations[id];
      if (population.spec.kind == NeuronKind::relay) {
        const PlanProjection& projection = plan.projections[population.feed_forward.front()];
        relay_spikes(projection, trace.populations[projection.source].spikes.step(t),
                     own.spikes.indices);
      } else {
        std::vector<float>& current = current_[id];
        std::vector<float>& v = membrane_[id];
        std::fill(current.begin(), current.end(), 0.0f);
        for (const PlanProjection& projection : plan.projections) {
          if (projection.target != id) continue;
          const auto delay = static_cast<std::uint32_t>(projection.spec.delay_steps);
          if (t < delay) continue;
          const SpikeTrain& spikes = projection.source == plan.input
                                         ? input
                                         : trace.populations[projection.source].spikes;
          add_currents<float>(projection, frozen_.network().weights[projection.id].data(),
                              spikes.step(t - delay), current.data(),
                              spikes.values_at(t - delay));
        }
        before = v;
        membrane_row({static_cast<float>(population.spec.beta),
                      static_cast<float>(population.spec.threshold),
                      population.spiking() ? population.spec.reset : Reset::none,
                      t == 0 ? nullptr : before.data(), current.data(), nullptr,
                      frozen_.network().bias[id].data(), v.data()},
                     population.neurons);
        if (population.spiking()) {
          found.resize(population.neurons);
          const std::size_t count =
              find_spikes(v.data(), v.size(), static_cast<float>(population.spec.threshold),
                          found.data());
          own.spikes.indices.insert(own.spikes.indices.end(), found.begin(),
                                    found.begin() + static_cast<std::ptrdiff_t>(count));
        } else {
          own.membrane.insert(own.membrane.end(), v.begin(), v.end());
        }
      }
      own.spikes.steps = t + 1;
      own.spikes.offsets.push_back(static_cast<std::uint32_t>(own.spikes.indices.size()));
    }
  }
  frozen_.read_scores(trace);
  return trace;
}

}  // namespace volley
