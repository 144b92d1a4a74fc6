#include "sample_networks.hpp"

#include <unistd.h>

#include <atomic>

#include "models/checkpoint_layout.hpp"

namespace volley::test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> number = 0;
  path_ = fs::temp_directory_path() /
          ("volley_models_" + std::to_string(::getpid()) + "_" + std::to_string(number++));
  fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Population population(const std::string& name, NeuronKind kind, Shape shape) {
  Population population;
  population.name = name;
  population.kind = kind;
  population.shape = shape;
  if (kind == NeuronKind::leaky_integrator) population.normalise = false;
  return population;
}

namespace {

int pick(RandomEngine& random, int low, int high) {
  return boost::random::uniform_int_distribution<int>(low, high)(random);
}

double real(RandomEngine& random, double low, double high) {
  return boost::random::uniform_real_distribution<double>(low, high)(random);
}

Projection projection(ProjectionKind kind) {
  Projection projection;
  projection.kind = kind;
  return projection;
}

void randomise(RandomEngine& random, Population& population, bool portable) {
  if (population.kind == NeuronKind::relay || population.kind == NeuronKind::input) return;
  population.beta = pick(random, 0, 5) == 0 ? pick(random, 0, 1) : real(random, 0.0, 1.0);
  population.normalise = pick(random, 0, 1) == 1;
  if (!portable && population.normalise) population.normalise_steps = pick(random, 1, 9);
  population.shift = real(random, -1.0, 1.0);
  if (population.beta > 0 && population.beta < 1)
    population.learn_tau = static_cast<LearnTau>(pick(random, 0, 2));
  if (!portable && pick(random, 0, 1) == 1) population.synapse_beta = real(random, 0.0, 1.0);
  if (population.kind != NeuronKind::lif) return;
  if (!portable && pick(random, 0, 1) == 1) {
    population.adaptation = real(random, 0.0, 2.0);
    population.adaptation_beta = real(random, 0.0, 1.0);
    population.refractory_steps = pick(random, 0, 9);
  }
  population.threshold = real(random, 0.1, 3.0);
  population.dropout = pick(random, 0, 2) == 0 ? real(random, 0.0, 0.9) : 0.0;
  population.reset = static_cast<Reset>(pick(random, 0, 2));
  population.quantizer.estimator =
      static_cast<Estimator>(pick(random, 0, static_cast<int>(estimator_facts.size()) - 1));
  if (population.quantizer.estimator == Estimator::custom) population.quantizer.custom = "own-1";
  population.quantizer.form = static_cast<AffineForm>(pick(random, 0, 2));
  population.quantizer.slope = static_cast<SlopeGroup>(pick(random, 0, 2));
  population.quantizer.lambda = real(random, 0.0, 0.1);
  population.quantizer.window = real(random, 0.5, 4.0);
  population.quantizer.sharpness = pick(random, 0, 1) == 0 ? 0.0 : real(random, 0.1, 30.0);
  if (has_discretisation(population.quantizer.estimator))
    population.quantizer.discretisation = real(random, 0.0, 0.5);
  population.quantizer.clip = pick(random, 0, 1) == 1;
  population.quantizer.attached_reset = pick(random, 0, 1) == 1;
  if (population.quantizer.has_window())
    population.quantizer.window_mode = static_cast<WindowMode>(pick(random, 0, 1));
  if (population.quantizer.estimator != Estimator::denoise) return;
  population.quantizer.target = static_cast<RegressionTarget>(pick(random, 0, 1));
  population.quantizer.gradient = static_cast<AffineGradient>(pick(random, 0, 1));
}

/// Settings that belong together, each with values of its own.
WeightQuantizer random_weights(RandomEngine& random) {
  WeightQuantizer made;
  const auto zeros = [&](bool pattern) {
    if (pattern) {
      made.kept = pick(random, 1, 3);
      made.of = pick(random, 4, 64);
      made.interleaved = pick(random, 0, 1) == 1;
    } else {
      made.sparsity = real(random, 0.01, 0.99);
      made.sparsity_ramp = pick(random, 0, 1) == 1 ? real(random, 0.0, 1.0) : 0.0;
    }
  };
  made.lambda = real(random, 0.0, 0.1);
  const int bits[] = {32, 1, pick(random, 2, 8), pick(random, 2, 8)};
  switch (pick(random, 0, 4)) {
    case 0: made.levels = WeightLevels::ternary; break;
    case 1: made.levels = WeightLevels::sign; break;
    case 2: made.levels = WeightLevels::unipolar; break;
    default: made.bits = bits[pick(random, 0, 3)];
  }
  if (made.on_grid()) {
    made.grid = static_cast<WeightGrid>(pick(random, 0, 1));
    made.range = static_cast<WeightRange>(pick(random, 0, 1) +
                                          (made.grid == WeightGrid::symmetric ? 1 : 0));
    if (made.range == WeightRange::deviation) made.deviations = real(random, 0.5, 4.0);
  }
  const bool sign = made.levels == WeightLevels::sign;
  if (sign || (made.levels == WeightLevels::uniform && made.bits != 1 &&
               made.grid == WeightGrid::symmetric && pick(random, 0, 1) == 1))
    zeros(pick(random, 0, 1) == 1);
  if (made.levels == WeightLevels::unipolar) zeros(true);
  if (!made.quantised()) return made;
  made.group = static_cast<WeightGroup>(pick(random, 0, 3));
  if (made.group == WeightGroup::sub_channel) made.group_size = pick(random, 2, 100);
  made.estimator = static_cast<WeightEstimator>(pick(random, 0, 2));
  made.intercept = made.group == WeightGroup::mixed || pick(random, 0, 1) == 1;
  return made;
}

Projection trainable(RandomEngine& random, ProjectionKind kind) {
  Projection made = projection(kind);
  made.bias = pick(random, 0, 1) == 1;
  made.gain = real(random, 0.5, 2.0);
  if (!made.matrix()) return made;
  made.weights = random_weights(random);
  made.weight_norm = pick(random, 0, 1) == 1;
  if (kind != ProjectionKind::conv2d) return made;
  made.kernel_height = pick(random, 1, 3);
  made.kernel_width = pick(random, 1, 3);
  made.stride = {pick(random, 1, 2), pick(random, 1, 2)};
  made.padding = {pick(random, 0, 2), pick(random, 0, 2)};
  return made;
}

void randomise_delays(RandomEngine& random, Projection& made) {
  made.delay_steps += pick(random, 0, 2);
  if (made.kind != ProjectionKind::dense || pick(random, 0, 1) == 0) return;
  made.delays.kind = static_cast<DelayKind>(pick(random, 1, 3));
  made.delays.longest = made.delay_steps + pick(random, 0, 4);
  made.delays.learn = pick(random, 0, 1) == 1;
  made.delays.sigma = pick(random, 0, 1) == 0 ? 0.0 : real(random, 0.1, 9.0);
  made.delays.rate = real(random, 0.0, 100.0);
}

/// Grows a network one population after another.
struct Builder {
  RandomEngine& random;
  bool portable;
  Network network;
  PopulationId last;

