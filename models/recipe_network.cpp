// Reading the [network] part of a recipe. Owns which keys a kind of neuron or projection knows and
// how shapes follow from projections; the whole network is judged by Network::check.
#include "models/recipe_network.hpp"

#include <algorithm>
#include <set>

#include "models/recipe_delays.hpp"
#include "models/recipe_neuron.hpp"
#include "models/recipe_weights.hpp"

namespace volley {

namespace {

constexpr std::int64_t longest_side = std::int64_t{1} << 26;
constexpr std::int64_t longest_kernel = 4096;

const std::vector<std::string> population_keys{"beta",   "tau_ms",    "threshold", "reset",
                                               "normalise", "shift", "quantizer", "dropout"};
const std::vector<std::string> projection_keys = [] {
  std::vector<std::string> keys{
      "bias",   "gain",        "channels", "kernel",          "stride",       "padding",
      "dilation", "groups",    "weight_norm", "delays",       "max_delay_steps", "learn_delays",
      "delay_sigma", "delay_rate"};
  keys.insert(keys.end(), weight_keys.begin(), weight_keys.end());
  return keys;
}();

/// A projection whose ends may not exist yet.
struct PendingProjection {
  std::string from, to, where;
  Projection projection;
  int channels = 0;  ///< of a conv2d; 0 = not said
  bool line = false;  ///< written as conv1d: only for maps of height 1
};

Shape to_shape(const std::vector<std::int64_t>& sides) {
  const auto side = [&](std::size_t i) {
    return i < sides.size() ? static_cast<int>(sides[i]) : 1;
  };
  return {side(0), side(1), side(2)};
}

std::vector<std::int64_t> read_sides(StrictTable& table, std::string_view key) {
  const auto sides = table.integers(key, 3, 3, 1, longest_side);
  double neurons = 1.0;
  for (const std::int64_t side : sides) neurons *= static_cast<double>(side);
  if (neurons > static_cast<double>(most_neurons))
    table.fail(key, "is more than " + std::to_string(most_neurons) + " neurons",
               "make it smaller");
  return sides;
}

/// One number or [height, width]; of a line (conv1d) one number for the width.
PerAxis read_axes(StrictTable& table, std::string_view key, const PerAxis& fallback,
                  std::int64_t low, bool line) {
  if (line)
    return {fallback.height,
            static_cast<int>(table.integer(key, fallback.width, low, longest_kernel))};
  const auto axes = table.integers(key, 2, 2, low, longest_kernel);
  if (axes.empty()) return fallback;
  return {static_cast<int>(axes.front()), static_cast<int>(axes.back())};
}

void read_kernel(StrictTable& table, Projection& projection, bool line) {
  if (!table.has("kernel"))
    table.fail("kernel", "is missing", line ? "write kernel = 3"
                                            : "write kernel = 3, or [height, width]");
  const PerAxis kernel = read_axes(table, "kernel", 1, 1, line);
  projection.kernel_height = kernel.height;
  projection.kernel_width = kernel.width;
  projection.stride = read_axes(table, "stride", projection.pools() ? kernel : 1, 1, line);
  if (projection.pools()) return;
  projection.padding = read_axes(table, "padding", 0, 0, line);
  projection.dilation = read_axes(table, "dilation", 1, 1, line);
  projection.groups = static_cast<int>(table.integer("groups", 1, 1, longest_side));
}

/// A kind of projection as recipes name it.
struct NamedKind {
  ProjectionKind kind = ProjectionKind::dense;
  bool line = false;
};

PendingProjection read_projection(StrictTable table, bool bias_default, int delay_default) {
  PendingProjection pending;
  Projection& projection = pending.projection;
  pending.where = table.position();
  const NamedKind named = table.choice<NamedKind>(
      "kind", {},
      {{"dense", {ProjectionKind::dense}},
       {"conv2d", {ProjectionKind::conv2d}},
       {"conv1d", {ProjectionKind::conv2d, true}},
       {"sum_pool", {ProjectionKind::sum_pool}},
       {"max_pool", {ProjectionKind::max_pool}},
       {"average_pool", {ProjectionKind::average_pool}},
       {"flatten", {ProjectionKind::flatten}},
       {"concat", {ProjectionKind::concat}},
       {"one_to_one", {ProjectionKind::one_to_one}},
       {"identity", {ProjectionKind::identity}}});
  projection.kind = named.kind;
  pending.line = named.line;
  read_delays(table, projection, delay_default);
  if (projection.matrix()) {
    projection.weights = read_weights(table);
    projection.weight_norm = table.boolean("weight_norm", false);
  }
  if (projection.trainable()) projection.bias = table.boolean("bias", bias_default);
  if (projection.weighted()) projection.gain = table.number("gain", 1.0, {-1e6, 1e6});
  if (projection.kind == ProjectionKind::conv2d || projection.pools())
    read_kernel(table, projection, pending.line);
  if (projection.kind == ProjectionKind::conv2d)
    pending.channels = static_cast<int>(table.integer("channels", 0, 1, longest_side));
  pending.from = table.text("from", {});
  pending.to = table.text("to", {});
  table.finish(projection_keys, std::string("a ") +
                                    (pending.line ? "conv1d" : to_string(projection.kind)) +
                                    " projection");
  return pending;
}

SpikeQuantizer read_quantizer(StrictTable table, int levels) {
  SpikeQuantizer quantizer;
  std::vector<std::pair<std::string, Estimator>> estimators;
  for (const EstimatorFacts& each : estimator_facts)
    estimators.emplace_back(each.name, each.estimator);
  for (const auto& [name, estimator] : estimator_aliases) estimators.emplace_back(name, estimator);
  quantizer.estimator = table.choice("estimator", quantizer.estimator, estimators);
  quantizer.form = table.choice("form", quantizer.form,
                                {{"full", AffineForm::full},
                                 {"centre", AffineForm::centre},
                                 {"scale", AffineForm::scale}});
  quantizer.slope = table.choice("slope", quantizer.slope,
                                 {{"channel", SlopeGroup::channel},
                                  {"mixed", SlopeGroup::mixed},
                                  {"tensor", SlopeGroup::tensor}});
  quantizer.lambda = table.number("lambda", quantizer.lambda, {0.0, 1e6});
  quantizer.window = table.number("window", quantizer.window, {0.0, 1e6, true});
  quantizer.sharpness = table.number("sharpness", quantizer.sharpness, {0.0, 1e6});
  quantizer.discretisation = table.number("discretisation", quantizer.discretisation, {0.0, 1e6});
  quantizer.custom = table.text("custom", quantizer.custom);
  quantizer.clip = table.boolean("clip", quantizer.clip);
  quantizer.attached_reset = table.boolean("attached_reset", quantizer.attached_reset);
  quantizer.target = table.choice("target", quantizer.target,
                                  {{"membrane", RegressionTarget::membrane},
                                   {"standardised", RegressionTarget::standardised}});
  quantizer.gradient = table.choice(
      "gradient", quantizer.gradient,
      {{"full", AffineGradient::full}, {"constant", AffineGradient::constant}});
  quantizer.window_mode = table.choice("window_mode", quantizer.window_mode,
                                       {{"thresholds", WindowMode::thresholds},
                                        {"deviation", WindowMode::deviation}});
  quantizer.levels = static_cast<int>(table.integer("levels", levels, 1, most_levels));
  table.finish();
  return quantizer;
}

/// What a population does not say itself.
struct PopulationDefaults {
  double dt_ms = 1;
  int levels = 1;
};

void read_dynamics(StrictTable& table, Population& population, const PopulationDefaults& defaults) {
  if (population.kind == NeuronKind::relay) return;
  population.beta = read_decay(table, "beta", "tau_ms", population.beta, defaults.dt_ms);
  read_extension(table, population, defaults.dt_ms);
  population.normalise = table.boolean("normalise", population.kind == NeuronKind::lif);
  population.normalise_steps = static_cast<int>(
      table.integer("normalise_steps", population.normalise_steps, 1, most_normalise_steps));
  population.shift = table.number("shift", population.shift, {-1e6, 1e6});
  if (population.kind != NeuronKind::lif) return;
  population.threshold = table.number("threshold", population.threshold, {0.0, 1e6, true});
  population.reset = table.choice(
      "reset", population.reset,
      {{"subtract", Reset::subtract}, {"zero", Reset::zero}, {"none", Reset::none}});
  population.dropout = table.number("dropout", population.dropout, {0.0, 0.99});
  population.quantizer = read_quantizer(table.table("quantizer"), defaults.levels);
}

/// Stacks the channels of every concat projection into the population `name`.
Shape concat_shape(const Network& network, const PendingProjection* pending,
                   const std::vector<PendingProjection>& extra, const std::string& name) {
  Shape shape;
  std::int64_t channels = 0;
  const auto add = [&](const PendingProjection& one) {
    const Shape source = network.population(network.find(one.from)).shape;
    shape = {1, source.height, source.width};
    channels += source.channels;
  };
  if (pending != nullptr) add(*pending);
  for (const PendingProjection& one : extra)
    if (one.to == name && one.projection.kind == ProjectionKind::concat) add(one);
  shape.channels = static_cast<int>(std::min(channels, longest_side));
  return shape;
}

/// The shape a population has: said, or made by its projection.
Shape find_shape(StrictTable& table, const Network& network, const PendingProjection* pending,
                 const std::vector<PendingProjection>& extra) {
  const auto sides = read_sides(table, "neurons");
  if (!sides.empty()) {
    const Shape shape = to_shape(sides);
    if (pending != nullptr && pending->channels != 0 && pending->channels != shape.channels)
      table.fail("neurons", "has other channels than the projection", "remove one of the two");
    return shape;
  }
  const std::string name = table.text("name", {});
  const bool concat = pending != nullptr
                          ? pending->projection.kind == ProjectionKind::concat
                          : std::any_of(extra.begin(), extra.end(), [&](const auto& one) {
                              return one.to == name &&
                                     one.projection.kind == ProjectionKind::concat;
                            });
  if (concat) return concat_shape(network, pending, extra, name);
  if (pending == nullptr || pending->projection.kind == ProjectionKind::dense)
    table.fail({}, "the number of neurons is missing", "write neurons = 128, for example");
  const bool conv = pending->projection.kind == ProjectionKind::conv2d;
  if (conv && pending->channels == 0)
    table.fail("projection", "the number of channels is missing",
               "write channels = 16, for example");
  const Shape source = network.population(network.find(pending->from)).shape;
  return projected_shape(pending->projection, source, {pending->channels, 1, 1},
                         pending->from + "->" + name);
}

/// Repeats an error of the network with the place in the file.
template <class Work>
auto at(const std::string& where, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.where().rfind(where.substr(0, where.find(':')), 0) == 0) throw;
    throw Error((error.where().empty() ? "" : error.where() + ": ") + error.problem(), where,
                error.how());
  }
}

