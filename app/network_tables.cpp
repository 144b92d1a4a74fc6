#include "app/network_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/text.hpp"
#include "models/weight_facts.hpp"

namespace volley {

namespace {

/// Membrane time constant of a decay per step; infinite without leak, 0 without memory.
double tau_ms(double beta, double dt_ms) {
  if (beta >= 1) return INFINITY;
  return beta <= 0 ? 0.0 : -dt_ms / std::log(beta);
}

/// Weights as they are needed at inference: few bits each, and a slope and intercept for a group.
ParameterCount count(const Network& network, std::size_t id) {
  const Projection& projection = network.projection(id);
  if (!projection.trainable()) return {};
  const Shape source = network.population(network.source(id)).shape;
  const Shape target = network.population(network.target(id)).shape;
  const std::uint64_t columns = weight_columns(projection, target);
  ParameterCount found;
  found.weights = fan_in(projection, source) * columns;
  found.others = projection.bias ? columns : 0;
  found.bytes =
      weight_bytes(projection.weights, fan_in(projection, source), columns) + 4 * found.others;
  return found;
}

/// What a neuron has beyond leak, threshold and reset; empty for a plain one.
std::string extension_text(const Population& p) {
  std::vector<std::string> parts;
  if (p.learn_tau != LearnTau::no)
    parts.push_back(fmt::format("beta learned per {}", to_string(p.learn_tau)));
  if (p.synapse_beta != 0) parts.push_back(fmt::format("synapse {:.4g}", p.synapse_beta));
  if (p.adaptation != 0)
    parts.push_back(fmt::format("adaptation {:.4g}, {:.4g}", p.adaptation, p.adaptation_beta));
  if (p.refractory_steps != 0) parts.push_back(fmt::format("refractory {}", p.refractory_steps));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string normalised_text(const Population& p) {
  if (!p.normalise) return "no";
  return p.normalise_steps > 1 ? fmt::format("{} steps apart", p.normalise_steps) : "yes";
}

std::string axes_text(const PerAxis& axes) {
  return axes.height == axes.width ? std::to_string(axes.height)
                                   : fmt::format("{}x{}", axes.height, axes.width);
}

/// "5x5/2", with what else there is: " pad 2", " dilated 2", " groups 16", " normed"; of an identity
/// its gain.
std::string kernel_text(const Projection& p) {
  std::string text;
  const bool conv = p.kind == ProjectionKind::conv2d;
  if (conv || p.pools())
    text = fmt::format("{}x{}/{}", p.kernel_height, p.kernel_width, axes_text(p.stride));
  if (conv && p.padding != 0) text += " pad " + axes_text(p.padding);
  if (conv && p.dilation != 1) text += " dilated " + axes_text(p.dilation);
  if (conv && p.groups != 1) text += fmt::format(" groups {}", p.groups);
  if (p.weight_norm) text += text.empty() ? "normed" : " normed";
  if (p.kind == ProjectionKind::identity) text = fmt::format("gain {:.4g}", p.gain);
  return text;
}

int longest_delay(const Projection& projection) {
  return projection.delays.kind == DelayKind::fixed ? projection.delay_steps
                                                    : projection.delays.longest;
}

std::string delay_text(const Projection& projection) {
  if (projection.delays.kind == DelayKind::fixed) return std::to_string(projection.delay_steps);
  return fmt::format("{}-{} per {}", projection.delay_steps, projection.delays.longest,
                     to_string(projection.delays.kind));
}

}  // namespace

std::string population_table(const Recipe& recipe, bool trained_here, Json& json) {
  std::vector<std::vector<std::string>> rows{{"population", "kind", "shape", "neurons", "beta",
                                              "tau ms", "threshold", "reset", "normalised",
                                              "trained by"}};
  const Network& network = recipe.network;
  bool extended = false;
  for (PopulationId id = 0; id < network.populations(); ++id)
    extended = extended || network.population(id).extended();
  if (extended) rows.front().push_back("more");
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& p = network.population(id);
    const bool lif = p.kind == NeuronKind::lif;
    const bool leaks = lif || p.kind == NeuronKind::leaky_integrator;
    const double tau = tau_ms(p.beta, recipe.dataset.dt_ms);
    rows.push_back({p.name, to_string(p.kind), to_string(p.shape), count_text(p.shape.size()),
                    leaks ? fmt::format("{:.5g}", p.beta) : "",
                    leaks ? fmt::format("{:.4g}", tau) : "",
                    lif ? fmt::format("{:.4g}", p.threshold) : "", lif ? to_string(p.reset) : "",
                    leaks ? normalised_text(p) : "",
                    lif && trained_here
                        ? facts(p.quantizer.estimator).name
                        : ""});
    if (extended) rows.back().push_back(extension_text(p));
    Json one{{"name", p.name}, {"kind", to_string(p.kind)},
             {"shape", {p.shape.channels, p.shape.height, p.shape.width}}};
    if (leaks) one["beta"] = p.beta;
    if (leaks) one["tau_ms"] = std::isfinite(tau) ? Json(tau) : Json(nullptr);
    if (lif) one["threshold"] = p.threshold;
    if (lif) one["reset"] = to_string(p.reset);
    if (lif && p.quantizer.levels > 1) one["levels"] = p.quantizer.levels;
    if (leaks) one["normalise"] = p.normalise;
    if (p.normalise_steps > 1) one["normalise_steps"] = p.normalise_steps;
    if (p.learn_tau != LearnTau::no) one["learn_tau"] = to_string(p.learn_tau);
    if (p.synapse_beta != 0) one["synapse_beta"] = p.synapse_beta;
    if (p.adaptation != 0) one["adaptation"] = p.adaptation;
    if (p.adaptation != 0) one["adaptation_beta"] = p.adaptation_beta;
    if (p.refractory_steps != 0) one["refractory_steps"] = p.refractory_steps;
    json.push_back(one);
  }
  return table_text(rows, "");
}

std::string projection_table(const Network& network, Json& json, ParameterCount& total) {
  std::vector<std::vector<std::string>> rows{
      {"projection", "kind", "kernel", "delay", "weights", "biases", "bits", "zero", "bytes"}};
  bool placed = false;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const Projection& p = network.projection(id);
    const ParameterCount own = count(network, id);
    total.weights += own.weights;
    total.others += own.others;
    total.bytes += own.bytes;
    const double bits = bits_per_weight(p.weights), zero = 1 - kept_share(p.weights);
    placed = placed || zero > 0;
    rows.push_back({network.projection_name(id), to_string(p.kind), kernel_text(p), delay_text(p),
                    p.trainable() ? count_text(own.weights) : "",
                    p.trainable() ? count_text(own.others) : "",
                    p.trainable() ? fmt::format("{:.3g}", bits) : "",
                    zero > 0 ? fmt::format("{:.4g} %", 100 * zero) : "",
                    p.trainable() ? bytes_text(own.bytes) : ""});
    json.push_back({{"name", network.projection_name(id)},
                    {"kind", to_string(p.kind)},
                    {"kernel", kernel_text(p)},
                    {"delay_steps", p.delay_steps},
                    {"delays", to_string(p.delays.kind)},
                    {"max_delay_steps", longest_delay(p)},
                    {"weights", own.weights},
                    {"biases", own.others},
                    {"bits", bits},
                    {"zero_share", zero},
                    {"bytes", own.bytes}});
  }
  std::string text = table_text(rows, "");
  if (placed)
    text += "bits: per weight, with the places of the kept ones: log2(M choose N) / M for N:M, the "
            "entropy of the kept share without a pattern\n";
  return text;
}

}  // namespace volley