  PopulationId add(NeuronKind kind, Shape shape) {
    Population made = population("p" + std::to_string(network.populations()), kind, shape);
    randomise(random, made, portable);
    if (!portable && kind == NeuronKind::lif && made.quantizer.has_window())
      made.quantizer.levels = pick(random, 1, 3);
    return network.add_population(made);
  }
  void relay(ProjectionKind kind) {
    Projection made = projection(kind);
    if (kind == ProjectionKind::max_pool)  // for neurons of one level, behind relays too
      for (PopulationId id = 0; id < network.populations(); ++id)
        network.population(id).quantizer.levels = 1;
    if (kind != ProjectionKind::flatten) {
      const Shape& shape = network.population(last).shape;
      made.kernel_height = pick(random, 1, std::min(2, shape.height));
      made.kernel_width = pick(random, 1, std::min(2, shape.width));
      made.stride = {pick(random, 1, 2), pick(random, 1, 2)};
    }
    const Shape shape = projected_shape(made, network.population(last).shape, {}, "");
    const PopulationId id = add(NeuronKind::relay, shape);
    network.add_projection(last, id, made);
    last = id;
  }
  /// The same map again, neuron by neuron, with a skip around it; and both joined.
  void repeat(bool only_maps) {
    const PopulationId before = last;
    const Shape shape = network.population(last).shape;
    // Of one channel, NIR's grouped and plain kernels are the same.
    if (only_maps && (shape.flat() || shape.channels == 1)) return;
    last = add(NeuronKind::lif, shape);
    Projection again = trainable(random, only_maps ? ProjectionKind::conv2d
                                                   : ProjectionKind::one_to_one);
    again.kernel_height = again.kernel_width = 1;
    again.stride = 1;
    again.padding = 0;
    network.add_projection(before, last, again);
    Projection skip = projection(ProjectionKind::identity);
    skip.gain = real(random, 0.5, 2.0);
    network.add_projection(before, last, skip);
    if (only_maps) return;
    const PopulationId both =
        add(NeuronKind::relay, {2 * shape.channels, shape.height, shape.width});
    for (const PopulationId source : {last, before})
      network.add_projection(source, both, projection(ProjectionKind::concat));
    last = both;
  }
  void layer(ProjectionKind kind) {
    const Shape before = network.population(last).shape;
    Projection made = trainable(random, kind);
    made.kernel_height = std::min(made.kernel_height, before.height);
    made.kernel_width = std::min(made.kernel_width, before.width);
    Shape shape{pick(random, 1, 5), 1, 1};
    if (kind == ProjectionKind::conv2d) {
      if (2 * made.kernel_height - 1 <= before.height) made.dilation.height = pick(random, 1, 2);
      if (2 * made.kernel_width - 1 <= before.width) made.dilation.width = pick(random, 1, 2);
      if (pick(random, 0, 1) == 1) {
        made.groups = before.channels;
        shape.channels = made.groups * pick(random, 1, 2);
      }
      shape = projected_shape(made, before, shape, "");
    }
    if (!portable) randomise_delays(random, made);
    const PopulationId id = add(NeuronKind::lif, shape);
    network.add_projection(last, id, made);
    if (shape == before && !shape.flat() && shape.channels > 1 && made.groups == 1 &&
        pick(random, 0, 1) == 1)
      network.add_projection(last, id, trainable(random, ProjectionKind::one_to_one));
    if (pick(random, 0, 2) == 0) {
      const bool map = portable && kind == ProjectionKind::conv2d;
      Projection self = trainable(random, map ? kind : ProjectionKind::dense);
      if (map) {
        self.kernel_height = self.kernel_width = 2 * pick(random, 0, 1) + 1;
        self.padding = self.kernel_height / 2;
        self.stride = self.dilation = 1;
      }
      self.bias = false;
      self.delay_steps = 1;
      if (!portable) randomise_delays(random, self);
      network.add_projection(id, id, self);
    }
    last = id;
  }
};

}  // namespace

