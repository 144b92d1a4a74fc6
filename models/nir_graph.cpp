// Saying a frozen network as a NIR graph: one node per population and per trainable projection.
#include "models/nir_graph.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.hpp"
#include "models/recipe.hpp"

namespace volley {

namespace {

using Integers = std::vector<std::int64_t>;
using Sides = std::vector<std::size_t>;

NirField scalar(const std::string& name, std::int64_t value) { return {name, {}, Integers{value}}; }
NirField pair(const std::string& name, const PerAxis& axes) {
  return {name, {2}, Integers{axes.height, axes.width}};
}

class GraphMaker {
public:
  GraphMaker(const FrozenNetwork& frozen, const NirPlan& plan)
      : frozen_(frozen), network_(frozen.network), plan_(plan) {
    graph_.type = "NIRGraph";
  }

  NirNode make() {
    for (const PopulationId id : network_.order()) {
      for (const std::size_t edge : network_.incoming(id))
        if (network_.source(edge) != id) add_projection(edge);
      if (network_.population(id).kind != NeuronKind::relay) add_population(id);
    }
    const PopulationId readout = network_.readout();
    const std::string name = free_name("output");
    graph_.nodes.push_back(end(name, "Output", readout));
    graph_.edges.emplace_back(network_.population(readout).name, name);
    check_biases();
    add_metadata();
    return std::move(graph_);
  }

private:
  /// A name that no node has or will have.
  std::string free_name(std::string name) {
    const auto taken = [&] {
      for (PopulationId id = 0; id < network_.populations(); ++id)
        if (network_.population(id).name == name) return true;
      for (const auto& path : plan_.node)
        if (!path.empty() && path.front() == name) return true;
      return std::any_of(graph_.nodes.begin(), graph_.nodes.end(),
                         [&](const NirNode& node) { return node.name == name; });
    };
    while (taken()) name += "_";
    return name;
  }
  Sides sides(PopulationId id) const {
    const Shape& shape = network_.population(id).shape;
    if (!plan_.spatial[id]) return {shape.size()};
    return {static_cast<std::size_t>(shape.channels), static_cast<std::size_t>(shape.height),
            static_cast<std::size_t>(shape.width)};
  }
  NirField sides_field(const std::string& name, PopulationId id) const {
    const Sides shape = sides(id);
    return {name, {shape.size()}, Integers(shape.begin(), shape.end())};
  }
  NirNode end(const std::string& name, const std::string& type, PopulationId id) const {
    return {name, type, {sides_field("shape", id)}, {}, {}, {}};
  }
  NirField uniform(const std::string& name, PopulationId id, double value) const {
    return {name, sides(id),
            std::vector<float>(network_.population(id).shape.size(), static_cast<float>(value))};
  }

  bool learned(PopulationId id) const {
    return id < frozen_.beta.size() && !frozen_.beta[id].empty();
  }
  double beta(PopulationId id, std::size_t channel) const {
    return learned(id) ? static_cast<double>(frozen_.beta[id][channel])
                       : network_.population(id).beta;
  }
  bool for_sinabs() const { return plan_.profile == NirProfile::sinabs; }
  /// The time constant of a decay per step: by forward Euler in seconds, for sinabs in steps.
  double time_constant(double decay) const {
    if (!for_sinabs()) return nir_dt / (1.0 - decay);
    return decay <= 0.0 ? 1e-3 : -1.0 / std::log(decay);  // e^-1000 is 0 in float
  }
  NirField tau(const char* name, PopulationId id) const {
    const Shape& shape = network_.population(id).shape;
    NirField field = uniform(name, id, 0.0);
    auto& values = std::get<std::vector<float>>(field.values);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(time_constant(beta(id, i / shape.area())));
    return field;
  }