void read_population(StrictTable& table, const PopulationDefaults& defaults,
                     const std::vector<PendingProjection>& extra, Network& network,
                     std::vector<PendingProjection>& pending) {
  Population population;
  population.name = table.text("name", {});
  if (population.name.empty()) table.fail({}, "the name is missing", "write name = \"hidden\"");
  population.kind = table.choice("neuron", NeuronKind::lif,
                                 {{"lif", NeuronKind::lif},
                                  {"leaky_integrator", NeuronKind::leaky_integrator},
                                  {"relay", NeuronKind::relay}});
  read_dynamics(table, population, defaults);
  const std::string previous = network.population(network.populations() - 1).name;
  const bool own = table.has("projection") ||
                   std::none_of(extra.begin(), extra.end(), [&](const auto& one) {
                     return one.to == population.name;
                   });
  PendingProjection incoming;
  StrictTable projection = table.table("projection");
  if (own) {
    incoming = read_projection(projection, !population.normalise, 0);
    if (!incoming.to.empty()) projection.fail("to", "is this population", "remove it");
    if (incoming.from.empty()) incoming.from = previous;
    incoming.to = population.name;
  }
  population.shape = find_shape(table, network, own ? &incoming : nullptr, extra);
  if (own) pending.push_back(incoming);
  StrictTable recurrent = table.table("recurrent");
  if (table.has("recurrent")) {
    PendingProjection self = read_projection(recurrent, false, 1);
    if (!self.from.empty() || !self.to.empty())
      recurrent.fail({}, "joins the population to itself", "remove from and to");
    self.from = self.to = population.name;
    pending.push_back(self);
  }
  std::vector<std::string> elsewhere = population_keys;
  elsewhere.insert(elsewhere.end(), extension_keys.begin(), extension_keys.end());
  table.finish(elsewhere, std::string("a ") + to_string(population.kind));
  network.add_population(std::move(population));
}

}  // namespace

