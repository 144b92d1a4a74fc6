// LIF: tau v' = (v_leak - v) + r I, spike where v > v_threshold, then v = v_reset. With the share
// a = dt / tau (Euler) or 1 - e^(-dt / tau) (exact) a step is v <- (1 - a) v + a (v_leak + r I). With
// u = v - v_reset the reset is to zero and v_reset moves into threshold and offset. CubaLIF's
// tau_syn I' = -I + w_in S is stepped before it by the same rule.
#include "models/nir_neuron.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/nir_graph.hpp"

namespace volley {

bool is_nir_neuron(const std::string& type) {
  return type == "LIF" || type == "LI" || type == "IF" || type == "I" || type == "CubaLIF" ||
         type == "CubaLI" || type == "Threshold";
}

const char* to_string(NirStep step) {
  switch (step) {
    case NirStep::exact: return "exact";
    case NirStep::sinabs: return "sinabs";
    default: return "euler";
  }
}

namespace {

std::string number_text(double value) {
  std::string text = std::to_string(value);
  if (value != 0.0 && std::abs(value) < 1e-3) text = std::to_string(value * 1e6) + "e-6";
  return text;
}

bool has_membrane_leak(const std::string& type) {
  return type == "LIF" || type == "LI" || type == "CubaLIF" || type == "CubaLI";
}

class NeuronReader {
public:
  NeuronReader(const NirFields& fields, const std::string& type, const std::string& name,
               const NirConventions& conventions, std::vector<std::string>& assumptions)
      : fields_(fields), type_(type), name_(name), rule_(conventions), assumptions_(assumptions) {}

  NirNeuron read() {
    Population& population = neuron_.population;
    population.normalise = false;
    population.kind = NeuronKind::leaky_integrator;
    const std::vector<double> reset_to = values("v_reset", 0.0);
    if (type_ == "Threshold") {
      neuron_.beta = {0.0};
    } else if (has_membrane_leak(type_)) {
      read_leak(reset_to);
    } else {
      read_integrator();
    }
    if (std::any_of(reset_to.begin(), reset_to.end(), [](double v) { return v != 0.0; }))
      assumptions_.push_back("'" + name_ + "': the membrane starts at v_reset");
    if (type_ == "LIF" || type_ == "IF" || type_ == "CubaLIF") read_spikes(reset_to, "v_threshold");
    if (type_ == "Threshold") read_spikes({0.0}, "threshold");
    population.beta = neuron_.beta.front();
    return std::move(neuron_);
  }

private:
  std::vector<double> values(const char* name) const { return fields_.values(name); }
  std::vector<double> values(const char* name, double fallback) const {
    return fields_.has(name) ? fields_.values(name) : std::vector<double>{fallback};
  }

  /// Element by element, where one value stands for all.
  template <class Operation>
  std::vector<double> each(const std::vector<double>& a, const std::vector<double>& b,
                           Operation operation) const {
    if (a.size() != b.size() && a.size() != 1 && b.size() != 1)
      fields_.fail("", "has parameters of " + std::to_string(a.size()) + " and of " +
                           std::to_string(b.size()) + " neurons");
    std::vector<double> made(std::max(a.size(), b.size()));
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = operation(a[a.size() == 1 ? 0 : i], b[b.size() == 1 ? 0 : i]);
    return made;
  }

  /// What of the distance to the target a step goes.
  double share(const char* name, double tau) const {
    if (!(tau > 0.0)) fields_.fail(name, "is not above 0");
    if (rule_.step != NirStep::euler) return -std::expm1(-rule_.dt / tau);
    double part = rule_.dt / tau;
    if (part > 1.0 && part < 1.0 + 1e-6) part = 1.0;  // dt rounded to float
    if (part > 1.0)
      fields_.fail(name, "is " + number_text(tau) + " s, shorter than the step of " +
                             number_text(rule_.dt) + " s",
                   "put the right step length into the graph's metadata as dt, or say it with "
                   "--nir-dt; --nir-step exact takes any");
    return part;
  }

  void read_leak(const std::vector<double>& reset_to) {
    const bool synapse = type_ == "CubaLIF" || type_ == "CubaLI";
    const char* tau = synapse ? "tau_mem" : "tau";
    std::vector<double> part;
    for (const double one : values(tau)) part.push_back(share(tau, one));
    neuron_.beta.clear();
    for (const double one : part) neuron_.beta.push_back(1.0 - one);
    const auto times = [](double a, double b) { return a * b; };
    const bool whole = rule_.step == NirStep::sinabs;
    neuron_.gain = whole ? values("r") : each(part, values("r"), times);
    neuron_.offset = each(part, each(values("v_leak", 0.0), reset_to,
                                     [](double leak, double reset) { return leak - reset; }),
                          times);
    if (!synapse) return;
    const double synaptic = share("tau_syn", fields_.uniform("tau_syn"));
    neuron_.population.synapse_beta = 1.0 - synaptic;
    if (neuron_.population.synapse_beta < 1e-7) neuron_.population.synapse_beta = 0.0;
    neuron_.gain = each(neuron_.gain, values("w_in", 1.0), times);
    if (!whole)
      for (double& gain : neuron_.gain) gain *= synaptic;
  }