  NirNode neuron(const std::string& name, PopulationId id) const {
    const Population& population = network_.population(id);
    const bool spikes = population.kind == NeuronKind::lif;
    const bool leaks = population.beta != 1.0, synapse = plan_.synapse[id];
    NirNode node{name, spikes ? (leaks ? "LIF" : "IF") : (leaks ? "LI" : "I"), {}, {}, {}, {}};
    if (synapse) node.type = spikes ? "CubaLIF" : "CubaLI";
    if (leaks) node.fields.push_back(tau(synapse ? "tau_mem" : "tau", id));
    if (synapse)
      node.fields.push_back(uniform("tau_syn", id, time_constant(population.synapse_beta)));
    if (learned(id)) {
      const std::vector<float>& betas = frozen_.beta[id];
      if (std::any_of(betas.begin(), betas.end(), [](float b) { return b >= 1.0F; }))
        throw Error("a learned beta has become 1, a neuron without leak among others with one",
                    "population '" + population.name + "'",
                    "train it at a lower learning rate");
      node.metadata.push_back({"beta", {betas.size()}, betas});
    }
    const bool euler = !for_sinabs();
    node.fields.push_back(uniform("r", id, leaks || !euler ? 1.0 : 1.0 / nir_dt));
    if (synapse && euler) {
      auto& r = std::get<std::vector<float>>(node.fields.back().values);
      for (std::size_t i = 0; i < r.size(); ++i)
        r[i] = static_cast<float>(1.0 / (1.0 - beta(id, i / population.shape.area())));
    }
    if (synapse)
      node.fields.push_back(uniform("w_in", id, euler ? 1.0 / (1.0 - population.synapse_beta) : 1.0));
    if (leaks) node.fields.push_back(uniform("v_leak", id, 0.0));
    if (!spikes) return node;
    // NIR fires above its threshold, volley and sinabs at their own: the next float below makes
    // them agree.
    const auto threshold = static_cast<float>(population.threshold);
    node.fields.push_back(
        uniform("v_threshold", id, for_sinabs() ? threshold : std::nextafter(threshold, 0.0F)));
    node.fields.push_back(uniform("v_reset", id, 0.0));
    node.metadata.push_back({"reset", {}, std::string(to_string(population.reset))});
    return node;
  }

  void add_population(PopulationId id) {
    const Population& population = network_.population(id);
    if (population.kind == NeuronKind::input) {
      graph_.nodes.push_back(end(population.name, "Input", id));
      return;
    }
    for (const std::size_t edge : network_.incoming(id))
      if (network_.source(edge) == id) {
        // The order of the nodes matters to importers: input, neuron, weights, output.
        NirNode nested{population.name, "NIRGraph", {}, {}, {}, {}};
        nested.nodes = {end("input", "Input", id), neuron("lif", id), weights("w_rec", edge),
                        end("output", "Output", id)};
        nested.edges = {{"input", "lif"}, {"lif", "w_rec"}, {"w_rec", "lif"}, {"lif", "output"}};
        graph_.nodes.push_back(std::move(nested));
        return;
      }
    graph_.nodes.push_back(neuron(population.name, id));
  }

  void add_projection(std::size_t id) {
    const Projection& projection = network_.projection(id);
    const PopulationId source = network_.source(id);
    const std::string target = network_.population(network_.target(id)).name;
    std::string from = network_.population(source).name;
    if (plan_.delay[id] > 0) {
      const std::string name = free_name(from + "_delay_" + target);
      graph_.nodes.push_back(
          {name, "Delay", {uniform("delay", source, plan_.delay[id] * dt())}, {}, {}, {}});
      graph_.edges.emplace_back(from, name);
      from = name;
    }
    if (!projection.weighted()) {
      graph_.nodes.push_back(relay(target, id));
      graph_.edges.emplace_back(from, target);
      return;
    }
    const std::string& name = plan_.node[id].front();
    if (projection.kind == ProjectionKind::dense && plan_.spatial[source]) {
      const std::string flat = free_name(name + "_flatten");
      graph_.nodes.push_back(flatten(flat, source));
      graph_.edges.emplace_back(from, flat);
      from = flat;
    }
    graph_.nodes.push_back(weights(name, id));
    graph_.edges.emplace_back(from, name);
    graph_.edges.emplace_back(name, target);
  }

