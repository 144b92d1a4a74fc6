#include "sim/clocked_inference.hpp"

#include <algorithm>

#include "sim/membrane_kernels.hpp"
#include "sim/relay.hpp"
#include "sim/spike_levels.hpp"

namespace volley {

namespace {
std::size_t changed(const std::vector<float>& before, const std::vector<float>& after) {
  std::size_t count = 0;
  for (std::size_t n = 0; n < after.size(); ++n) count += before[n] != after[n] ? 1u : 0u;
  return count;
}

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
    arriving_.emplace_back(population.neurons);
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

void ClockedInference::add_arriving(const PlanProjection& projection, const SpikeTrain& input,
                                    const SampleTrace& trace, std::uint32_t t,
                                    std::vector<float>& current) {
  const SpikeTrain& spikes = projection.source == frozen_.plan().input
                                 ? input
                                 : trace.populations[projection.source].spikes;
  for (std::size_t tap = projection.taps; tap-- > 0;) {
    const auto delay = static_cast<std::uint32_t>(projection.delay(tap));
    if (t < delay) continue;
    if (projection.delayed()) {
      add_delayed(frozen_.network().weights[projection.id],
                  frozen_.network().delays[projection.id], spikes, t - delay, delay, current);
    } else {
      arriving_[projection.source].assign(spikes.step(t - delay));
      currents_.add(frozen_, projection, arriving_[projection.source],
                    spikes.values_at(t - delay), current.data());
    }
  }
}

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
        const auto add = [&](const std::vector<std::size_t>& projections) {
          for (const std::size_t projection : projections)
            add_arriving(plan.projections[projection], input, trace, t, current);
        };
        add(population.feed_forward);
        frozen_.adjust_early(id, t, current.data());
        add(population.recurrent);
        if (extended_[id]) {
          step_extended(*extended_[id], population, current, own);
          if (look_) look_(id, extended_[id]->membrane(), extended_[id]->adaptation());
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
        if (look_) look_(id, v, {});
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
