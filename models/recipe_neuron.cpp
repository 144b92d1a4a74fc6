#include "models/recipe_neuron.hpp"

#include <fmt/format.h>

#include <cmath>

#include "models/recipe_network.hpp"

namespace volley {

const std::vector<std::string> extension_keys{
    "learn_tau",          "synapse_beta",    "tau_synapse_ms",  "adaptation",
    "tau_adaptation_ms", "adaptation_beta", "refractory_steps"};

double read_decay(StrictTable& table, const std::string& beta_key, const std::string& tau_key,
                  double fallback, double dt_ms) {
  if (table.has(beta_key) && table.has(tau_key))
    table.fail(tau_key, beta_key + " is given too",
               "keep one of the two: " + beta_key + " = exp(-dt_ms / " + tau_key + ")");
  const double tau = table.number(tau_key, 0.0, {0.0, 1e12, true});
  const double beta = table.number(beta_key, fallback, {0.0, 1.0});
  return table.has(tau_key) ? std::exp(-dt_ms / tau) : beta;
}

void read_extension(StrictTable& table, Population& population, double dt_ms) {
  population.learn_tau = table.choice("learn_tau", population.learn_tau,
                                      {{"no", LearnTau::no},
                                       {"population", LearnTau::population},
                                       {"channel", LearnTau::channel}});
  if (population.learn_tau != LearnTau::no && !(population.beta > 0 && population.beta < 1))
    table.fail("learn_tau", fmt::format("starts from beta = {}, which it cannot leave",
                                        format_number(population.beta)),
               "give a beta above 0 and below 1");
  population.synapse_beta =
      read_decay(table, "synapse_beta", "tau_synapse_ms", population.synapse_beta, dt_ms);
  if (population.kind != NeuronKind::lif) return;
  population.adaptation = table.number("adaptation", population.adaptation, {0.0, 1e6});
  population.adaptation_beta = read_decay(table, "adaptation_beta", "tau_adaptation_ms",
                                          population.adaptation_beta, dt_ms);
  population.refractory_steps =
      static_cast<int>(table.integer("refractory_steps", 0, 0, most_refractory_steps));
}

std::string format_extension(const Population& population) {
  std::string toml = fmt::format("learn_tau = \"{}\"\nsynapse_beta = {}\n",
                                 to_string(population.learn_tau),
                                 format_number(population.synapse_beta));
  if (population.kind == NeuronKind::lif)
    toml += fmt::format("adaptation = {}\nadaptation_beta = {}\nrefractory_steps = {}\n",
                        format_number(population.adaptation),
                        format_number(population.adaptation_beta), population.refractory_steps);
  return toml;
}

}  // namespace volley