  NirNode flatten(const std::string& name, PopulationId source) const {
    return {name,
            "Flatten",
            {sides_field("input_type", source), scalar("start_dim", 0), scalar("end_dim", -1)},
            {},
            {},
            {}};
  }

  NirNode relay(const std::string& name, std::size_t id) const {
    const Projection& projection = network_.projection(id);
    if (projection.kind == ProjectionKind::flatten) return flatten(name, network_.source(id));
    // Average pooling's divisor is in the frozen weights behind it, so it sums too.
    return {name,
            "SumPool2d",
            {pair("kernel_size", {projection.kernel_height, projection.kernel_width}),
             pair("stride", projection.stride), pair("padding", 0)},
            {},
            {},
            {}};
  }

  NirNode weights(const std::string& name, std::size_t id) const {
    const Projection& projection = network_.projection(id);
    const Shape& source = network_.population(network_.source(id)).shape;
    const Population& target = network_.population(network_.target(id));
    const bool conv = projection.kind == ProjectionKind::conv2d;
    const bool on_map = projection.kind != ProjectionKind::dense;
    const std::size_t rows = fan_in(projection, source);
    const std::size_t columns = weight_columns(projection, target.shape);
    std::vector<float> weight(rows * columns);
    std::vector<std::int8_t> corrections(weight.size());
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t to = nir_weight_index(frozen_, plan_, id, row, column);
        weight[to] =
            convert(frozen_.weights[id][row * columns + column], id, column, corrections[to]);
      }
    NirNode node{name, on_map ? "Conv2d" : "Affine", {}, {}, {}, {}};
    Sides shape{columns, rows};
    if (scales_in_nir(network_, id)) {
      node.type = "Scale";
      shape = sides(network_.target(id));
      weight.resize(network_.population(network_.target(id)).shape.size());
      for (std::size_t i = columns; i < weight.size(); ++i) weight[i] = weight[i % columns];
      corrections.resize(columns);
      add_corrections(node, "ulp_correction", {columns}, corrections);
      node.fields.push_back({"scale", shape, std::move(weight)});
      return node;
    }
    if (on_map) {
      // One to one is a kernel of one with a group per channel.
      const Projection kernel = conv ? projection : Projection{};
      const int groups = conv ? kernel.groups : source.channels;
      const auto side = [](int value) { return static_cast<std::size_t>(value); };
      shape = {columns, side(source.channels / groups), side(kernel.kernel_height),
               side(kernel.kernel_width)};
      node.fields = {pair("input_shape", {source.height, source.width}),
                     pair("stride", kernel.stride), pair("padding", kernel.padding),
                     pair("dilation", kernel.dilation), scalar("groups", groups)};
    }
    add_corrections(node, "ulp_correction", shape, corrections);
    node.fields.push_back({"weight", shape, std::move(weight)});
    add_bias(node, id, columns);
    if (projection.weights.levels == WeightLevels::uniform)
      node.metadata.push_back(scalar("weight_bits", projection.weights.bits));
    return node;
  }

  float convert(float value, std::size_t id, std::size_t column, std::int8_t& correction) const {
    const PopulationId target = network_.target(id);
    const auto channels = static_cast<std::size_t>(network_.population(target).shape.channels);
    const double own = beta(target, column % channels);
    const double share = nir_share(plan_, target, own);
    const float stored = to_nir(value, share);
    if (!std::isfinite(value) || !std::isfinite(stored))
      throw Error("holds a weight or bias that is not finite, or too large for NIR",
                  "projection '" + network_.projection_name(id) + "'",
                  "training may have diverged: lower the learning rate");
    correction = static_cast<std::int8_t>(nir_correction(value, share));
    return stored;
  }