Network parse_network(StrictTable table, double dt_ms, int levels) {
  Network network;
  Population input;
  input.name = "input";
  input.kind = NeuronKind::input;
  const auto sides = read_sides(table, "input");
  if (sides.empty())
    table.fail({}, "input is missing", "write input = [channels, height, width], or one number");
  input.shape = to_shape(sides);
  network.add_population(input);

  std::vector<PendingProjection> extra, pending;
  for (StrictTable& one : table.tables("projection")) {
    for (const char* end : {"from", "to"})
      if (!one.has(end)) one.fail({}, std::string(end) + " is missing", "name a population");
    extra.push_back(read_projection(one, false, 0));
  }
  for (StrictTable& one : table.tables("population"))
    at(one.position(), [&] { read_population(one, {dt_ms, levels}, extra, network, pending); });
  table.finish();

  pending.insert(pending.end(), extra.begin(), extra.end());
  for (const PendingProjection& one : pending)
    at(one.where, [&] {
      const PopulationId source = network.find(one.from), target = network.find(one.to);
      if (one.line && network.population(source).shape.height != 1)
        throw Error("conv1d takes a map of height 1, '" + one.from + "' is " +
                        to_string(network.population(source).shape),
                    one.from + "->" + one.to, "use conv2d");
      if (one.channels != 0 && one.channels != network.population(target).shape.channels)
        throw Error("channels = " + std::to_string(one.channels) + ", but '" + one.to + "' has " +
                        std::to_string(network.population(target).shape.channels),
                    one.from + "->" + one.to, "remove one of the two");
      network.add_projection(source, target, one.projection);
    });
  at(table.position(), [&] { network.check(); });
  return network;
}

}  // namespace volley
