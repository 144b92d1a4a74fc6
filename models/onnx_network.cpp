// From a network to ONNX nodes, in the engines' order of operations.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/error.hpp"
#include "models/onnx.hpp"
#include "models/onnx_graph.hpp"
#include "models/onnx_index.hpp"

namespace volley {

namespace {

using Dims = OnnxGraph::Dims;
constexpr std::size_t most_counted = 255;       ///< spikes are bytes
constexpr std::size_t most_ordered_count = 16;  ///< nodes of a row's sum
constexpr std::size_t most_bytes = std::size_t{1} << 31;

std::int64_t whole(std::size_t size) { return static_cast<std::int64_t>(size); }

class Writer {
public:
  Writer(const StepNetwork& network, const OnnxOptions& options, onnx::GraphProto& graph)
      : network_(network), options_(options), graph_(graph) {}

  void write() {
    check();
    const std::size_t inputs = network_.populations[network_.input].neurons;
    now_.resize(network_.populations.size());
    if (options_.unroll == 0) {
      graph_.input("input", OnnxType::byte, {whole(inputs)});
      for (const State& state : states()) {
        graph_.input(state.name, state.type, state.dims);
        state_[state.name] = state.name;
      }
      const std::string output = step("input");
      give(output, {});
      for (const State& state : states())
        graph_.output(state_[state.name], state.name + ".next", state.type, state.dims);
      return;
    }
    graph_.input("input", OnnxType::byte, {options_.unroll, whole(inputs)});
    for (const State& state : states()) {
      std::int64_t size = 1;
      for (const std::int64_t dim : state.dims) size *= dim;
      if (state.type == OnnxType::byte)
        state_[state.name] = graph_.bytes(
            "rest." + state.name, state.dims,
            std::vector<std::uint8_t>(static_cast<std::size_t>(size), std::uint8_t{0}));
      else
        state_[state.name] =
            graph_.reals("rest." + state.name, state.dims,
                         std::vector<float>(static_cast<std::size_t>(size), 0.0f));
    }
    std::vector<std::string> outputs;
    std::vector<std::vector<std::string>> spikes(network_.populations.size());
    for (std::int64_t t = 0; t < options_.unroll; ++t) {
      const std::string at =
          graph_.int64s(fmt::format("step_{}", t), {}, std::span<const std::int64_t>(&t, 1));
      outputs.push_back(step(graph_.node("Gather", {"input", at}, {{"axis", 0}})));
      for (std::size_t id = 0; id < spikes.size(); ++id) spikes[id].push_back(now_[id]);
    }
    give_unrolled(outputs, spikes);
  }

private:
  struct State {
    std::string name;
    OnnxType type;
    Dims dims;
  };

  void check() const {
    std::size_t bytes = 0;
    for (const StepPopulation& population : network_.populations)
      if (population.most_spikes > most_counted)
        throw Error("sends more than 255 spikes in a step, ONNX export counts in bytes",
                    population.spec.name, "pool smaller windows or train with fewer levels");
    for (const StepLink& link : network_.links) {
      bytes += link.codes.empty() ? 4 * link.weights.size() : link.codes.size();
      const std::size_t most = network_.populations[link.source].most_spikes;
      if (link.spec.weighted() && link.codes.empty() && most > most_ordered_count &&
          !options_.any_order)
        throw Error(fmt::format("float weights meet up to {} spikes a step, sums in the engines' "
                                "order go to {}",
                                most, most_ordered_count),
                    link.name, "--any-order lets the runtime add them as it likes");
    }
    if (bytes >= most_bytes)
      throw Error("has weights of 2 GiB and more, which no ONNX file holds", network_.name);
  }