  static void add_corrections(NirNode& node, const char* name, const Sides& shape,
                              std::vector<std::int8_t>& corrections) {
    if (std::any_of(corrections.begin(), corrections.end(), [](auto ulps) { return ulps != 0; }))
      node.metadata.push_back({name, shape, std::move(corrections)});
  }

  void add_bias(NirNode& node, std::size_t id, std::size_t columns) const {
    std::vector<float> bias(columns, 0.0F);
    std::vector<std::int8_t> corrections(columns, 0);
    const PopulationId target = network_.target(id);
    if (plan_.bias_carrier[target] == id) {
      const std::vector<float>& values = frozen_.bias[target];
      for (std::size_t neuron = 0; neuron < values.size(); ++neuron) {
        const std::size_t column = neuron % columns;
        if (std::bit_cast<std::uint32_t>(values[neuron]) !=
            std::bit_cast<std::uint32_t>(values[column]))
          throw Error("its bias differs within a channel of the map, NIR's Conv2d has one per "
                      "channel",
                      "population '" + network_.population(target).name + "'",
                      "train with padding = 0, or with quantizer = { form = \"scale\" } in the "
                      "population before it");
        if (neuron < columns)
          bias[column] = convert(values[column], id, column, corrections[column]);
      }
    }
    add_corrections(node, "bias_ulp_correction", {columns}, corrections);
    node.fields.push_back({"bias", {columns}, std::move(bias)});
  }

  double dt() const { return for_sinabs() ? 1.0 : nir_dt; }

  /// Where only Scale nodes bring current there is no place for a bias.
  void check_biases() const {
    for (PopulationId id = 0; id < network_.populations(); ++id) {
      const std::vector<float>& bias = frozen_.bias[id];
      if (plan_.bias_carrier[id] == network_.projections() &&
          std::any_of(bias.begin(), bias.end(), [](float b) { return b != 0.0F; }))
        throw Error("its bias has no place in NIR: only Scale nodes lead to it",
                    "population '" + network_.population(id).name + "'",
                    "use a dense projection, or no bias, and train again");
    }
  }

  void add_metadata() {
    std::string reset;
    bool several = false;
    for (PopulationId id = 0; id < network_.populations(); ++id) {
      if (network_.population(id).kind != NeuronKind::lif) continue;
      several = several || network_.population(id).quantizer.levels > 1;
      const std::string own = to_string(network_.population(id).reset);
      reset = reset.empty() || reset == own ? own : "mixed";
    }
    graph_.metadata.push_back({"dt", {}, std::vector<double>{dt()}});
    graph_.metadata.push_back(
        {"step", {}, std::string(to_string(for_sinabs() ? NirStep::sinabs : NirStep::euler))});
    if (several) graph_.metadata.push_back({"spikes", {}, std::string("several")});
    graph_.metadata.push_back({"step_ms", {}, std::vector<double>{frozen_.dt_ms}});
    if (!reset.empty()) graph_.metadata.push_back({"reset", {}, reset});
    Recipe recipe;
    recipe.name = "nir";
    recipe.network = network_;
    recipe.dataset.dt_ms = frozen_.dt_ms;
    recipe.dataset.name = frozen_.dataset.empty() ? unknown_dataset : frozen_.dataset;
    recipe.dataset.steps = frozen_.steps;
    recipe.dataset.encoding = frozen_.encoding;
    recipe.training.readout = frozen_.readout;
    graph_.metadata.push_back({"volley_recipe", {}, format_recipe(recipe)});
  }

  const FrozenNetwork& frozen_;
  const Network& network_;
  const NirPlan& plan_;
  NirNode graph_;
};

}  // namespace

NirNode make_nir_graph(const FrozenNetwork& network, const NirPlan& plan) {
  return GraphMaker(network, plan).make();
}

}  // namespace volley
