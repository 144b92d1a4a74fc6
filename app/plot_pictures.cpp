#include "app/plot_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/progress.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "sim/evaluate.hpp"
#include "sim/neuron_watch.hpp"
#include "viz/confusion_panel.hpp"
#include "viz/membrane_panel.hpp"
#include "viz/score_panel.hpp"
#include "viz/topology_panel.hpp"
#include "viz/weights_panel.hpp"

namespace volley {

namespace {

constexpr std::size_t membranes_shown = 4, recorded_membranes_shown = 8, fields_shown = 64;

std::size_t population_named(const SampleTrace& trace, const std::string& name) {
  std::string known;
  for (std::size_t id = 0; id < trace.populations.size(); ++id) {
    if (trace.populations[id].name == name) return id;
    known += (known.empty() ? "" : ", ") + trace.populations[id].name;
  }
  throw Error("there is no layer '" + name + "'", "--layer", "use one of: " + known);
}

/// The one layer that neurons are chosen of; `fallback` where none is named.
template <class Fallback>
std::size_t one_layer(const SampleTrace& trace, const PlotChoice& choice, Fallback fallback) {
  if (choice.layers.size() > 1)
    throw Error("several layers are given", "--layer", "name one");
  return choice.layers.empty() ? fallback() : population_named(trace, choice.layers.front());
}

void check_neurons(const PopulationTrace& population, const std::vector<std::size_t>& neurons) {
  for (const std::size_t neuron : neurons)
    if (neuron >= population.shape.size())
      throw Error(fmt::format("'{}' has no neuron {}", population.name, neuron), "--neuron",
                  fmt::format("its neurons are 0 to {}", population.shape.size() - 1));
}

/// --from, --to, --layer and --neuron as a view. @throws Error for what is not in the trace
RasterView view_of(const SampleTrace& trace, const PlotChoice& choice) {
  RasterView view;
  const double duration = trace.steps * trace.dt_ms;
  view.from_ms = choice.from_ms.value_or(0);
  view.to_ms = std::min(choice.to_ms.value_or(duration), duration);
  if (trace.steps > 0 && !(view.from_ms < view.to_ms))
    throw Error(fmt::format("nothing lies between {:g} and {:g} ms: the recording has {:g} ms",
                            view.from_ms, choice.to_ms.value_or(duration), duration),
                "--from, --to", "choose a stretch of it");
  for (const std::string& name : choice.layers)
    view.populations.push_back(population_named(trace, name));
  if (choice.neurons.empty()) return view;
  if (view.populations.size() != 1 && trace.populations.size() != 1)
    throw Error("says nothing without a layer", "--neuron", "name its layer with --layer");
  const std::size_t id = view.populations.empty() ? 0 : view.populations.front();
  check_neurons(trace.populations[id], choice.neurons);
  const auto [first, last] = std::minmax_element(choice.neurons.begin(), choice.neurons.end());
  view.neurons.resize(id + 1);
  view.neurons[id] = {*first, *last - *first + 1};
  return view;
}

/// The last hidden population, else the readout.
std::size_t telling_population(const SampleTrace& trace, NeuronKind kind, std::size_t otherwise) {
  for (std::size_t id = trace.populations.size(); id-- > 0;)
    if (trace.populations[id].kind == kind) return id;
  return otherwise;
}

/// Spikes of several recordings one after the other, for rates.
void append(SampleTrace& all, const SampleTrace& next) {
  for (std::size_t id = 0; id < all.populations.size(); ++id) {
    SpikeTrain& own = all.populations[id].spikes;
    const SpikeTrain& more = next.populations[id].spikes;
    const std::uint64_t spikes = own.indices.size() + std::uint64_t{more.indices.size()};
    if (spikes > UINT32_MAX)
      throw Error("has more spikes than are counted at once", "--recordings", "take fewer");
    for (std::uint32_t step = 0; step < more.steps; ++step) {
      const auto fired = more.step(step);
      own.indices.insert(own.indices.end(), fired.begin(), fired.end());
      own.offsets.push_back(static_cast<std::uint32_t>(own.indices.size()));
    }
    own.steps += more.steps;
  }
  all.steps += next.steps;
}

}  // namespace

Scene plot_raster(PlotInput& input, const PlotChoice& choice) {
  const SampleTrace& trace = input.trace();
  const RasterView view = view_of(trace, choice);
  return framed_picture(choice.picture, &trace, [&](Scene& scene, Box box, const Theme& theme) {
    draw_raster(scene, box, trace, theme, view);
  });
}

Scene plot_events(PlotInput& input, const PlotChoice& choice) {
  const SampleTrace& trace = input.trace();
  if (input_population(trace) == nullptr)
    throw Error("there are no events of a sensor in it", trace.recording, "plot its raster");
  return events_picture(trace, choice.picture, view_of(trace, choice));
}

Scene plot_rates(PlotInput& input, const PlotChoice& choice) {
  const SampleTrace& trace = input.trace();
  const RasterView view = view_of(trace, choice);
  return framed_picture(choice.picture, &trace, [&](Scene& scene, Box box, const Theme& theme) {
    draw_population_rates(scene, box, trace, theme, view);
  });
}

Scene plot_histogram(PlotInput& input, const PlotChoice& choice) {
  const std::size_t count = std::min(std::max<std::size_t>(1, choice.recordings),
                                     std::max<std::size_t>(1, input.recordings()));
  SampleTrace all = input.trace();
  for (std::size_t i = 1; i < count; ++i) append(all, input.trace(i));
  if (count > 1) {
    all.recording = plural(count, "recording");
    all.label = all.predicted = -1;
  }
  if (!choice.layers.empty()) {
    std::vector<PopulationTrace> chosen;
    for (const std::string& name : choice.layers)
      chosen.push_back(all.populations[population_named(all, name)]);
    all.populations = std::move(chosen);
  }
  return framed_picture(choice.picture, &all, [&](Scene& scene, Box box, const Theme& theme) {
    draw_rates(scene, box, all, theme);
  });
}

namespace {
/// The columns of membrane.csv that --layer and --neuron name; of all of them the first ones.
std::vector<NeuronTrace> chosen_membranes(const RecordedMembranes& recorded,
                                          const PlotChoice& choice) {
  const auto named = [](const auto& names, const auto& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<NeuronTrace> chosen;
  std::string known;
  for (const NeuronTrace& each : recorded.neurons) {
    known += fmt::format("{}{}[{}]", known.empty() ? "" : ", ", each.population, each.id.neuron);
    if (named(choice.layers, each.population) && named(choice.neurons, each.id.neuron))
      chosen.push_back(each);
  }
  if (chosen.empty())
    throw Error("no such membrane was recorded", "--layer, --neuron", "there are: " + known);
  if (chosen.size() > recorded_membranes_shown) chosen.resize(recorded_membranes_shown);
  return chosen;
}

Scene recorded_membranes(PlotInput& input, const PlotChoice& choice) {
  const RecordedMembranes recorded = input.membranes();
  const std::vector<NeuronTrace> neurons = chosen_membranes(recorded, choice);
  SampleTrace trace;  // the times alone
  trace.recording = "membranes of a simulation";
  trace.dt_ms = recorded.dt_ms;
  trace.steps = recorded.steps;
  PlotChoice times = choice;
  times.layers.clear();
  times.neurons.clear();
  const RasterView view = view_of(trace, times);
  return framed_picture(choice.picture, &trace, [&](Scene& scene, Box box, const Theme& theme) {
    draw_membranes(scene, box, neurons, trace.dt_ms, theme, view);
  });
}
}  // namespace

Scene plot_membranes(PlotInput& input, const PlotChoice& choice) {
  if (input.has_membranes()) return recorded_membranes(input, choice);
  input.model();
  const SampleTrace& trace = input.trace();
  const std::size_t layer = one_layer(trace, choice, [&] {
    return telling_population(trace, NeuronKind::lif, input.plan().plan().readout);
  });
  std::vector<NeuronId> neurons;
  check_neurons(trace.populations[layer], choice.neurons);
  for (const std::size_t neuron : choice.neurons) neurons.push_back({layer, neuron});
  if (neurons.empty()) neurons = busiest_neurons(trace, layer, membranes_shown);
  PlotChoice times = choice;
  times.layers.clear();
  times.neurons.clear();
  const RasterView view = view_of(trace, times);
  const std::vector<NeuronTrace> traces =
      watch_neurons(input.plan(), input.spikes(), neurons);
  return framed_picture(choice.picture, &trace, [&](Scene& scene, Box box, const Theme& theme) {
    draw_membranes(scene, box, traces, trace.dt_ms, theme, view);
  });
}

Scene plot_weights(PlotInput& input, const PlotChoice& choice) {
  const FrozenNetwork& frozen = input.model().frozen;
  const Network& network = frozen.network;
  if (choice.layers.size() > 1)
    throw Error("several layers are given", "--layer", "name one");
  PopulationId layer = network.input();
  if (!choice.layers.empty()) {
    layer = network.find(choice.layers.front());
  } else {  // the first that the input reaches by weights
    for (std::size_t id = 0; id < network.projections() && layer == network.input(); ++id)
      if (network.projection(id).trainable()) layer = network.target(id);
  }
  std::vector<WeightField> fields;
  if (choice.neurons.empty()) fields = field_gallery(frozen, layer, fields_shown);
  for (const std::size_t neuron : choice.neurons) {
    std::vector<WeightField> own = receptive_fields(frozen, layer, neuron);
    // Of several neurons one field each, else they would not stand beside each other.
    if (choice.neurons.size() > 1) own.resize(1);
    std::move(own.begin(), own.end(), std::back_inserter(fields));
    if (fields.size() > fields_shown)
      throw Error(fmt::format("more than {} fields do not fit a picture", fields_shown),
                  "--neuron", "name fewer");
  }
  return framed_picture(choice.picture, nullptr, [&](Scene& scene, Box box, const Theme& theme) {
    draw_weights(scene, box, fields, theme);
  });
}

Scene plot_scores(PlotInput& input, const PlotChoice& choice) {
  input.model();
  const SampleTrace& trace = input.trace();
  const ScoreCurves curves = score_curves(trace, input.plan().plan().readout,
                                          input.plan().network().readout, input.class_names());
  const RasterView view = view_of(trace, choice);
  return framed_picture(choice.picture, &trace, [&](Scene& scene, Box box, const Theme& theme) {
    Box rest = box;
    const Box bars = cut_right(rest, rest.width * 0.3F);
    cut_right(rest, theme.label * 0.6F);
    draw_score_curves(scene, rest, curves, theme, view);
    draw_scores(scene, bars, trace, theme);
  });
}

Scene plot_topology(PlotInput& input, const PlotChoice& choice) {
  const LoadedModel& model = input.model();
  const SampleTrace* trace = input.has_recording() ? &input.trace() : nullptr;
  const Topology topology = topology_of(model.frozen.network, trace);
  return framed_picture(choice.picture, trace, [&](Scene& scene, Box box, const Theme& theme) {
    draw_topology(scene, box, topology, theme);
  });
}

Scene plot_curves(const TrainingHistory& history, const PlotChoice& choice) {
  return framed_picture(choice.picture, nullptr, [&](Scene& scene, Box box, const Theme& theme) {
    draw_curves(scene, box, history, theme);
  });
}

namespace {
Scene confusion_scene(const ConfusionMatrix& matrix, const PlotChoice& choice) {
  return framed_picture(choice.picture, nullptr, [&](Scene& scene, Box box, const Theme& theme) {
    draw_confusion(scene, box, matrix, theme);
  });
}
}  // namespace

Scene plot_confusion(const TrainingHistory& history, const std::vector<std::string>& names,
                     const PlotChoice& choice) {
  for (auto epoch = history.epochs.rbegin(); epoch != history.epochs.rend(); ++epoch)
    if (!epoch->test_confusion.empty())
      return confusion_scene({epoch->test_confusion, names}, choice);
  throw Error("no epoch of the run was evaluated on a test split", "plot confusion",
              "give the model and --data, and the split is run now");
}

Scene plot_confusion(PlotInput& input, const PlotChoice& choice, Console& console) {
  const LabelledSpikes data = input.split();
  Progress progress(console, "running", "recordings", data.trains.size());
  const Evaluation evaluation = evaluate(input.plan(), EngineKind::event, data.trains, data.labels,
                                         [&](std::size_t done) {
                                           progress.update(done);
                                           return true;
                                         });
  return confusion_scene({evaluation.confusion, input.class_names()}, choice);
}

}  // namespace volley