  std::vector<State> states() const {
    std::vector<State> states;
    for (const StepPopulation& population : network_.populations) {
      const Population& spec = population.spec;
      const std::int64_t n = whole(population.neurons);
      if (population.longest_delay > 0)
        states.push_back(
            {spec.name + ".past", OnnxType::byte, {whole(population.longest_delay), n}});
      if (population.bias.empty()) continue;
      states.push_back({spec.name + ".v", OnnxType::real, {n}});
      if (spec.synapse_beta != 0)
        states.push_back({spec.name + ".synapse", OnnxType::real, {n}});
      if (spec.kind != NeuronKind::lif || !spec.extended()) continue;
      states.push_back({spec.name + ".fired", OnnxType::real, {n}});
      if (spec.adaptation != 0)
        states.push_back({spec.name + ".adaptation", OnnxType::real, {n}});
      if (spec.refractory_steps > 0)
        states.push_back({spec.name + ".refractory", OnnxType::real, {n}});
    }
    return states;
  }

  /// All nodes of a step. @return the readout's value
  std::string step(const std::string& input) {
    for (const std::size_t id : network_.order) {
      const StepPopulation& population = network_.populations[id];
      if (population.spec.kind == NeuronKind::input) now_[id] = input;
      else if (population.spec.kind == NeuronKind::relay) now_[id] = relay(population);
      else neurons(id);
    }
    for (std::size_t id = 0; id < network_.populations.size(); ++id) {
      const StepPopulation& population = network_.populations[id];
      if (population.longest_delay == 0) continue;
      std::string& past = state_[population.spec.name + ".past"];
      const std::string latest = graph_.reshape(now_[id], {1, whole(population.neurons)});
      if (population.longest_delay == 1) {
        past = latest;
        continue;
      }
      past = graph_.node(
          "Concat",
          {latest, graph_.node("Slice", {past, index({0}), index({whole(population.longest_delay) -
                                                                   1}),
                                         index({0})})},
          {{"axis", 0}});
    }
    return network_.spiking_readout()
               ? now_[network_.readout]
               : state_[network_.populations[network_.readout].spec.name + ".v"];
  }

  std::string index(const std::vector<std::int64_t>& values) {
    std::string name = "index";
    for (const std::int64_t value : values) name += fmt::format("_{}", value);
    return graph_.int64s(name, {whole(values.size())}, values);
  }

  std::string spikes(std::size_t population, std::size_t delay) {
    if (delay == 0) return now_[population];
    const std::int64_t at = whole(delay) - 1;
    return graph_.node("Gather",
                       {state_[network_.populations[population].spec.name + ".past"],
                        graph_.int64s(fmt::format("ago_{}", delay), {},
                                      std::span<const std::int64_t>(&at, 1))},
                       {{"axis", 0}});
  }

  /// Spikes at places of a table, a 0 where it points behind the last.
  std::string gathered(const std::string& spikes, const std::string& name, const Dims& dims,
                       const std::vector<std::int32_t>& places) {
    const std::uint8_t zero = 0;
    const std::string none =
        graph_.bytes("no_spike", {1}, std::span<const std::uint8_t>(&zero, 1));
    return graph_.node("Gather",
                       {graph_.node("Concat", {spikes, none}, {{"axis", 0}}),
                        graph_.int32s(name, dims, places)},
                       {{"axis", 0}});
  }

  std::string relay(const StepPopulation& population) {
    const StepLink& first = network_.links[population.feed_forward.front()];
    if (first.spec.kind == ProjectionKind::flatten) return now_[first.source];
    if (first.spec.kind == ProjectionKind::concat) {
      std::vector<std::string> sources;
      std::vector<std::int32_t> places(population.neurons);
      std::size_t before = 0;
      for (const std::size_t id : population.feed_forward) {
        const StepLink& link = network_.links[id];
        sources.push_back(now_[link.source]);
        const auto own = static_cast<std::size_t>(link.source_shape.channels);
        for (std::size_t n = 0; n < link.source_shape.size(); ++n)
          places[n / own * population.channels + link.first_channel + n % own] =
              static_cast<std::int32_t>(before + n);
        before += link.source_shape.size();
      }
      return graph_.node("Gather",
                         {graph_.node("Concat", sources, {{"axis", 0}}),
                          graph_.int32s(population.spec.name + ".places",
                                        {whole(population.neurons)}, places)},
                         {{"axis", 0}});
    }
    const std::vector<std::int32_t> places = window_places(first);
    const std::int64_t n = whole(population.neurons);
    const std::string windows = graph_.cast(
        gathered(now_[first.source], first.name + ".windows",
                 {n, whole(places.size() / population.neurons)}, places),
        OnnxType::real);
    std::string pooled = sum_rows(windows, 0);
    if (first.spec.kind == ProjectionKind::max_pool)
      pooled = graph_.node("Greater", {pooled, graph_.real(0)});
    return graph_.cast(pooled, OnnxType::byte);
  }

