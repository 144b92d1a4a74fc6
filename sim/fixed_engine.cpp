#include "sim/fixed_engine.hpp"

#include <algorithm>
#include <cmath>

#include "sim/relay.hpp"

namespace volley {

FixedEngine::FixedEngine(const FrozenPlan& plan, const StepNetwork& network,
                         const FixedNetwork& fixed)
    : plan_(plan), network_(network), fixed_(fixed) {}

void FixedEngine::add_link(std::size_t id, std::span<const std::uint32_t> spikes,
                           std::vector<std::int64_t>& current) const {
  const StepLink& link = network_.links[id];
  const FixedLink& fixed = fixed_.links[id];
  const auto channels = static_cast<std::size_t>(link.source_shape.channels);
  std::vector<std::int64_t> sum(current.size(), 0), count(current.size(), 0);
  const auto add = [&](std::size_t row, std::size_t target, std::size_t column) {
    const std::size_t at = row * link.columns + column;
    sum[target] += link.codes.empty() ? fixed.weights[at] : link.codes[at];
    ++count[target];
  };
  const std::size_t per_source = channels / link.groups, per_target = link.columns / link.groups;
  for (const std::uint32_t spike : spikes) {
    if (link.spec.kind == ProjectionKind::dense) {
      for (std::size_t c = 0; c < link.columns; ++c) add(spike, c, c);
      continue;
    }
    const std::size_t channel = spike % channels, taps = link.rows / per_source;
    const std::size_t first = channel / per_source * per_target;
    for (const ConvReach reach : plan_.plan().projections[id].table.from(spike / channels))
      for (std::size_t c = first; c < first + per_target; ++c)
        add(channel % per_source * taps + reach.tap, reach.target * link.columns + c, c);
  }
  for (std::size_t n = 0; n < current.size(); ++n) {
    const std::size_t c = n % link.columns;
    current[n] += link.codes.empty()
                      ? sum[n]
                      : rounded_shift(fixed.scale[c] * sum[n] + fixed.offset[c] * count[n],
                                      fixed.shift);
  }
}

void FixedEngine::add_arriving(std::size_t id, const SampleTrace& trace, std::uint32_t t,
                               std::vector<std::int64_t>& current) const {
  const StepLink& link = network_.links[id];
  const SpikeTrain& spikes = trace.populations[link.source].spikes;
  for (std::size_t tap = 0; tap < link.taps; ++tap) {
    const auto delay = static_cast<std::uint32_t>(link.delay(tap));
    if (t < delay) continue;
    if (link.delays.empty()) {
      add_link(id, spikes.step(t - delay), current);
      continue;
    }
    for (const std::uint32_t spike : spikes.step(t - delay))
      for (std::size_t c = 0; c < link.columns; ++c)
        if (link.delays[spike * link.columns + c] == delay)
          current[c] += fixed_.links[id].weights[spike * link.columns + c];
  }
}

void FixedEngine::step_neurons(std::size_t id, const std::vector<std::int64_t>& current) {
  const StepPopulation& population = network_.populations[id];
  const FixedPopulation& fixed = fixed_.populations[id];
  const Population& spec = population.spec;
  const bool spiking = spec.kind == NeuronKind::lif;
  State& state = state_[id];
  for (std::size_t n = 0; n < population.neurons; ++n) {
    std::int32_t input = saturated(current[n] + fixed.bias[n]);
    if (spec.synapse_beta != 0)
      state.synapse[n] = input =
          saturated(fixed_decay(fixed.synapse_beta, state.synapse[n]) + input);
    const int before = state.spikes[n];
    std::int32_t kept = state.v[n];
    if (spiking && before > 0 && spec.reset == Reset::subtract) kept -= before * fixed.threshold;
    if (spiking && before > 0 && spec.reset == Reset::zero) kept = 0;
    state.v[n] = saturated(fixed_decay(fixed.beta[n % population.channels], kept) + input);
    if (!spiking) continue;
    std::int64_t relative = state.v[n];
    if (spec.adaptation != 0) {
      state.adaptation[n] =
          saturated(fixed_decay(fixed.adaptation_beta, state.adaptation[n]) +
                    std::int64_t{before} * fixed.adaptation);
      relative -= state.adaptation[n];
    }
    int spikes = 0;
    while (spikes < spec.quantizer.levels &&
           relative >= std::int64_t{spikes + 1} * fixed.threshold)
      ++spikes;
    if (spec.refractory_steps > 0) {
      std::int32_t& left = state.refractory[n];
      left = before > 0 ? spec.refractory_steps : std::max(left - 1, 0);
      if (left > 0) spikes = 0;
    }
    state.spikes[n] = spikes;
  }
}

FixedTrace FixedEngine::run(const SpikeTrain& input) {
  check_input(plan_, input);
  state_.clear();
  for (const StepPopulation& population : network_.populations) {
    const std::size_t n = population.neurons;
    state_.push_back({std::vector<std::int32_t>(n), std::vector<std::int32_t>(n),
                      std::vector<std::int32_t>(n), std::vector<std::int32_t>(n),
                      std::vector<int>(n)});
  }
  FixedTrace result;
  SampleTrace& trace = result.trace = plan_.empty_trace(input);
  std::vector<std::int64_t> current;
  for (std::uint32_t t = 0; t < input.steps; ++t)
    for (const std::size_t id : network_.order) {
      const StepPopulation& population = network_.populations[id];
      if (population.spec.kind == NeuronKind::input) continue;
      PopulationTrace& own = trace.populations[id];
      if (population.spec.kind == NeuronKind::relay) {
        relay_step(
            plan_.plan(), plan_.plan().populations[id],
            [&](std::size_t source) { return trace.populations[source].spikes.step(t); },
            own.spikes.indices);
      } else {
        current.assign(population.neurons, 0);
        for (const std::size_t link : population.feed_forward)
          add_arriving(link, trace, t, current);
        for (const std::size_t link : population.recurrent) add_arriving(link, trace, t, current);
        step_neurons(id, current);
        const State& state = state_[id];
        if (population.spec.kind == NeuronKind::lif) {
          for (std::size_t n = 0; n < population.neurons; ++n)
            own.spikes.indices.insert(own.spikes.indices.end(),
                                      static_cast<std::size_t>(state.spikes[n]),
                                      static_cast<std::uint32_t>(n));
        } else {
          result.membrane.insert(result.membrane.end(), state.v.begin(), state.v.end());
          for (const std::int32_t v : state.v)
            own.membrane.push_back(
                std::ldexp(static_cast<float>(v), -fixed_.populations[id].fraction));
        }
      }
      own.spikes.steps = t + 1;
      own.spikes.offsets.push_back(static_cast<std::uint32_t>(own.spikes.indices.size()));
    }
  plan_.read_scores(trace);
  return result;
}

}  // namespace volley