Network small_network() {
  Network network;
  const auto input = network.add_population(population("input", NeuronKind::input, {2, 6, 6}));
  const auto conv = network.add_population(population("conv", NeuronKind::lif, {3, 4, 4}));
  const auto pool = network.add_population(population("pool", NeuronKind::relay, {3, 2, 2}));
  const auto flat = network.add_population(population("flat", NeuronKind::relay, {12, 1, 1}));
  const auto hidden = network.add_population(population("hidden", NeuronKind::lif, {5, 1, 1}));
  const auto readout =
      network.add_population(population("out", NeuronKind::leaky_integrator, {4, 1, 1}));
  Projection kernel = projection(ProjectionKind::conv2d);
  kernel.kernel_height = kernel.kernel_width = 3;
  network.add_projection(input, conv, kernel);
  Projection window = projection(ProjectionKind::sum_pool);
  window.kernel_height = window.kernel_width = 2;
  window.stride = 2;
  network.add_projection(conv, pool, window);
  network.add_projection(pool, flat, projection(ProjectionKind::flatten));
  network.add_projection(flat, hidden, projection(ProjectionKind::dense));
  Projection last = projection(ProjectionKind::dense);
  last.bias = true;
  network.add_projection(hidden, readout, last);
  return network;
}

Network random_network(RandomEngine& random, bool portable) {
  Builder builder{random, portable, {}, 0};
  builder.last = builder.network.add_population(
      population("input", NeuronKind::input, {pick(random, 1, 3), pick(random, 4, 7), 6}));
  const PopulationId input = builder.last;
  const int layers = pick(random, 0, 2);
  for (int layer = 0; layer < layers; ++layer) {
    builder.layer(ProjectionKind::conv2d);
    if (pick(random, 0, 2) == 0) builder.repeat(portable);
    if (pick(random, 0, 1) == 1)
      builder.relay(portable || pick(random, 0, 1) == 1
                        ? (pick(random, 0, 1) == 1 ? ProjectionKind::sum_pool
                                                   : ProjectionKind::average_pool)
                        : ProjectionKind::max_pool);
  }
  if (pick(random, 0, 1) == 1) builder.relay(ProjectionKind::flatten);
  if (pick(random, 0, 1) == 1) builder.layer(ProjectionKind::dense);
  const bool integrates = pick(random, 0, 1) == 1;
  const PopulationId readout =
      builder.add(integrates ? NeuronKind::leaky_integrator : NeuronKind::lif, {3, 1, 1});
  builder.network.population(readout).dropout = 0.0;
  builder.network.add_projection(builder.last, readout, trainable(random, ProjectionKind::dense));
  if (builder.last != input && pick(random, 0, 1) == 1)
    builder.network.add_projection(input, readout, trainable(random, ProjectionKind::dense));
  if (!portable && !integrates && pick(random, 0, 1) == 1) {
    Projection back = trainable(random, ProjectionKind::dense);
    back.delay_steps = 2;
    builder.network.add_projection(readout, readout, back);
  }
  return builder.network;
}

