#include "microsecond_reference.hpp"

#include <algorithm>
#include <cmath>

#include "sim/relay.hpp"

namespace volley {

namespace {

using Real = long double;

/// State of one population.
struct Neurons {
  std::vector<Real> v, decay, push;  ///< push: what a constant current adds a tick
  std::vector<char> fired;           ///< in the tick before
  std::vector<std::int64_t> silent_until;
  std::vector<Real> sum, largest;
};

class Reference {
public:
  Reference(const FrozenPlan& plan, const std::vector<std::vector<std::uint32_t>>& input)
      : plan_(plan),
        flat_(plan.plan()),
        input_(input),
        step_(static_cast<std::int64_t>(std::llround(1000 * plan.network().dt_ms))) {
    trace_.spikes.assign(flat_.populations.size(), {});
    for (const PlanPopulation& population : flat_.populations) {
      trace_.spikes[population.id].resize(input.size());
      neurons_.push_back(at_rest(population));
    }
    for (const std::vector<float>& narrow : plan.network().weights)
      weights_.emplace_back(narrow.begin(), narrow.end());
  }

  MicrosecondTrace run() {
    for (std::size_t t = 0; t < input_.size(); ++t)
      for (const std::size_t id : flat_.order) tick(flat_.populations[id], t);
    read_scores();
    return std::move(trace_);
  }

private:
  Neurons at_rest(const PlanPopulation& population) const {
    const std::size_t n = population.neurons;
    Neurons own{std::vector<Real>(n), std::vector<Real>(n), std::vector<Real>(n),
                std::vector<char>(n),  std::vector<std::int64_t>(n, -1),
                std::vector<Real>(n), std::vector<Real>(n)};
    if (plan_.network().bias[population.id].empty()) return own;
    const std::vector<float> beta = plan_.network().channel_beta(population.id);
    for (std::size_t i = 0; i < n; ++i) {
      const Real b = static_cast<Real>(beta[i % population.channels]);
      const Real bias = static_cast<Real>(plan_.network().bias[population.id][i]);
      own.decay[i] = std::pow(b, 1 / static_cast<Real>(step_));
      own.push[i] = b < 1 ? (1 - own.decay[i]) * bias / (1 - b) : bias / static_cast<Real>(step_);
    }
    return own;
  }

  void tick(const PlanPopulation& population, std::size_t t) {
    std::vector<std::uint32_t>& spikes = trace_.spikes[population.id][t];
    if (population.spec.kind == NeuronKind::input) {
      spikes = input_[t];
    } else if (population.spec.kind == NeuronKind::relay) {
      relay_step(
          flat_, population,
          [&](std::size_t source) { return std::span<const std::uint32_t>(trace_.spikes[source][t]); },
          spikes);
    } else {
      std::vector<double> current(population.neurons, 0.0);
      for (const auto* list : {&population.feed_forward, &population.recurrent})
        for (const std::size_t id : *list) arrive(flat_.projections[id], t, current);
      advance(population, static_cast<std::int64_t>(t), current, spikes);
    }
  }

  /// Adds what a projection brings in tick t.
  void arrive(const PlanProjection& projection, std::size_t t, std::vector<double>& current) const {
    const std::vector<double>& weights = weights_[projection.id];
    const auto step = static_cast<std::size_t>(step_);
    for (std::size_t tap = 0; tap < projection.taps; ++tap) {
      const std::size_t delay = projection.delay(tap) * step;
      if (delay > t) continue;
      const auto& spikes = trace_.spikes[projection.source][t - delay];
      if (!projection.delayed()) {
        add_currents<double>(projection, weights.data(), spikes, current.data());
        continue;
      }
      const auto& delays = plan_.network().delays[projection.id];
      for (const std::uint32_t spike : spikes)
        for (std::size_t c = 0; c < projection.columns; ++c)
          if (delays[spike * projection.columns + c] == projection.delay(tap))
            current[c] += weights[spike * projection.columns + c];
    }
  }

  void advance(const PlanPopulation& population, std::int64_t t,
               const std::vector<double>& current, std::vector<std::uint32_t>& spikes) {
    Neurons& own = neurons_[population.id];
    const auto threshold = static_cast<Real>(static_cast<float>(population.spec.threshold));
    for (std::size_t n = 0; n < population.neurons; ++n) {
      Real kept = own.v[n];
      if (own.fired[n] != 0)
        kept = population.spec.reset == Reset::subtract ? kept - threshold : Real(0);
      own.v[n] = own.decay[n] * kept + own.push[n] + static_cast<Real>(current[n]);
      own.sum[n] += own.v[n];
      own.largest[n] = std::max(own.largest[n], own.v[n]);
      own.fired[n] = 0;
      if (!population.spiking() || own.v[n] < threshold || t <= own.silent_until[n]) continue;
      own.fired[n] = 1;
      own.silent_until[n] = t + population.spec.refractory_steps * step_;
      spikes.push_back(static_cast<std::uint32_t>(n));
    }
  }

  void read_scores() {
    const PlanPopulation& readout = flat_.populations[flat_.readout];
    const auto ticks = static_cast<Real>(input_.size());
    std::vector<Real> counts(readout.neurons);
    for (const auto& spikes : trace_.spikes[readout.id])
      for (const std::uint32_t spike : spikes) counts[spike] += 1;
    const Neurons& own = neurons_[readout.id];
    for (std::size_t n = 0; n < readout.neurons; ++n) {
      Real score = own.sum[n] / ticks;
      if (plan_.network().readout == ReadoutScore::max) score = own.largest[n];
      if (plan_.network().readout == ReadoutScore::last) score = own.v[n];
      if (readout.spiking()) score = counts[n] / (ticks / static_cast<Real>(step_));
      trace_.scores.push_back(static_cast<double>(score));
    }
  }

  const FrozenPlan& plan_;
  const Plan& flat_;
  const std::vector<std::vector<std::uint32_t>>& input_;
  std::int64_t step_;
  std::vector<Neurons> neurons_;
  std::vector<std::vector<double>> weights_;
  MicrosecondTrace trace_;
};

}  // namespace

MicrosecondTrace microsecond_reference(const FrozenPlan& plan,
                                       const std::vector<std::vector<std::uint32_t>>& input) {
  return Reference(plan, input).run();
}

}  // namespace volley