  std::string sum_rows(const std::string& value, std::int64_t keep) {
    return graph_.node("ReduceSum", {value, index({1})}, {{"keepdims", keep}});
  }

  /// Adds what spikes bring through a link.
  std::string add_link(const std::string& current, std::size_t id, std::size_t tap) {
    const StepLink& link = network_.links[id];
    const std::string arrived = spikes(link.source, link.delay(tap));
    if (!link.codes.empty()) return add_codes(current, link, arrived);
    const std::size_t most = network_.populations[link.source].most_spikes;
    if (link.spec.kind == ProjectionKind::one_to_one ||
        link.spec.kind == ProjectionKind::identity)
      return add_own(current, link, arrived, most);
    if (link.spec.kind == ProjectionKind::conv2d)
      return add_windows(current, link, arrived, most);
    const Dims dims{whole(link.rows), whole(link.columns)};
    std::string weights = graph_.reals(link.name + ".weights", dims, link.weights);
    if (!link.delays.empty()) {
      const std::vector<std::int32_t> delays(link.delays.begin(), link.delays.end());
      const auto own = static_cast<std::int32_t>(link.delay(tap));
      weights = graph_.node(
          "Where", {graph_.node("Equal", {graph_.int32s(link.name + ".delays", dims, delays),
                                          graph_.int32s(fmt::format("delay_{}", own), {},
                                                        std::span<const std::int32_t>(&own, 1))}),
                    weights, graph_.real(0)});
    }
    const std::string factors = graph_.cast(arrived, OnnxType::real);
    if (!options_.any_order)
      return graph_.ordered_sum(current, factors, weights, {}, whole(link.columns), most);
    const std::string product =
        graph_.node("MatMul", {graph_.reshape(factors, {1, whole(link.rows)}), weights});
    return graph_.node("Add", {current, graph_.reshape(product, {whole(link.columns)})});
  }

  /// scale * (sum of codes) + offset * (number of spikes), as integers up to the two products.
  std::string add_codes(const std::string& current, const StepLink& link,
                        const std::string& arrived) {
    const bool dense = link.spec.kind == ProjectionKind::dense;
    const std::int64_t rows = whole(link.rows), columns = whole(link.columns);
    const std::int64_t area = dense ? 1 : whole(link.target_shape.area());
    const std::string windows =
        dense ? graph_.reshape(arrived, {1, rows})
              : gathered(arrived, link.name + ".windows", {area, rows}, window_places(link));
    const std::string sums = graph_.cast(
        graph_.node("MatMulInteger",
                    {windows, graph_.bytes(link.name + ".codes", {rows, columns}, link.codes)}),
        OnnxType::real);
    const std::string counts = sum_rows(graph_.cast(windows, OnnxType::real), 1);
    const std::string scale = graph_.reals(link.name + ".scale", {1, columns}, link.scale);
    const std::string offset = graph_.reals(link.name + ".offset", {1, columns}, link.offset);
    const std::string own = graph_.node(
        "Add", {graph_.node("Mul", {scale, sums}), graph_.node("Mul", {offset, counts})});
    return graph_.node("Add", {current, graph_.reshape(own, {area * columns})});
  }

  std::string add_own(std::string current, const StepLink& link, const std::string& arrived,
                      std::size_t most) {
    const std::size_t n = link.target_shape.size();
    std::vector<float> weights(n);
    for (std::size_t at = 0; at < n; ++at) weights[at] = link.weights[at % link.columns];
    const std::string own = graph_.reals(link.name + ".weights", {whole(n)}, weights);
    const std::string counts = graph_.cast(arrived, OnnxType::real);
    for (std::size_t k = 1; k <= most; ++k) {
      const std::string factor =
          most == 1 ? counts
                    : graph_.cast(graph_.node("GreaterOrEqual",
                                              {counts, graph_.real(static_cast<float>(k))}),
                                  OnnxType::real);
      current = graph_.node("Add", {current, graph_.node("Mul", {factor, own})});
    }
    return current;
  }