namespace {

/// Any value of a list of names.
template <class Value>
Value any(RandomEngine& random, const Names<Value>& names) {
  const int last = static_cast<int>(names.size()) - 1;
  return names[static_cast<std::size_t>(pick(random, 0, last))].second;
}

void random_method(RandomEngine& random, Recipe& recipe) {
  TrainingOptions& training = recipe.training;
  training.optimizer = any(random, optimizer_names);
  training.sgd_momentum = real(random, 0.0, 0.99);
  training.nesterov = pick(random, 0, 1) == 1;
  training.schedule = any(random, schedule_names);
  training.schedule_steps = pick(random, 1, 20);
  training.schedule_factor = real(random, 0.01, 1.0);
  training.loss = any(random, loss_names);
  training.count_correct = real(random, 0.1, 1.0);
  training.count_wrong = real(random, 0.0, 0.1);
  training.rate_target = real(random, 0.0, 1.0);
  training.rate_weight = real(random, 0.0, 10.0);
  training.synops_weight = real(random, 0.0, 10.0);
  training.truncate_steps = pick(random, 0, 20);
  training.memory_budget_mib = real(random, 0.0, 1000.0);
  training.patience = pick(random, 0, 9);
  training.early_stop_metric = any(random, early_stop_names);
  const Network& network = recipe.network;
  if (network.population(network.readout()).kind != NeuronKind::lif)
    training.readout = any(random, readout_names);
  for (std::size_t id = 0; id < network.projections(); ++id)
    if (network.projection(id).kind == ProjectionKind::max_pool) return;
  training.synops_target = real(random, 0.0, 1e6);
}

/// Takes away what check_training refuses together.
void make_fit(RandomEngine& random, Recipe& recipe) {
  TrainingOptions& training = recipe.training;
  const Network& network = recipe.network;
  for (std::size_t id = 0; id < network.projections(); ++id)
    if (network.projection(id).delays.kind != DelayKind::fixed) training.synops_target = 0;
  if (pick(random, 0, 1) == 0) training.gradient_l1 = 0;
  else training.memory_budget_mib = training.rate_weight = training.synops_target = 0;
}

}  // namespace

Recipe random_recipe(RandomEngine& random) {
  Recipe recipe;
  recipe.name = "a \"strange\"\tname\\";
  recipe.dataset.name = "nmnist";
  recipe.dataset.dt_ms = real(random, 0.1, 20.0);
  recipe.dataset.steps = pick(random, 0, 300);
  recipe.dataset.shift_pixels = pick(random, 0, 3);
  recipe.dataset.synthetic_train = static_cast<std::size_t>(pick(random, 0, 3000));
  recipe.dataset.train_limit = static_cast<std::size_t>(pick(random, 0, 3000));
  recipe.dataset.test_limit = static_cast<std::size_t>(pick(random, 0, 300));
  recipe.training.epochs = pick(random, 1, 40);
  recipe.training.learning_rate = real(random, 1e-7, 1e-2);
  recipe.training.warm_up = real(random, 0.0, 1.0);
  recipe.training.gradient_l1 = real(random, 0.0, 1.0);
  recipe.training.momentum = real(random, 0.001, 1.0);
  recipe.training.class_balanced = pick(random, 0, 1) == 1;
  recipe.training.seed = random() >> 1;
  recipe.network = random_network(random);
  random_method(random, recipe);
  make_fit(random, recipe);
  return recipe;
}

Checkpoint random_checkpoint(RandomEngine& random, const Recipe& recipe, bool optimiser) {
  Checkpoint checkpoint;
  checkpoint.recipe = recipe;
  const auto fill = [&](const auto& shapes, auto& tensors, const std::string& prefix) {
    for (const auto& [name, shape] : shapes) {
      auto& tensor = tensors[prefix + name];
      tensor.shape = shape;
      std::size_t size = 1;
      for (const std::size_t side : shape) size *= side;
      for (std::size_t i = 0; i < size; ++i)
        tensor.values.push_back(
            static_cast<typename std::decay_t<decltype(tensor.values)>::value_type>(
                real(random, -1.0, 1.0)));
    }
  };
  fill(parameter_shapes(recipe.network), checkpoint.parameters, "");
  fill(statistic_shapes(recipe.network), checkpoint.statistics, "");
  if (optimiser)
    for (const std::string& moment : optimiser_moments(recipe.training))
      fill(parameter_shapes(recipe.network), checkpoint.optimiser, moment);
  checkpoint.position = {random() >> 1, pick(random, 0, 9), 17, 1234567, pick(random, 0, 1) == 1};
  checkpoint.position.epoch_loss = real(random, 0.0, 1e3);
  checkpoint.position.epoch_correct = pick(random, 0, 1000);
  checkpoint.position.best_epoch = pick(random, 0, checkpoint.position.epoch);
  checkpoint.position.best_value = real(random, -1.0, 1.0);
  checkpoint.position.judged = checkpoint.position.epoch;
  return checkpoint;
}

}  // namespace volley::test
