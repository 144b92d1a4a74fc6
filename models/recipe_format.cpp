// Writing a recipe as canonical TOML. Must write every key that recipe.cpp and recipe_network.cpp
// read for that kind, in a form that gives back equal values and the same order of projections.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "models/recipe.hpp"
#include "models/recipe_delays.hpp"
#include "models/recipe_network.hpp"
#include "models/recipe_neuron.hpp"
#include "models/recipe_values.hpp"
#include "models/recipe_weights.hpp"

namespace volley {

std::string format_number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string format_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

namespace {

std::string format_shape(const Shape& shape) {
  if (shape.flat()) return fmt::format("{}", shape.channels);
  return fmt::format("[{}, {}, {}]", shape.channels, shape.height, shape.width);
}

std::string format_axes(const PerAxis& axes) {
  if (axes.height == axes.width) return fmt::format("{}", axes.height);
  return fmt::format("[{}, {}]", axes.height, axes.width);
}

std::string format_quantizer(const SpikeQuantizer& quantizer) {
  static constexpr const char* forms[] = {"full", "centre", "scale"};
  static constexpr const char* slopes[] = {"channel", "mixed", "tensor"};
  static constexpr const char* targets[] = {"membrane", "standardised"};
  static constexpr const char* gradients[] = {"full", "constant"};
  static constexpr const char* window_modes[] = {"thresholds", "deviation"};
  return fmt::format(
      "{{ estimator = \"{}\", form = \"{}\", slope = \"{}\", lambda = {}, window = {}, "
      "sharpness = {}, discretisation = {}, clip = {}, attached_reset = {}, target = \"{}\", "
      "gradient = \"{}\", window_mode = \"{}\", levels = {}{} }}",
      facts(quantizer.estimator).name, forms[static_cast<int>(quantizer.form)],
      slopes[static_cast<int>(quantizer.slope)], format_number(quantizer.lambda),
      format_number(quantizer.window), format_number(quantizer.sharpness),
      format_number(quantizer.discretisation), quantizer.clip, quantizer.attached_reset,
      targets[static_cast<int>(quantizer.target)], gradients[static_cast<int>(quantizer.gradient)],
      window_modes[static_cast<int>(quantizer.window_mode)], quantizer.levels,
      quantizer.custom.empty() ? "" : ", custom = " + format_text(quantizer.custom));
}

/// @param separator between keys, @param ends "from" and "to" keys, or nothing
std::string format_projection(const Projection& projection, std::string_view separator,
                              const std::string& ends) {
  std::vector<std::string> keys;
  if (!ends.empty()) keys.push_back(ends);
  keys.push_back(fmt::format("kind = \"{}\"", to_string(projection.kind)));
  const bool conv = projection.kind == ProjectionKind::conv2d;
  if (conv || projection.pools())
    keys.push_back(fmt::format("kernel = [{}, {}]{}stride = {}", projection.kernel_height,
                               projection.kernel_width, separator,
                               format_axes(projection.stride)));
  if (conv)
    keys.push_back(fmt::format("padding = {1}{0}dilation = {2}{0}groups = {3}", separator,
                               format_axes(projection.padding), format_axes(projection.dilation),
                               projection.groups));
  if (projection.matrix()) {
    for (std::string& key : format_weights(projection.weights)) keys.push_back(std::move(key));
    keys.push_back(fmt::format("weight_norm = {}", projection.weight_norm));
  }
  if (projection.trainable()) keys.push_back(fmt::format("bias = {}", projection.bias));
  if (projection.weighted())
    keys.push_back(fmt::format("gain = {}", format_number(projection.gain)));
  keys.push_back(format_delays(projection, separator));
  return fmt::format("{}", fmt::join(keys, separator));
}

std::string format_population(const Population& population) {
  std::string toml = fmt::format("\n[[network.population]]\nname = \"{}\"\nneuron = \"{}\"\n",
                                 population.name, to_string(population.kind));
  toml += "neurons = " + format_shape(population.shape) + "\n";
  if (population.kind == NeuronKind::relay) return toml;
  toml += fmt::format("beta = {}\n", format_number(population.beta));
  toml += format_extension(population);
  if (population.kind == NeuronKind::lif)
    toml += fmt::format("threshold = {}\nreset = \"{}\"\n", format_number(population.threshold),
                        to_string(population.reset));
  toml += fmt::format("normalise = {}\nnormalise_steps = {}\nshift = {}\n", population.normalise,
                      population.normalise_steps, format_number(population.shift));
  if (population.kind == NeuronKind::lif)
    toml += fmt::format("dropout = {}\nquantizer = {}\n", format_number(population.dropout),
                        format_quantizer(population.quantizer));
  return toml;
}

constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

/// Projections that can stand inside their target's table, if all of them together come out in the
/// order of their ids; else none does.
struct InlineProjections {
  std::vector<std::size_t> incoming, recurrent;