  std::string add_windows(const std::string& current, const StepLink& link,
                          const std::string& arrived, std::size_t most) {
    const std::int64_t area = whole(link.target_shape.area()), columns = whole(link.columns);
    const ConvRows rows = conv_rows(link);
    const std::string weights =
        graph_.reals(link.name + ".weights", {whole(rows.rows), columns}, rows.weights);
    const std::string windows = graph_.cast(
        gathered(arrived, link.name + ".windows", {whole(rows.rows), area}, rows.places),
        OnnxType::real);
    if (options_.any_order) {
      const std::string product = graph_.node("MatMul", {graph_.node("Transpose", {windows}),
                                                         weights});
      return graph_.node("Add", {current, graph_.reshape(product, {area * columns})});
    }
    const std::string sum = graph_.ordered_sum(
        graph_.reshape(current, {area, columns}),
        graph_.reshape(windows, {whole(rows.rows), area, 1}), weights, {area, 1}, columns, most);
    return graph_.reshape(sum, {area * columns});
  }

  /// Spikes that fit into `value`: floor(value / threshold), 0 to levels.
  std::string spike_count(const std::string& value, const std::string& threshold, int levels) {
    const std::string ratio =
        graph_.node("Floor", {graph_.node("Div", {value, threshold})});
    return graph_.node("Min", {graph_.node("Max", {ratio, graph_.real(0)}),
                               graph_.real(static_cast<float>(levels))});
  }

  std::string kept(const Population& spec, const std::string& v, const std::string& threshold) {
    if (spec.kind != NeuronKind::lif || spec.reset == Reset::none) return v;
    const bool several = spec.quantizer.levels > 1;
    std::string fired = spec.extended() ? state_[spec.name + ".fired"] : std::string();
    if (spec.reset == Reset::zero) {
      const std::string reset = spec.extended()
                                    ? graph_.node("Greater", {fired, graph_.real(0)})
                                    : graph_.node("GreaterOrEqual", {v, threshold});
      return graph_.node("Where", {reset, graph_.real(0), v});
    }
    if (!spec.extended() && !several)
      fired = graph_.cast(graph_.node("GreaterOrEqual", {v, threshold}), OnnxType::real);
    else if (!spec.extended())
      fired = spike_count(v, threshold, spec.quantizer.levels);
    return graph_.node("Sub", {v, graph_.node("Mul", {fired, threshold})});
  }

  void neurons(std::size_t id) {
    const StepPopulation& population = network_.populations[id];
    const Population& spec = population.spec;
    const std::int64_t n = whole(population.neurons);
    std::string current = graph_.reals(fmt::format("zeros_{}", n), {n},
                                       std::vector<float>(population.neurons, 0.0f));
    for (const auto* ids : {&population.feed_forward, &population.recurrent})
      for (const std::size_t link : *ids)
        for (std::size_t tap = network_.links[link].taps; tap-- > 0;)
          current = add_link(current, link, tap);
    std::string input = graph_.node(
        "Add", {current, graph_.reals(spec.name + ".bias", {n}, population.bias)});
    if (spec.synapse_beta != 0) {
      std::string& synapse = state_[spec.name + ".synapse"];
      input = synapse = decayed(graph_.real(static_cast<float>(spec.synapse_beta)), synapse, input);
    }
    std::vector<float> betas(population.neurons);
    for (std::size_t at = 0; at < betas.size(); ++at)
      betas[at] = population.beta[at % population.channels];
    const std::string threshold = graph_.real(static_cast<float>(spec.threshold));
    std::string& v = state_[spec.name + ".v"];
    v = decayed(graph_.reals(spec.name + ".beta", {n}, betas), kept(spec, v, threshold), input);
    if (spec.kind != NeuronKind::lif) return;
    std::string relative = v;
    if (spec.adaptation != 0) {
      std::string& a = state_[spec.name + ".adaptation"];
      a = decayed(graph_.real(static_cast<float>(spec.adaptation_beta)), a,
                  state_[spec.name + ".fired"]);
      relative = graph_.node(
          "Sub",
          {v, graph_.node("Mul", {graph_.real(static_cast<float>(spec.adaptation)), a})});
    }
    std::string spikes =
        spec.quantizer.levels > 1
            ? spike_count(relative, threshold, spec.quantizer.levels)
            : graph_.cast(graph_.node("GreaterOrEqual", {relative, threshold}), OnnxType::real);
    if (spec.refractory_steps > 0) {
      std::string& left = state_[spec.name + ".refractory"];
      const std::string less = graph_.node(
          "Max", {graph_.node("Sub", {left, graph_.real(1)}), graph_.real(0)});
      left = graph_.node(
          "Where", {graph_.node("Greater", {state_[spec.name + ".fired"], graph_.real(0)}),
                    graph_.real(static_cast<float>(spec.refractory_steps)), less});
      spikes = graph_.node("Where", {graph_.node("Greater", {left, graph_.real(0)}),
                                     graph_.real(0), spikes});
    }
    if (spec.extended()) state_[spec.name + ".fired"] = spikes;
    now_[id] = graph_.cast(spikes, OnnxType::byte);
  }

