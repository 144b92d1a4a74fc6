#include "sim/clocked_inference.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/projection_kernels.hpp"
#include "sim/readout.hpp"
#include "sim/relay.hpp"
#include "sim/spike_levels.hpp"

namespace volley {

namespace {
std::size_t changed(const std::vector<float>& before, const std::vector<float>& after) {
  std::size_t count = 0;
  for (std::size_t n = 0; n < after.size(); ++n) count += before[n] != after[n] ? 1u : 0u;
  return count;
}

/// A learned beta per channel, or none.
void check_beta(const FrozenNetwork& network, const PlanPopulation& population) {
  if (population.id >= network.beta.size() || network.beta[population.id].empty()) return;
  const std::vector<float>& beta = network.beta[population.id];
  if (population.spec.learn_tau == LearnTau::no || beta.size() != population.channels ||
      !std::all_of(beta.begin(), beta.end(), [](float b) { return b >= 0.0f && b <= 1.0f; }))
    throw Error("the learned beta does not fit the population", population.spec.name);
}

}  // namespace

FrozenPlan::FrozenPlan(FrozenNetwork network)
    : network_(std::move(network)), plan_(compile(network_.network)) {
  if (network_.weights.size() != plan_.projections.size() ||
      network_.bias.size() != plan_.populations.size() ||
      (!network_.delays.empty() && network_.delays.size() != plan_.projections.size()))
    throw Error("weights, biases or delays are missing", "frozen network");
  network_.delays.resize(plan_.projections.size());
  for (const PlanProjection& projection : plan_.projections)
    if (network_.weights[projection.id].size() != projection.rows * projection.columns)
      throw Error("the weights do not fit the populations", projection.name);
  for (const PlanProjection& projection : plan_.projections) {
    const std::vector<std::uint16_t>& delays = network_.delays[projection.id];
    const bool within = std::all_of(delays.begin(), delays.end(), [&](std::uint16_t delay) {
      return delay >= projection.spec.delay_steps && delay <= projection.spec.delays.longest;
    });
    if (!within || delays.size() != (projection.delayed() ? projection.rows * projection.columns
                                                          : 0))
      throw Error("the delays do not fit the projection", projection.name);
    delays_.push_back(make_delay_table(projection, network_.weights[projection.id], delays));
  }
  for (const PlanPopulation& population : plan_.populations) {
    const bool none = population.spec.kind == NeuronKind::input ||
                      population.spec.kind == NeuronKind::relay;
    if (network_.bias[population.id].size() != (none ? 0 : population.neurons))
      throw Error("the bias does not fit the population", population.spec.name);
    check_beta(network_, population);
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

namespace {
/// The synapses whose delay brings these spikes to act now: in plain loops, over every delay there
/// is.
void add_delayed(const std::vector<float>& weights, const std::vector<std::uint16_t>& delays,
                 const SpikeTrain& train, std::uint32_t emitted, std::size_t delay,
                 std::vector<float>& current) {
  const std::size_t columns = current.size();
  const auto spikes = train.step(emitted);
  const auto values = train.values_at(emitted);
  for (std::size_t k = 0; k < spikes.size(); ++k)
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t at = spikes[k] * columns + c;
      if (delays[at] != delay) continue;
      current[c] += values.empty() ? weights[at] : values[k] * weights[at];
    }
}
}  // namespace

ClockedInference::ClockedInference(const FrozenPlan& plan) : frozen_(plan) {
  for (const PlanPopulation& population : plan.plan().populations) {
    membrane_.emplace_back(population.neurons, 0.0f);
    current_.emplace_back(population.neurons, 0.0f);
    extended_.emplace_back();
    if (population.spec.extended())
      extended_.back().emplace(population.spec, plan.network().channel_beta(population.id),
                               plan.network().bias[population.id]);
  }
}

namespace {

void step_extended(FrozenNeurons& neurons, const PlanPopulation& population,
                   const std::vector<float>& current, PopulationTrace& own) {
  const std::size_t columns = population.neurons / population.channels;
  neurons.step(0, columns, current.data());
  if (!population.spiking()) {
    own.membrane.insert(own.membrane.end(), neurons.membrane().begin(), neurons.membrane().end());
    return;
  }
  neurons.append_fired(0, columns, own.spikes.indices);
}

}  // namespace

SampleTrace ClockedInference::run(const SpikeTrain& input) {
  check_input(frozen_, input);
  const Plan& plan = frozen_.plan();
  SampleTrace trace = frozen_.empty_trace(input);
  std::vector<float> before;
  std::vector<std::uint32_t> found;
  membrane_updates_ = 0;
  for (std::optional<FrozenNeurons>& neurons : extended_)
    if (neurons) neurons->reset();
  for (std::uint32_t t = 0; t < input.steps; ++t) {
    for (const std::size_t id : plan.order) {
      const PlanPopulation& population = plan.populations[id];
      if (population.spec.kind == NeuronKind::input) continue;
      PopulationTrace& own = trace.populations[id];
      if (population.spec.kind == NeuronKind::relay) {
        relay_step(
            plan, population,
            [&](std::size_t source) { return trace.populations[source].spikes.step(t); },
            own.spikes.indices);
      } else {
        std::vector<float>& current = current_[id];
        std::vector<float>& v = membrane_[id];
        std::fill(current.begin(), current.end(), 0.0f);
        for (const PlanProjection& projection : plan.projections) {
          if (projection.target != id) continue;
          const SpikeTrain& spikes = projection.source == plan.input
                                         ? input
                                         : trace.populations[projection.source].spikes;
          const std::vector<float>& weights = frozen_.network().weights[projection.id];
          for (std::size_t tap = projection.taps; tap-- > 0;) {
            const auto delay = static_cast<std::uint32_t>(projection.delay(tap));
            if (t < delay) continue;
            if (projection.delayed())
              add_delayed(weights, frozen_.network().delays[projection.id], spikes, t - delay,
                          delay, current);
            else
              add_currents<float>(projection, weights.data(), spikes.step(t - delay),
                                  current.data(), spikes.values_at(t - delay));
          }
        }
        if (extended_[id]) {
          step_extended(*extended_[id], population, current, own);
          own.spikes.steps = t + 1;
          own.spikes.offsets.push_back(static_cast<std::uint32_t>(own.spikes.indices.size()));
          continue;
        }
        before = v;
        membrane_row({static_cast<float>(population.spec.beta),
                      static_cast<float>(population.spec.threshold),
                      population.spiking() ? population.spec.reset : Reset::none,
                      t == 0 ? nullptr : before.data(), current.data(), nullptr,
                      frozen_.network().bias[id].data(), v.data(),
                      population.spec.quantizer.levels},
                     population.neurons);
        if (counting_) membrane_updates_ += t == 0 ? population.neurons : changed(before, v);
        if (population.spiking()) {
          found.resize(population.neurons);
          const std::size_t count =
              find_spikes(v.data(), v.size(), static_cast<float>(population.spec.threshold),
                          found.data());
          append_spikes<float>({found.data(), count}, v.data(),
                               static_cast<float>(population.spec.threshold),
                               population.spec.quantizer.levels, 0, own.spikes.indices);
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
