#include "sim/microsecond_dynamics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "datasets/event_binner.hpp"

namespace volley {

double ExactLeak::decay(std::int64_t n) const { return std::exp(-rate * static_cast<double>(n)); }

double ExactLeak::gain(std::int64_t n) const {
  const auto ticks = static_cast<double>(n);
  return rate > 0 ? -std::expm1(-rate * ticks) : per_tick * ticks;
}

double ExactLeak::decay_sum(std::int64_t n) const {
  const auto ticks = static_cast<double>(n);
  return rate > 0 ? -std::expm1(-rate * ticks) / std::expm1(rate) : ticks;
}

double ExactLeak::gain_sum(std::int64_t n) const {
  const auto ticks = static_cast<double>(n);
  return rate > 0 ? ticks - decay_sum(n) : per_tick * ticks * (ticks + 1) / 2;
}

double MicrosecondDynamics::ticks_to_threshold(std::size_t neuron, std::size_t channel,
                                               double v) const {
  constexpr double never = std::numeric_limits<double>::infinity();
  const ExactLeak& own = leak_of(channel);
  const double pull = drive[neuron];
  if (v >= threshold && pull >= threshold) return 1;
  if (own.rate == 0) {
    if (v >= threshold) return v + pull * own.per_tick >= threshold ? 1 : never;
    return pull > 0 ? std::max(1.0, (threshold - v) / (pull * own.per_tick)) : never;
  }
  if (v >= threshold) return v * own.decay(1) + pull * own.gain(1) >= threshold ? 1 : never;
  if (!(pull > threshold)) return never;
  return std::max(1.0, std::log((pull - v) / (pull - threshold)) / own.rate);
}

std::int64_t step_ticks(const FrozenPlan& plan) {
  return static_cast<std::int64_t>(step_microseconds(plan.network().dt_ms));
}

namespace {

[[noreturn]] void refuse(const PlanPopulation& population, const std::string& what,
                         const std::string& how) {
  throw Error(what + ", which has no meaning from microsecond to microsecond",
              population.spec.name, how + "; or run it in steps (--time-resolution step)");
}

void check(const FrozenPlan& plan, const PlanPopulation& population,
           const std::vector<float>& beta) {
  const Population& spec = population.spec;
  const bool spiking = spec.kind == NeuronKind::lif;
  if (spiking && spec.quantizer.levels > 1)
    refuse(population, "emits up to " + std::to_string(spec.quantizer.levels) + " spikes in a step",
           "train it with levels = 1");
  if (population.id < plan.network().early.size() &&
      !plan.network().early[population.id].ratio.empty())
    refuse(population, "is normalised differently in its first steps",
           "train it with normalise_steps = 1");
  if (spiking && spec.reset == Reset::none)
    refuse(population, "fires in every step above its threshold, for it is never reset",
           "train it with reset = \"subtract\" or \"zero\"");
  if (std::any_of(beta.begin(), beta.end(), [](float b) { return b == 0.0f; }))
    refuse(population, "forgets its membrane within a step (beta = 0)",
           "train it with a beta above 0");
  const std::string how = "leave it out of the recipe and train again; or run it in steps "
                          "(--time-resolution step)";
  if (spec.synapse_beta != 0)
    throw Error("has a synaptic current, so that no closed form says when it fires next",
                spec.name, how);
  if (spec.adaptation != 0)
    throw Error("has an adaptive threshold, so that no closed form says when it fires next",
                spec.name, how);
}

}  // namespace

MicrosecondDynamics microsecond_dynamics(const FrozenPlan& plan, std::size_t id) {
  const PlanPopulation& population = plan.plan().populations[id];
  std::vector<float> beta = plan.network().channel_beta(id);
  check(plan, population, beta);
  const auto step = static_cast<double>(step_ticks(plan));
  const std::size_t channels = population.channels;
  MicrosecondDynamics dynamics;
  dynamics.threshold = static_cast<double>(static_cast<float>(population.spec.threshold));
  dynamics.reset = population.spec.reset;
  dynamics.refractory = population.spec.refractory_steps * step_ticks(plan);
  const std::vector<float>& bias = plan.network().bias[id];
  for (std::size_t n = 0; n < bias.size(); ++n) {
    const auto b = static_cast<double>(beta[n % channels]);
    const auto push = static_cast<double>(bias[n]);
    dynamics.drive.push_back(b < 1 ? push / (1 - b) : push);
  }
  if (std::equal(beta.begin() + 1, beta.end(), beta.begin())) beta.resize(1);
  for (const float each : beta) {
    const auto b = static_cast<double>(each);
    dynamics.leak.push_back({b < 1 ? -std::log(b) / step : 0.0, b < 1 ? 0.0 : 1 / step});
  }
  return dynamics;
}

}  // namespace volley
