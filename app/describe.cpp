// `volley describe`: a network as tables and equations, from a model or a recipe. Must not run it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "app/command.hpp"
#include "app/model_file.hpp"
#include "app/recipe_search.hpp"
#include "app/recipe_text.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "models/nir.hpp"
#include "models/weight_facts.hpp"

namespace volley {

namespace {

struct DescribeCommand {
  std::string what;
  CommonOptions common;
};

struct Described {
  Recipe recipe;
  bool trained_here = true;  ///< whether it has training options
};

Described load(const std::string& what, Console& console) {
  std::error_code failure;
  std::filesystem::path file(what);
  if (std::filesystem::is_directory(file, failure)) file /= "model.volley";
  if (!std::filesystem::exists(file, failure)) return {load_recipe(find_recipe(what)), true};
  const FileKind kind = kind_of_file(file);
  if (kind == FileKind::events)
    throw Error("is an event recording, not a network", what, "try volley inspect");
  if (kind == FileKind::recipe) return {load_recipe(file), true};
  if (kind != FileKind::hdf5) return {load_checkpoint(file).recipe, true};
  Described described;
  described.trained_here = false;
  described.recipe.name = file.stem().string();
  std::vector<std::string> assumptions;
  FrozenNetwork network = read_nir(file, assumptions);
  for (const std::string& line : assumptions) console.say("assumed: " + line);
  described.recipe.network = std::move(network.network);
  described.recipe.dataset.dt_ms = network.dt_ms;
  described.recipe.training.readout = network.readout;
  return described;
}

/// Membrane time constant of a decay per step; infinite without leak, 0 without memory.
double tau_ms(double beta, double dt_ms) {
  if (beta >= 1) return INFINITY;
  return beta <= 0 ? 0.0 : -dt_ms / std::log(beta);
}

struct ParameterCount {
  std::uint64_t weights = 0, others = 0, bytes = 0;
};

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

std::string population_table(const Described& described, Json& json) {
  const Recipe& recipe = described.recipe;
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
                    lif && described.trained_here
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

std::string score_text(ReadoutScore score) {
  switch (score) {
    case ReadoutScore::max: return "the largest v of the steps";
    case ReadoutScore::last: return "v after the last step";
    default: return "mean of v over the steps";
  }
}

std::string equations(const Network& network, ReadoutScore score) {
  bool lif = false, integrator = false, normalised = false;
  bool synapse = false, adaptive = false, refractory = false;
  int levels = 1;
  std::vector<bool> resets(3, false);
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& p = network.population(id);
    if (p.kind == NeuronKind::lif) resets[static_cast<std::size_t>(p.reset)] = lif = true;
    synapse = synapse || p.synapse_beta != 0;
    adaptive = adaptive || p.adaptation != 0;
    refractory = refractory || p.refractory_steps != 0;
    if (p.kind == NeuronKind::lif) levels = std::max(levels, p.quantizer.levels);
    integrator = integrator || p.kind == NeuronKind::leaky_integrator;
    normalised = normalised || (p.normalise && p.kind != NeuronKind::input);
  }
  std::string text = "I[t] = sum of the weights of the spikes that arrive at step t, plus bias\n";
  bool skips = false;
  for (std::size_t id = 0; id < network.projections(); ++id)
    skips = skips || network.projection(id).kind == ProjectionKind::identity;
  if (skips) text += "identity: adds gain times the source's neuron i to neuron i of I[t]\n";
  if (normalised)
    text += "normalised: I is batch-normalised over steps and samples in training, folded into "
            "weights and bias afterwards\n";
  if (lif) text += "lif: v[t] = beta reset(v[t-1]) + I[t];  s[t] = 1 where v[t] >= threshold\n";
  if (levels > 1)
    text += "  with several levels: s[t] = floor(v[t] / threshold), at least 0 and at most levels; "
            "reset subtract takes threshold s\n";
  if (resets[0]) text += "  reset subtract: reset(v) = v - threshold after a spike, else v\n";
  if (resets[1]) text += "  reset zero: reset(v) = 0 after a spike, else v\n";
  if (resets[2]) text += "  reset none: reset(v) = v\n";
  if (synapse)
    text += "  synapse A: i[t] = A i[t-1] + I[t] stands for I[t]\n";
  if (adaptive)
    text += "  adaptation K, R: a[t] = R a[t-1] + s[t-1], v[t] - K a[t] stands for v[t] in s[t]\n";
  if (refractory) text += "  refractory N: no spike in the N steps after one\n";
  if (integrator)
    text += "leaky_integrator: v[t] = beta v[t-1] + I[t];  score = " + score_text(score) + "\n";
  else
    text += "score = number of spikes of the readout, divided by the steps\n";
  return text;
}

int describe(const DescribeCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const Described described = load(options.what, console);
  const Recipe& recipe = described.recipe;
  Json populations = Json::array(), projections = Json::array();
  ParameterCount total;
  std::string text = console.ink(recipe.name, Ink::strong) +
                     fmt::format(", steps of {} ms\n\n", recipe.dataset.dt_ms);
  text += population_table(described, populations) + "\n";
  text += projection_table(recipe.network, projections, total) + "\n";
  text += fmt::format("in all: {} weights and {} biases, {}\n\n", count_text(total.weights),
                      count_text(total.others), bytes_text(total.bytes));
  text += equations(recipe.network, recipe.training.readout);
  Json json{{"command", "describe"},
            {"name", recipe.name},
            {"dt_ms", recipe.dataset.dt_ms},
            {"populations", populations},
            {"projections", projections},
            {"weights", total.weights},
            {"biases", total.others},
            {"bytes", total.bytes}};
  if (described.trained_here) {
    text += "\ndata      " + dataset_line(recipe.dataset) + "\ntraining\n" +
            training_lines(recipe.training);
    json["dataset"] = dataset_json(recipe.dataset);
    json["training"] = training_json(recipe.training);
  }
  console.result(text);
  console.emit(json);
  return 0;
}

}  // namespace

void add_describe(CLI::App& app, Action& action) {
  const auto options = std::make_shared<DescribeCommand>();
  CLI::App* command = app.add_subcommand(
      "describe", "Show a network as tables and equations, from a model or a recipe.");
  command
      ->add_option("model", options->what,
                   ".volley, .nir or .toml file, or the name of a shipped recipe")
      ->required();
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley describe nmnist-mlp\n"
      "  volley describe run/model.volley");
  command->callback([options, &action] { action = [options] { return describe(*options); }; });
}

}  // namespace volley