  std::string decayed(const std::string& factor, const std::string& value,
                      const std::string& added) {
    return graph_.node("Add", {graph_.node("Mul", {factor, value}), added});
  }

  void give(const std::string& output, const Dims& before) {
    const StepPopulation& readout = network_.populations[network_.readout];
    Dims dims = before;
    dims.push_back(whole(readout.neurons));
    graph_.output(output, "output",
                  network_.spiking_readout() ? OnnxType::byte : OnnxType::real, dims);
    for (std::size_t id = 0; id < now_.size(); ++id) {
      const StepPopulation& population = network_.populations[id];
      if (population.spec.kind != NeuronKind::lif) continue;
      dims.back() = whole(population.neurons);
      graph_.output(now_[id], population.spec.name + ".spikes", OnnxType::byte, dims);
    }
  }

  void give_unrolled(const std::vector<std::string>& outputs,
                     const std::vector<std::vector<std::string>>& spikes) {
    const auto stacked = [&](const std::vector<std::string>& steps, std::size_t neurons) {
      std::vector<std::string> rows;
      for (const std::string& step : steps)
        rows.push_back(graph_.reshape(step, {1, whole(neurons)}));
      return graph_.node("Concat", rows, {{"axis", 0}});
    };
    for (std::size_t id = 0; id < spikes.size(); ++id)
      if (network_.populations[id].spec.kind == NeuronKind::lif)
        now_[id] = stacked(spikes[id], network_.populations[id].neurons);
    give(stacked(outputs, network_.populations[network_.readout].neurons), {options_.unroll});
  }

  const StepNetwork& network_;
  const OnnxOptions& options_;
  OnnxGraph graph_;
  std::map<std::string, std::string> state_;  ///< value of each state now, by its name
  std::vector<std::string> now_;              ///< spikes of this step, by population
};

void add_metadata(onnx::ModelProto& model, const std::string& key, const std::string& value) {
  auto& entry = *model.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

}  // namespace

void write_onnx(const StepNetwork& network, const OnnxOptions& options,
                const std::filesystem::path& file) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("volley");
  model.set_producer_version(VOLLEY_VERSION);
  auto& operators = *model.add_opset_import();
  operators.set_domain("");
  operators.set_version(17);
  add_metadata(model, "dt_ms", fmt::format("{}", network.dt_ms));
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("volley_net");
  graph.set_doc_string(
      options.unroll == 0
          ? "One step of a spiking network: call it step after step, giving each output NAME.next "
            "back as NAME; all states begin at zero."
          : fmt::format("A spiking network over {} steps, from rest.", options.unroll));
  Writer(network, options, graph).write();
  if (model.ByteSizeLong() >= most_bytes)
    throw Error("is larger than the 2 GiB of an ONNX file", network.name,
                "give --unroll fewer steps");
  std::ofstream out(file, std::ios::binary);
  if (!model.SerializeToOstream(&out) || !out.flush())
    throw Error("cannot be written", file.string());
}

}  // namespace volley
