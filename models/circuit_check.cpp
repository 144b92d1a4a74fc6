// What makes a circuit whole: numbers in range, receptors and rules that fit, spikes that come from
// somewhere.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "models/circuit.hpp"

namespace volley {

namespace {

void need(bool good, const std::string& where, const std::string& what, const std::string& how) {
  if (!good) throw Error(what, where, how);
}

void check_neurons(const CellPopulation& each, double dt_ms) {
  const std::string& at = each.name;
  if (each.kind == CellKind::lif) {
    need(each.tau_ms > 0, at, "tau_ms is not above 0", "write the membrane's time constant");
    need(each.tau_excitatory_ms > 0 && each.tau_inhibitory_ms > 0, at,
         "a time constant of the synapses is not above 0", "write it in milliseconds");
  }
  need(std::isfinite(each.threshold) && std::isfinite(each.reset_value) &&
           each.threshold > each.reset_value,
       at, fmt::format("threshold {} is not above reset {}", each.threshold, each.reset_value),
       "a neuron would spike for ever: raise the threshold");
  need(each.refractory_ms >= 0 && each.refractory_ms / dt_ms <= most_circuit_delay_steps, at,
       fmt::format("refractory_ms {} is out of range", each.refractory_ms),
       fmt::format("it must be 0 to {} steps", most_circuit_delay_steps));
  for (const std::uint32_t neuron : each.record_membrane)
    need(neuron < each.neurons, at,
         fmt::format("record_membrane names neuron {} of {}", neuron, each.neurons),
         "neurons count from 0");
}

void check_population(const CellPopulation& each, double dt_ms) {
  need(each.neurons >= 1 && each.neurons <= most_cells, each.name,
       fmt::format("{} neurons are out of range", each.neurons),
       fmt::format("use 1 to {}", most_cells));
  need(std::uint64_t{each.rows} * each.columns == each.neurons, each.name,
       fmt::format("a grid of {} x {} has not {} neurons", each.rows, each.columns, each.neurons),
       "make grid = [rows, columns] fit");
  const double rate = each.kind == CellKind::poisson ? each.rate_hz : each.poisson_input.rate_hz;
  const double a_step = rate * dt_ms * 1e-3;
  need(std::isfinite(rate) && rate >= 0, each.name, "a rate is negative", "use 0 or more Hz");
  if (each.kind == CellKind::poisson)
    need(a_step < 1, each.name, fmt::format("{} Hz is more than one spike a step", rate),
         "lower rate_hz or dt_ms");
  // Draws are compared with one threshold for each possible count.
  need(a_step <= 20, each.name, fmt::format("{} Hz is more than 20 spikes a step", rate),
       "lower poisson_input's rate_hz or dt_ms");
  if (!each.source()) check_neurons(each, dt_ms);
}

void check_distribution(const Distribution& each, const std::string& where) {
  need(std::isfinite(each.a) && std::isfinite(each.b), where, "a distribution is not finite",
       "use finite numbers");
  if (each.kind == DistributionKind::normal || each.kind == DistributionKind::lognormal)
    need(each.b >= 0, where, "a standard deviation is negative", "use 0 or more");
  if (each.kind == DistributionKind::uniform)
    need(each.a <= each.b, where, "the ends of a uniform distribution are the wrong way round",
         "write low first");
  if (each.kind == DistributionKind::one_bit)
    need(each.b >= 0 && each.b <= 1, where, "the share of positive weights is no probability",
         "use 0 to 1");
}

/// A receptor that the target's neurons have.
void check_receptor(const CellPopulation& target, Receptor receptor, const std::string& where) {
  need(target.kind == CellKind::lif || receptor == Receptor::delta, where,
       fmt::format("{} neurons have no {} current", to_string(target.kind), to_string(receptor)),
       "write receptor = \"delta\"");
}

void check_rule(const CellProjection& each, const CellPopulation& from, const CellPopulation& to,
                const std::string& where) {
  switch (each.rule) {
    case ConnectionRule::one_to_one:
      need(from.neurons == to.neurons, where,
           fmt::format("one_to_one joins {} neurons to {}", from.neurons, to.neurons),
           "make the populations equally large or use another rule");
      break;
    case ConnectionRule::fixed_probability:
    case ConnectionRule::distance:
      need(each.probability >= 0 && each.probability <= 1, where,
           fmt::format("{} is no probability", each.probability), "use 0 to 1");
      need(each.rule != ConnectionRule::distance || each.sigma > 0, where,
           "sigma is not above 0", "the sides of the unit square are 1 long");
      break;
    case ConnectionRule::fixed_in_degree: {
      const std::uint32_t others = from.neurons - (&from == &to && !each.autapses ? 1 : 0);
      need(each.multapses ? others > 0 || each.in_degree == 0 : each.in_degree <= others, where,
           fmt::format("there are {} sources for an in-degree of {}", others, each.in_degree),
           "lower in_degree, or write multapses = true to let sources be drawn again");
      break;
    }
    case ConnectionRule::all_to_all:
    case ConnectionRule::file: break;
  }
}

}  // namespace

void Circuit::check() const {
  need(options.dt_ms > 0 && options.dt_ms <= 1000, name,
       fmt::format("dt_ms {} is out of range", options.dt_ms), "use above 0 to 1000 ms");
  need(options.duration_ms > 0 && options.duration_ms / options.dt_ms < 2e9, name,
       fmt::format("duration_ms {} is out of range", options.duration_ms),
       "use above 0 to 2,000,000,000 steps");
  need(populations() > 0, name, "there are no populations", "write [[population]]");
  std::uint64_t neurons = 0;
  for (std::size_t id = 0; id < populations(); ++id) {
    const CellPopulation& each = population(id);
    check_population(each, options.dt_ms);
    check_distribution(each.initial, each.name);
    if (!each.source() && each.poisson_input.rate_hz > 0)
      check_receptor(each, each.poisson_input.receptor, each.name);
    neurons += each.neurons;
  }
  need(neurons <= most_cells, name, fmt::format("{} neurons in all are too many", neurons),
       fmt::format("use at most {}", most_cells));
  for (std::size_t id = 0; id < projections(); ++id) {
    const CellProjection& each = projection(id);
    const CellPopulation& from = population(source(id));
    const CellPopulation& to = population(target(id));
    const std::string where = projection_name(id);
    need(!to.source(), where, fmt::format("'{}' is a source and takes no spikes", to.name),
         "turn the projection round");
    check_receptor(to, each.receptor, where);
    check_rule(each, from, to, where);
    check_distribution(each.weight, where);
    check_distribution(each.delay_ms, where);
    const Distribution& delay = each.delay_ms;
    need(delay.kind != DistributionKind::one_bit, where, "a delay has more than one bit",
         "use another distribution");
    const double most = std::max(delay.a, delay.kind == DistributionKind::uniform ? delay.b : 0);
    need(delay.kind != DistributionKind::constant || delay.a >= 0, where,
         fmt::format("a delay of {} ms is negative", delay.a), "use 0 or more");
    need(most / options.dt_ms <= most_circuit_delay_steps, where,
         fmt::format("a delay of {} ms is more than {} steps", most, most_circuit_delay_steps),
         "lower it or raise dt_ms");
  }
}

}  // namespace volley
