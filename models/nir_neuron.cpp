// LIF: tau v' = (v_leak - v) + r I, spike where v > v_threshold, then v = v_reset. One step of
// forward Euler with a = dt / tau: v <- (1 - a) v + a (v_leak + r I). With u = v - v_reset the
// reset is to zero and v_reset moves into threshold and offset.
#include "models/nir_neuron.hpp"

#include <cmath>
#include <limits>

#include "models/nir_graph.hpp"

namespace volley {

bool is_nir_neuron(const std::string& type) {
  return type == "LIF" || type == "LI" || type == "IF" || type == "I";
}

namespace {

void read_spikes(const NirFields& fields, const std::string& name, double reset_to,
                 const std::string& reset, Population& population,
                 std::vector<std::string>& assumptions) {
  population.kind = NeuronKind::lif;
  population.reset = reset == "subtract" ? Reset::subtract
                     : reset == "none"   ? Reset::none
                                         : Reset::zero;
  const auto threshold = static_cast<float>(fields.uniform("v_threshold") - reset_to);
  if (!(threshold > 0.0F))
    fields.fail("v_threshold", "is not above v_reset", "volley needs a positive threshold");
  // NIR fires above its threshold, volley at its own.
  population.threshold = static_cast<double>(
      std::nextafter(threshold, std::numeric_limits<float>::infinity()));
  if (!std::isfinite(population.threshold)) fields.fail("v_threshold", "is too large");
  if (population.reset != Reset::zero)
    assumptions.push_back("'" + name + "': reset \"" + reset + "\", as the metadata says");
}

}  // namespace

NirConventions read_conventions(const Hdf5Node& graph, const std::string& file,
                                std::vector<std::string>& assumptions) {
  NirConventions found;
  const NirFields fields(graph, file);
  found.reset = fields.metadata("reset").value_or("");
  found.dt = nir_dt;
  const Hdf5Node* metadata = graph.find("metadata");
  const NirFields said(metadata == nullptr ? graph : *metadata, file);
  if (metadata != nullptr && said.holds_numbers("dt")) {
    found.dt = said.uniform("dt");
    found.dt_known = true;
    if (!(found.dt > 0.0 && found.dt <= 1e3)) said.fail("dt", "is not a step length in seconds");
  } else {
    assumptions.push_back("no dt in the metadata: steps of 0.0001 s");
  }
  found.step_ms = found.dt * 1e3;
  if (metadata != nullptr && said.holds_numbers("step_ms")) found.step_ms = said.uniform("step_ms");
  if (!(found.step_ms > 0.0 && found.step_ms <= 1e6))
    said.fail("step_ms", "is not a step length in milliseconds");
  return found;
}

NirNeuron read_neuron(const NirFields& fields, const std::string& type, const std::string& name,
                      const NirConventions& conventions, std::vector<std::string>& assumptions) {
  const double dt = conventions.dt;
  NirNeuron neuron;
  Population& population = neuron.population;
  population.normalise = false;
  population.kind = NeuronKind::leaky_integrator;
  const double r = fields.uniform("r");
  const double reset_to = fields.uniform("v_reset", 0.0);
  if (type == "LIF" || type == "LI") {
    const double tau = fields.uniform("tau");
    if (!(tau > 0.0)) fields.fail("tau", "is not above 0");
    double share = dt / tau;
    if (share > 1.0 && share < 1.0 + 1e-6) share = 1.0;  // dt rounded to float
    if (share > 1.0)
      fields.fail("tau", "is " + std::to_string(tau) + " s, shorter than the step of " +
                             std::to_string(dt) + " s",
                  "put the right step length into the graph's metadata as dt");
    population.beta = 1.0 - share;
    neuron.gain = share * r;
    neuron.offset = share * (fields.uniform("v_leak") - reset_to);
  } else {
    population.beta = 1.0;
    neuron.gain = dt * r;
    if (!conventions.dt_known && r == 1.0) {
      neuron.gain = 1.0;
      assumptions.push_back("'" + name + "': r = 1 and no dt, a spike adds its weight at once");
    }
  }
  if (reset_to != 0.0)
    assumptions.push_back("'" + name + "': the membrane starts at v_reset");
  if (type == "LIF" || type == "IF")
    read_spikes(fields, name, reset_to, fields.metadata("reset").value_or(conventions.reset),
                population, assumptions);
  return neuron;
}

}  // namespace volley