  void read_integrator() {
    const std::vector<double> r = values("r");
    const bool ones = std::all_of(r.begin(), r.end(), [](double one) { return one == 1.0; });
    neuron_.gain = r;
    if (rule_.step == NirStep::sinabs || (!rule_.dt_known && ones)) {
      neuron_.gain = {1.0};
      assumptions_.push_back("'" + name_ + "': a spike adds its weight at once" +
                             (ones ? ", for r = 1 and no dt" : ""));
    } else {
      for (double& gain : neuron_.gain) gain *= rule_.dt;
    }
  }

  void read_spikes(const std::vector<double>& reset_to, const char* name) {
    Population& population = neuron_.population;
    population.kind = NeuronKind::lif;
    std::string reset = rule_.reset;
    if (!rule_.reset_is_option) reset = fields_.metadata("reset").value_or(reset);
    population.reset = reset == "subtract" ? Reset::subtract
                       : reset == "none"   ? Reset::none
                                           : Reset::zero;
    if (rule_.several) population.quantizer.levels = most_levels;
    const std::vector<double> above =
        each(values(name), reset_to, [](double v, double reset_v) { return v - reset_v; });
    for (const double one : above)
      if (!(static_cast<float>(one) > 0.0F))
        fields_.fail(name, "is not above v_reset", "volley needs a positive threshold");
    // NIR fires above its threshold, volley and sinabs at their own.
    const auto first = static_cast<float>(above.front());
    population.threshold = static_cast<double>(
        rule_.step == NirStep::sinabs
            ? first
            : std::nextafter(first, std::numeric_limits<float>::infinity()));
    if (!std::isfinite(population.threshold)) fields_.fail(name, "is too large");
    if (std::any_of(above.begin(), above.end(), [&](double v) { return v != above.front(); })) {
      const auto divide = [&](double value, double v) { return value * above.front() / v; };
      neuron_.gain = each(neuron_.gain, above, divide);
      neuron_.offset = each(neuron_.offset, above, divide);
      assumptions_.push_back("'" + name_ + "': thresholds differ, volley scales the weights instead");
    }
    if (population.reset != Reset::zero && !rule_.reset_is_option)
      assumptions_.push_back("'" + name_ + "': reset \"" + to_string(population.reset) +
                             "\", as the metadata says");
  }

  const NirFields& fields_;
  const std::string& type_;
  const std::string& name_;
  const NirConventions& rule_;
  std::vector<std::string>& assumptions_;
  NirNeuron neuron_;
};

NirStep read_step(const NirFields& fields, const NirReadOptions& options,
                  std::vector<std::string>& assumptions) {
  if (options.step) return *options.step;
  const std::string word = fields.metadata("step").value_or("");
  for (const NirStep step : {NirStep::euler, NirStep::exact, NirStep::sinabs})
    if (word == to_string(step)) return step;
  assumptions.push_back("no step rule in the metadata: forward Euler (--nir-step)");
  return NirStep::euler;
}

}  // namespace

NirConventions read_conventions(const Hdf5Node& graph, const std::string& file,
                                const NirReadOptions& options,
                                std::vector<std::string>& assumptions) {
  NirConventions found;
  const NirFields fields(graph, file);
  found.step = read_step(fields, options, assumptions);
  const bool sinabs = found.step == NirStep::sinabs;
  found.reset = fields.metadata("reset").value_or(sinabs ? "subtract" : "");
  if (options.reset) found.reset = to_string(*options.reset);
  found.reset_is_option = options.reset.has_value();
  found.several = options.several_spikes.value_or(
      sinabs || fields.metadata("spikes").value_or("") == "several");
  found.dt = sinabs ? 1.0 : nir_dt;
  const Hdf5Node* metadata = graph.find("metadata");
  const NirFields said(metadata == nullptr ? graph : *metadata, file);
  if (options.dt) {
    found.dt = *options.dt;
    found.dt_known = true;
  } else if (metadata != nullptr && said.holds_numbers("dt")) {
    found.dt = said.uniform("dt");
    found.dt_known = true;
    if (!(found.dt > 0.0 && found.dt <= 1e3)) said.fail("dt", "is not a step length in seconds");
  } else if (!sinabs) {
    assumptions.push_back("no dt in the metadata: steps of 0.0001 s (--nir-dt)");
  }
  found.step_ms = sinabs ? 1.0 : found.dt * 1e3;
  if (metadata != nullptr && said.holds_numbers("step_ms")) found.step_ms = said.uniform("step_ms");
  if (!(found.step_ms > 0.0 && found.step_ms <= 1e6))
    said.fail("step_ms", "is not a step length in milliseconds");
  return found;
}

NirNeuron read_neuron(const NirFields& fields, const std::string& type, const std::string& name,
                      const NirConventions& conventions, std::vector<std::string>& assumptions) {
  return NeuronReader(fields, type, name, conventions, assumptions).read();
}

}  // namespace volley