  explicit InlineProjections(const Network& network)
      : incoming(network.populations(), absent), recurrent(network.populations(), absent) {
    std::vector<std::size_t> order;
    for (PopulationId id = 0; id < network.populations(); ++id) {
      for (const std::size_t edge : network.incoming(id)) {
        std::size_t& place = network.source(edge) == id ? recurrent[id] : incoming[id];
        if (place == absent) place = edge;
      }
      for (const std::size_t edge : {incoming[id], recurrent[id]})
        if (edge != absent) order.push_back(edge);
    }
    bool in_order = true;
    for (std::size_t i = 0; i < order.size(); ++i) in_order = in_order && order[i] == i;
    // A population without an incoming table would be joined to its predecessor.
    for (PopulationId id = 1; id < network.populations(); ++id)
      in_order = in_order && incoming[id] != absent;
    if (in_order) return;
    std::fill(incoming.begin(), incoming.end(), absent);
    std::fill(recurrent.begin(), recurrent.end(), absent);
  }
};

}  // namespace

void format_network(const Network& network, std::string& toml) {
  if (network.populations() == 0 || network.population(0).kind != NeuronKind::input ||
      network.population(0).name != "input")
    throw Error("cannot be written as a recipe: the first population is not the input, named "
                "'input'",
                "network", "add the input first and name it 'input'");
  const InlineProjections inlined(network);
  std::vector<bool> written(network.projections(), false);
  toml += "\n[network]\ninput = " + format_shape(network.population(0).shape) + "\n";
  const auto add = [&](const char* key, std::size_t edge, const std::string& ends) {
    if (edge == absent) return;
    toml += fmt::format("{} = {{ {} }}\n", key,
                        format_projection(network.projection(edge), ", ", ends));
    written[edge] = true;
  };
  for (PopulationId id = 1; id < network.populations(); ++id) {
    toml += format_population(network.population(id));
    if (inlined.incoming[id] != absent)
      add("projection", inlined.incoming[id],
          fmt::format("from = \"{}\"",
                      network.population(network.source(inlined.incoming[id])).name));
    add("recurrent", inlined.recurrent[id], {});
  }
  for (std::size_t edge = 0; edge < network.projections(); ++edge)
    if (!written[edge])
      toml += "\n[[network.projection]]\n" +
              format_projection(network.projection(edge), "\n",
                                fmt::format("from = \"{}\"\nto = \"{}\"",
                                            network.population(network.source(edge)).name,
                                            network.population(network.target(edge)).name)) +
              "\n";
}

namespace {

std::string format_method(const TrainingOptions& training) {
  const auto number = [](double value) { return format_number(value); };
  std::string toml = fmt::format(
      "optimizer = \"{}\"\nsgd_momentum = {}\nnesterov = {}\n",
      name_of(optimizer_names, training.optimizer), number(training.sgd_momentum),
      training.nesterov);
  toml += fmt::format("schedule = \"{}\"\nschedule_steps = {}\nschedule_factor = {}\n",
                      name_of(schedule_names, training.schedule), training.schedule_steps,
                      number(training.schedule_factor));
  toml += fmt::format("loss = \"{}\"\ncount_correct = {}\ncount_wrong = {}\nreadout = \"{}\"\n",
                      name_of(loss_names, training.loss), number(training.count_correct),
                      number(training.count_wrong), name_of(readout_names, training.readout));
  toml += fmt::format(
      "rate_target = {}\nrate_weight = {}\nsynops_target = {}\nsynops_weight = {}\n",
      number(training.rate_target), number(training.rate_weight), number(training.synops_target),
      number(training.synops_weight));
  toml += fmt::format("truncate_steps = {}\nmemory_budget_mib = {}\n", training.truncate_steps,
                      number(training.memory_budget_mib));
  return toml + fmt::format("patience = {}\nearly_stop_metric = \"{}\"\n", training.patience,
                            name_of(early_stop_names, training.early_stop_metric));
}

}  // namespace

std::string format_recipe(const Recipe& recipe) {
  const DatasetOptions& dataset = recipe.dataset;
  const TrainingOptions& training = recipe.training;
  if (training.seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw Error("the seed does not fit into a recipe", "training.seed", "use one below 2^63");
  std::string toml = fmt::format("name = {}\n\n[dataset]\n", format_text(recipe.name));
  toml += fmt::format("name = {}\ntrain_split = {}\ntest_split = {}\n", format_text(dataset.name),
                      format_text(dataset.train_split), format_text(dataset.test_split));
  toml += fmt::format("dt_ms = {}\nsteps = {}\nencoding = {}\n", format_number(dataset.dt_ms),
                      dataset.steps, format_text(dataset.encoding));
  toml += fmt::format("binning = {}\nevents_per_step = {}\n", format_text(dataset.binning),
                      dataset.events_per_step);
  if (!dataset.transforms.empty())
    toml += "transforms = " + format_named_list(dataset.transforms) + "\n";
  if (!dataset.cochlea.values.empty())
    toml += "cochlea = " + format_named(dataset.cochlea, false) + "\n";
  if (!dataset.slices.values.empty())
    toml += "slices = " + format_named(dataset.slices, false) + "\n";
  toml += fmt::format("shift_pixels = {}\nmirror = {}\n", dataset.shift_pixels, dataset.mirror);
  toml += fmt::format("synthetic_train = {}\nsynthetic_test = {}\n", dataset.synthetic_train,
                      dataset.synthetic_test);
  toml += fmt::format("train_limit = {}\ntest_limit = {}\n", dataset.train_limit,
                      dataset.test_limit);
  toml += fmt::format("\n[training]\nview = \"{}\"\n", name_of(view_names, training.view));
  toml += fmt::format("epochs = {}\nbatch_size = {}\nlearning_rate = {}\n",
                      training.epochs, training.batch_size, format_number(training.learning_rate));
  toml += fmt::format("warm_up = {}\nweight_decay = {}\nlogit_scale = {}\n",
                      format_number(training.warm_up), format_number(training.weight_decay),
                      format_number(training.logit_scale));
  toml += fmt::format("label_smoothing = {}\ngradient_clip = {}\nmomentum = {}\n",
                      format_number(training.label_smoothing),
                      format_number(training.gradient_clip), format_number(training.momentum));
  toml += fmt::format("gradient_l1 = {}\n", format_number(training.gradient_l1));
  toml += fmt::format("recalibration_samples = {}\nclass_balanced = {}\nseed = {}\n",
                      training.recalibration_samples, training.class_balanced, training.seed);
  toml += format_method(training);
  format_network(recipe.network, toml);
  return toml;
}

}  // namespace volley
