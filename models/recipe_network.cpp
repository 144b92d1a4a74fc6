// Reading the [network] part of a recipe. Owns which keys a kind of neuron or projection knows and
// how shapes follow from projections; the whole network is judged by Network::check.
#include "models/recipe_network.hpp"

#include <cmath>
#include <set>

namespace volley {

namespace {

constexpr std::int64_t longest_side = std::int64_t{1} << 26;
constexpr std::int64_t longest_kernel = 4096;

const std::vector<std::string> population_keys{"beta",   "tau_ms",    "threshold", "reset",
                                               "normalise", "shift", "quantizer"};
const std::vector<std::string> projection_keys{"weight_bits", "weight_lambda", "bias", "gain",
                                               "channels",    "kernel",        "stride", "padding"};

/// A projection whose ends may not exist yet.
struct PendingProjection {
  std::string from, to, where;
  Projection projection;
  int channels = 0;  ///< of a conv2d; 0 = not said
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

void read_kernel(StrictTable& table, Projection& projection) {
  const auto kernel = table.integers("kernel", 2, 2, 1, longest_kernel);
  if (kernel.empty())
    table.fail("kernel", "is missing", "write kernel = 3, or [height, width]");
  projection.kernel_height = static_cast<int>(kernel.front());
  projection.kernel_width = static_cast<int>(kernel.back());
  const bool pool = projection.kind != ProjectionKind::conv2d;
  if (pool && !table.has("stride") && projection.kernel_height != projection.kernel_width)
    table.fail("stride", "is missing", "the kernel is not square: write the stride out");
  projection.stride = static_cast<int>(
      table.integer("stride", pool ? projection.kernel_height : 1, 1, longest_kernel));
}

PendingProjection read_projection(StrictTable table, bool bias_default, int delay_default) {
  PendingProjection pending;
  Projection& projection = pending.projection;
  pending.where = table.position();
  projection.kind = table.choice("kind", ProjectionKind::dense,
                                 {{"dense", ProjectionKind::dense},
                                  {"conv2d", ProjectionKind::conv2d},
                                  {"sum_pool", ProjectionKind::sum_pool},
                                  {"max_pool", ProjectionKind::max_pool},
                                  {"flatten", ProjectionKind::flatten}});
  projection.delay_steps =
      static_cast<int>(table.integer("delay_steps", delay_default, 0, most_delay_steps));
  if (projection.trainable()) {
    const std::int64_t bits = table.integer("weight_bits", 32, 1, 32);
    if (bits != 1 && bits != 32)
      table.fail("weight_bits", std::to_string(bits) + " bits are not supported",
                 "use 32 (float) or 1");
    projection.weights.bits = static_cast<int>(bits);
    projection.weights.lambda = table.number("weight_lambda", 1e-3, {0.0, 1e6});
    projection.bias = table.boolean("bias", bias_default);
    projection.gain = table.number("gain", 1.0, {-1e6, 1e6});
  }
  if (projection.kind == ProjectionKind::conv2d) {
    read_kernel(table, projection);
    projection.padding = static_cast<int>(table.integer("padding", 0, 0, longest_kernel));
    pending.channels = static_cast<int>(table.integer("channels", 0, 1, longest_side));
  } else if (projection.kind == ProjectionKind::sum_pool ||
             projection.kind == ProjectionKind::max_pool) {
    read_kernel(table, projection);
  }
  pending.from = table.text("from", {});
  pending.to = table.text("to", {});
  table.finish(projection_keys, std::string("a ") + to_string(projection.kind) + " projection");
  return pending;
}

SpikeQuantizer read_quantizer(StrictTable table) {
  SpikeQuantizer quantizer;
  std::vector<std::pair<std::string, Estimator>> estimators;
  for (const EstimatorFacts& each : estimator_facts)
    estimators.emplace_back(each.name, each.estimator);
  for (const auto& [name, estimator] : estimator_aliases) estimators.emplace_back(name, estimator);
  quantizer.estimator = table.choice("estimator", quantizer.estimator, estimators);
  quantizer.form = table.choice("form", quantizer.form,
                                {{"full", AffineForm::full}, {"scale", AffineForm::scale}});
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
  table.finish();
  return quantizer;
}

void read_dynamics(StrictTable& table, Population& population, double dt_ms) {
  if (population.kind == NeuronKind::relay) return;
  if (table.has("beta") && table.has("tau_ms"))
    table.fail("tau_ms", "beta is given too", "keep one of the two: beta = exp(-dt_ms / tau_ms)");
  const double tau_ms = table.number("tau_ms", 0.0, {0.0, 1e12, true});
  population.beta = table.number("beta", population.beta, {0.0, 1.0});
  if (table.has("tau_ms")) population.beta = std::exp(-dt_ms / tau_ms);
  population.normalise = table.boolean("normalise", population.kind == NeuronKind::lif);
  population.shift = table.number("shift", population.shift, {-1e6, 1e6});
  if (population.kind != NeuronKind::lif) return;
  population.threshold = table.number("threshold", population.threshold, {0.0, 1e6, true});
  population.reset = table.choice(
      "reset", population.reset,
      {{"subtract", Reset::subtract}, {"zero", Reset::zero}, {"none", Reset::none}});
  population.quantizer = read_quantizer(table.table("quantizer"));
}

/// The shape a population has: said, or made by its projection.
Shape find_shape(StrictTable& table, const Network& network, const PendingProjection* pending) {
  const auto sides = read_sides(table, "neurons");
  if (!sides.empty()) {
    const Shape shape = to_shape(sides);
    if (pending != nullptr && pending->channels != 0 && pending->channels != shape.channels)
      table.fail("neurons", "has other channels than the projection", "remove one of the two");
    return shape;
  }
  if (pending == nullptr || pending->projection.kind == ProjectionKind::dense)
    table.fail({}, "the number of neurons is missing", "write neurons = 128, for example");
  const bool conv = pending->projection.kind == ProjectionKind::conv2d;
  if (conv && pending->channels == 0)
    table.fail("projection", "the number of channels is missing",
               "write channels = 16, for example");
  const Shape source = network.population(network.find(pending->from)).shape;
  return projected_shape(pending->projection, source, {pending->channels, 1, 1},
                         pending->from + "->" + table.text("name", {}));
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

void read_population(StrictTable& table, double dt_ms, const std::set<std::string>& joined_later,
                     Network& network, std::vector<PendingProjection>& pending) {
  Population population;
  population.name = table.text("name", {});
  if (population.name.empty()) table.fail({}, "the name is missing", "write name = \"hidden\"");
  population.kind = table.choice("neuron", NeuronKind::lif,
                                 {{"lif", NeuronKind::lif},
                                  {"leaky_integrator", NeuronKind::leaky_integrator},
                                  {"relay", NeuronKind::relay}});
  read_dynamics(table, population, dt_ms);
  const std::string previous = network.population(network.populations() - 1).name;
  const bool own = table.has("projection") || joined_later.count(population.name) == 0;
  PendingProjection incoming;
  StrictTable projection = table.table("projection");
  if (own) {
    incoming = read_projection(projection, !population.normalise, 0);
    if (!incoming.to.empty()) projection.fail("to", "is this population", "remove it");
    if (incoming.from.empty()) incoming.from = previous;
    incoming.to = population.name;
  }
  population.shape = find_shape(table, network, own ? &incoming : nullptr);
  if (own) pending.push_back(incoming);
  StrictTable recurrent = table.table("recurrent");
  if (table.has("recurrent")) {
    PendingProjection self = read_projection(recurrent, false, 1);
    if (!self.from.empty() || !self.to.empty())
      recurrent.fail({}, "joins the population to itself", "remove from and to");
    self.from = self.to = population.name;
    pending.push_back(self);
  }
  table.finish(population_keys, std::string("a ") + to_string(population.kind));
  network.add_population(std::move(population));
}

}  // namespace

Network parse_network(StrictTable table, double dt_ms) {
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
  std::set<std::string> joined_later;
  for (StrictTable& one : table.tables("projection")) {
    for (const char* end : {"from", "to"})
      if (!one.has(end)) one.fail({}, std::string(end) + " is missing", "name a population");
    extra.push_back(read_projection(one, false, 0));
    joined_later.insert(extra.back().to);
  }
  for (StrictTable& one : table.tables("population"))
    at(one.position(), [&] { read_population(one, dt_ms, joined_later, network, pending); });
  table.finish();

  pending.insert(pending.end(), extra.begin(), extra.end());
  for (const PendingProjection& one : pending)
    at(one.where, [&] {
      const PopulationId source = network.find(one.from), target = network.find(one.to);
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
