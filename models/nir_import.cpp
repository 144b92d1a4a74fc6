// Any NIR graph as a network: neurons become populations, pooling and flattening become relays,
// what lies between becomes projections. Scales, leaks and gains are folded into weights and
// biases.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "base/error.hpp"
#include "models/nir_current.hpp"
#include "models/nir_graph.hpp"
#include "models/nir_neuron.hpp"
#include "models/nir_read.hpp"
#include "models/nir_shapes.hpp"
#include "models/nir_source.hpp"

namespace volley {

namespace {

constexpr std::size_t most_neurons_in_file = most_neurons;

float narrow(double value, const NirFields& fields) {
  const auto narrowed = static_cast<float>(value);
  if (!std::isfinite(narrowed)) fields.fail("", "leads to a number too large for float");
  return narrowed;
}

class Importer {
public:
  Importer(const Hdf5Node& graph, const std::string& file, const NirReadOptions& options,
           std::vector<std::string>& assumptions)
      : file_(file), nodes_(unfold_nir(graph, file)), assumptions_(assumptions), top_(graph) {
    conventions_ = read_conventions(graph, file, options, assumptions);
    frozen_.dt_ms = conventions_.step_ms;
    populations_.assign(nodes_.size(), unset);
    neurons_.resize(nodes_.size());
  }

  FrozenNetwork run() {
    check_types();
    shapes_ = find_shapes(nodes_, file_);
    most_weights_in_file_ = (std::size_t{1} << 25) + 2 * values(top_);
    const std::size_t input = only("Input"), output = only("Output");
    add_population(input, "input", [](Population& p) { p.kind = NeuronKind::input; });
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (!is_nir_neuron(nodes_[node].type)) continue;
      neurons_[node] = read_neuron(fields(node), nodes_[node].type, nodes_[node].name,
                                   conventions_, assumptions_);
      add_population(node, nodes_[node].name,
                     [&](Population& p) { p = neurons_[node].population; });
    }
    for (std::size_t node = 0; node < nodes_.size(); ++node)
      if (is_nir_neuron(nodes_[node].type)) connect(node, populations_[node]);
    read_output(output);
    delay_cycles();
    if (!frozen_.delays.empty()) frozen_.delays.resize(frozen_.network.projections());
    frozen_.beta.resize(frozen_.network.populations());
    frozen_.network.check();
    const std::size_t last = populations_[output] != unset ? output : read_from_;
    if (frozen_.network.readout() != populations_[last])
      fields(output).fail("", "does not take the last population, '" +
                                  frozen_.network.population(frozen_.network.readout()).name + "'",
                          "remove what follows the output's population");
    return std::move(frozen_);
  }

private:
  static constexpr PopulationId unset = std::numeric_limits<PopulationId>::max();

  NirFields fields(std::size_t node) const { return {*nodes_[node].group, file_}; }

  void check_types() const {
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      static const std::set<std::string> known{
          "Input", "Output", "Affine",    "Linear", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d",
          "Flatten", "Scale", "Delay", "Threshold", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"};
      if (known.count(nodes_[node].type) == 0)
        fields(node).fail("", "is of type " + nodes_[node].type.substr(0, 100) +
                                  ", which volley does not read",
                          "use the nodes of NIR 1.0");
    }
  }

  static std::size_t values(const Hdf5Node& group) {
    std::size_t count = group.integers.size() + group.floats.size() + group.doubles.size();
    for (const Hdf5Node& child : group.children) count += values(child);
    return count;
  }

  std::size_t only(const std::string& type) const {
    std::size_t found = nodes_.size(), count = 0;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (nodes_[node].end_of_subgraph || nodes_[node].type != type) continue;
      found = node;
      ++count;
    }
    if (count != 1)
      throw Error(top_.path + "/nodes has " + std::to_string(count) + " " + type +
                      " nodes instead of one",
                  file_, "volley reads networks with one Input and one Output");
    return found;
  }

  void count_neurons(const Shape& shape) {
    neurons_so_far_ += shape.size();
    if (neurons_so_far_ > most_neurons_in_file)
      throw Error(top_.path + " has more than " + std::to_string(most_neurons_in_file) + " neurons",
                  file_, "split the network");
  }

  void count_weights(const NirCurrent& current) {
    weights_so_far_ += current.weights.size();
    if (weights_so_far_ > most_weights_in_file_)
      throw Error(top_.path + " makes far more weights than the file holds", file_,
                  "use fewer grouped kernels and fewer branches into the same node");
  }

  std::string usable(const std::string& name) const {
    std::string text = name.substr(0, 48);
    for (char& c : text)
      if (!usable_name(std::string("a") + c)) c = '_';
    if (!usable_name(text)) text = "n" + text;
    std::string unique = text;
    const auto taken = [&] {
      for (PopulationId id = 0; id < frozen_.network.populations(); ++id)
        if (frozen_.network.population(id).name == unique) return true;
      return false;
    };
    for (int number = 2; taken(); ++number) unique = text + "_" + std::to_string(number);
    return unique;
  }

  PopulationId add(Population population, const Shape& shape, const std::string& name) {
    count_neurons(shape);
    population.shape = shape;
    population.name = usable(name);
    const bool neuron = population.kind == NeuronKind::lif ||
                        population.kind == NeuronKind::leaky_integrator;
    const PopulationId id = frozen_.network.add_population(std::move(population));
    frozen_.bias.emplace_back(neuron ? shape.size() : 0, 0.0F);
    return id;
  }

  void add_population(std::size_t node, const std::string& name,
                      const std::function<void(Population&)>& fill) {
    const NirShape& shape = shapes_[node];
    if (!shape.sure)
      fields(node).fail("", "has a shape that nothing says",
                        "write its parameters in the shape of its neurons");
    Population population;
    fill(population);
    populations_[node] = add(std::move(population), shape.shape, name);
  }

  /// What a node sends as spikes.
  NirSignal signal(std::size_t node) {
    const std::string& type = nodes_[node].type;
    const NirFields own = fields(node);
    if (type == "Input" || is_nir_neuron(type)) {
      const NirShape& shape = shapes_[node];
      return {populations_[node], shape.shape, shape.shape, shape.spatial};
    }
    if (const auto found = relays_.find(node); found != relays_.end()) return found->second;
    if (!busy_.insert(node).second) own.fail("", "is part of a cycle without neurons");
    if (busy_.size() > 64) own.fail("", "ends a chain that is too long without neurons");
    if (type != "SumPool2d" && type != "AvgPool2d" && type != "Flatten" && type != "Scale" &&
        type != "Delay")
      own.fail("", "is a " + type + ", where spikes are needed",
               "put a neuron behind it, or multiply two linear nodes into one");
    if (nodes_[node].from.size() != 1) own.fail("", "does not take exactly one input");
    const NirSignal before = signal(nodes_[node].from.front());
    const NirSignal made = type == "Scale"   ? scaled(own, before)
                           : type == "Delay" ? delayed(own, before)
                                             : relay(node, before);
    busy_.erase(node);
    return relays_[node] = made;
  }

  /// One value for all neurons, or one for each in NIR's order.
  static std::vector<double> by_neuron(const NirFields& own, const char* name,
                                       const NirSignal& signal) {
    std::vector<double> values = own.values(name), found(values.size());
    if (values.size() == 1) return values;
    if (values.size() != signal.shape.size())
      own.fail(name, "has " + std::to_string(values.size()) + " values, but meets " +
                         std::to_string(signal.shape.size()) + " neurons");
    for (std::size_t i = 0; i < found.size(); ++i) found[i] = values[signal.nir_index(i)];
    return found;
  }

  static NirSignal scaled(const NirFields& own, NirSignal signal) {
    const std::vector<double> scale = by_neuron(own, "scale", signal);
    if (scale.size() == 1) {
      signal.factor *= scale.front();
      return signal;
    }
    signal.factors.resize(scale.size(), 1.0);
    for (std::size_t i = 0; i < scale.size(); ++i) signal.factors[i] *= scale[i];
    return signal;
  }

  int steps_of(const NirFields& own, double delay) {
    const double steps = std::round(delay / conventions_.dt);
    if (!(delay >= 0.0) || steps > most_delay_steps)
      own.fail("delay", "is not within 0 and " + std::to_string(most_delay_steps) + " steps",
               "say the step length with --nir-dt");
    if (std::abs(steps * conventions_.dt - delay) > 1e-3 * conventions_.dt)
      assumptions_.push_back(own.path() + ": delays are rounded to steps");
    return static_cast<int>(steps);
  }

  NirSignal delayed(const NirFields& own, NirSignal signal) {
    const std::vector<double> delay = by_neuron(own, "delay", signal);
    if (delay.size() == 1 && signal.delays.empty()) {
      signal.delay += steps_of(own, delay.front());
      if (signal.delay > most_delay_steps) own.fail("delay", "sums up to too many steps");
      return signal;
    }
    std::vector<std::uint16_t> sum(signal.shape.size());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const int before = signal.delays.empty() ? signal.delay : signal.delays[i];
      const int steps = before + steps_of(own, delay[delay.size() == 1 ? 0 : i]);
      if (steps > most_delay_steps) own.fail("delay", "sums up to too many steps");
      sum[i] = static_cast<std::uint16_t>(steps);
    }
    signal.delays = std::move(sum);
    signal.delay = 0;
    return signal;
  }

  NirSignal relay(std::size_t node, const NirSignal& before) {
    const NirFields own = fields(node);
    NirSignal made = before;
    Projection projection;
    projection.kind = ProjectionKind::flatten;
    if (nodes_[node].type == "Flatten") {
      check_flatten(node, before);
      if (!before.spatial) return made;
      made.shape = {static_cast<int>(before.shape.size()), 1, 1};
      made.spatial = false;
    } else {
      if (!before.spatial) own.fail("", "pools neurons that are no map");
      if (!before.factors.empty() || !before.delays.empty())
        own.fail("", "pools spikes whose scale or delay differs",
                 "put the Scale or Delay node behind it");
      projection = read_pool(own);
      made.shape = made.layout = projected_shape(projection, before.shape, {}, nodes_[node].name);
      if (nodes_[node].type == "AvgPool2d")
        made.factor /= static_cast<double>(projection.kernel_height) * projection.kernel_width;
    }
    Population population;
    population.kind = NeuronKind::relay;
    made.population = add(std::move(population), made.shape, nodes_[node].name);
    frozen_.network.add_projection(before.population, made.population, projection);
    frozen_.weights.emplace_back();
    return made;
  }

  void check_flatten(std::size_t node, const NirSignal& before) {
    const NirFields own = fields(node);
    const int start = own.has("start_dim") ? own.integers("start_dim", 1, -8, 8)[0] : 0;
    const int end = own.has("end_dim") ? own.integers("end_dim", 1, -8, 8)[0] : -1;
    if (start != 0 && start != 1) own.fail("start_dim", "is neither 0 nor 1");
    const int rank = before.spatial ? 3 : 1;
    const bool line = before.spatial && before.shape.height == 1 && end == 1 + start;
    if (end != -1 && end != rank - 1 + start && !line) own.fail("end_dim", "does not flatten all axes");
    if (start == 1)
      assumptions_.push_back("'" + nodes_[node].name +
                             "': start_dim = 1 is taken to skip a batch axis");
  }

  /// What a node brings as current: linear nodes, or spikes taken as they are.
  std::vector<NirCurrent> currents(std::size_t node, std::size_t target) {
    const std::string& type = nodes_[node].type;
    if (type == "Scale" && scales_current(node)) {
      auto found = currents(nodes_[node].from.front(), target);
      for (NirCurrent& current : found) scale(fields(node), current);
      return found;
    }
    std::vector<NirCurrent> found;
    if (!linear(node)) {
      found.push_back(identity(fields(target), signal(node)));
      count_weights(found.back());
      return found;
    }
    for (const std::size_t before : nodes_[node].from) {
      const NirFields own = fields(node);
      const bool conv = type == "Conv2d" || type == "Conv1d";
      found.push_back(conv ? read_conv(own, signal(before)) : read_affine(own, signal(before)));
      count_weights(found.back());
      // Inputs are summed before the node, so that its bias counts once.
      if (found.size() > 1) found.back().bias.assign(found.back().bias.size(), 0.0);
    }
    if (found.empty()) fields(node).fail("", "takes no input", "remove it or join it");
    return found;
  }

  bool scales_current(std::size_t node) const {
    if (nodes_[node].from.size() != 1) return false;
    return linear(nodes_[node].from.front());
  }

  bool linear(std::size_t node) const {
    const std::string& type = nodes_[node].type;
    return type == "Affine" || type == "Linear" || type == "Conv1d" || type == "Conv2d";
  }

  static void scale(const NirFields& own, NirCurrent& current) {
    const Hdf5Node& node = own.numbers("scale");
    const std::size_t columns = current.bias.size();
    const bool uniform = node.size() != columns;
    const double factor = uniform ? own.uniform("scale") : 1.0;
    for (std::size_t i = 0; i < current.weights.size(); ++i)
      current.weights[i] *= uniform ? factor : node.number(i % columns);
    for (std::size_t i = 0; i < columns; ++i)
      current.bias[i] *= uniform ? factor : node.number(i);
  }

  /// A neuron's parameter for the columns of a current into it.
  double of_column(std::size_t node, const std::vector<double>& values, std::size_t column,
                   const NirSignal& target) const {
    if (values.size() == 1) return values.front();
    check_count(node, values, target);
    if (!target.spatial) return values[column];
    const std::size_t area = target.shape.area();
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(column * area);
    if (std::any_of(first, first + static_cast<std::ptrdiff_t>(area),
                    [&](double value) { return value != *first; }))
      fields(node).fail("", "has parameters that differ within a channel",
                        "volley keeps one value for each channel of a map");
    return *first;
  }

  void check_count(std::size_t node, const std::vector<double>& values,
                   const NirSignal& target) const {
    if (values.size() != 1 && values.size() != target.shape.size())
      fields(node).fail("", "has parameters of " + std::to_string(values.size()) +
                                " neurons, but meets " + to_string(target.shape));
  }

  /// Decays that differ are kept by channel.
  void take_betas(std::size_t node, PopulationId id, const NirSignal& target) {
    frozen_.beta.resize(frozen_.network.populations());
    const std::vector<double>& beta = neurons_[node].beta;
    if (beta.size() == 1) return;
    Population& population = frozen_.network.population(id);
    population.learn_tau = LearnTau::channel;
    if (!(population.beta > 0.0 && population.beta < 1.0)) population.beta = 0.5;  // not used
    for (std::size_t c = 0; c < static_cast<std::size_t>(population.shape.channels); ++c)
      frozen_.beta[id].push_back(narrow(of_column(node, beta, c, target), fields(node)));
  }

  /// Adds to a projection that is the same but for its weights, or makes a new one.
  void add_current(NirCurrent& current, PopulationId target, std::vector<float> weights) {
    Network& network = frozen_.network;
    Projection& projection = current.projection;
    std::vector<std::uint16_t> delays;
    if (!current.delays.empty()) {
      const auto [least, most] = std::minmax_element(current.delays.begin(), current.delays.end());
      projection.delay_steps = *least;
      projection.delays.kind = DelayKind::source;
      projection.delays.longest = *most;
      const std::size_t columns = current.bias.size();
      for (std::size_t i = 0; i < weights.size(); ++i)
        delays.push_back(current.delays[i / columns]);
    }
    for (const std::size_t id : network.incoming(target)) {
      Projection same = network.projection(id);
      same.id = projection.id;
      same.bias = projection.bias;
      if (network.source(id) != current.source || !(same == projection)) continue;
      if (id < frozen_.delays.size() && frozen_.delays[id] != delays) continue;
      if (frozen_.weights[id].size() != weights.size()) continue;
      for (std::size_t i = 0; i < weights.size(); ++i) frozen_.weights[id][i] += weights[i];
      network.projection(id).bias = same.bias || network.projection(id).bias;
      return;
    }
    const std::size_t id = network.add_projection(current.source, target, projection);
    frozen_.weights.push_back(std::move(weights));
    if (delays.empty()) return;
    frozen_.delays.resize(id + 1);
    frozen_.delays[id] = std::move(delays);
  }

  void connect(std::size_t node, PopulationId target) {
    const NirFields own = fields(node);
    const NirNeuron& neuron = neurons_[node];
    const Shape shape = frozen_.network.population(target).shape;
    const NirSignal here{target, shape, shape, populations_[node] != unset && shapes_[node].spatial};
    check_count(node, neuron.offset, here);
    check_count(node, neuron.gain, here);
    take_betas(node, target, here);
    const auto of = [&](const std::vector<double>& values, std::size_t i) {
      return values.size() == 1 ? values.front() : values[here.nir_index(i)];
    };
    std::vector<double> bias(shape.size());
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = of(neuron.offset, i);
    for (const std::size_t before : nodes_[node].from)
      for (NirCurrent& current : currents(before, node)) {
        if (!(current.shape == shape))
          own.fail("", "has " + to_string(shape) + " neurons, but '" + nodes_[before].name +
                           "' brings " + to_string(current.shape));
        const std::size_t columns = current.bias.size();
        for (std::size_t i = 0; i < bias.size(); ++i)
          bias[i] += current.bias[i % columns] * of(neuron.gain, i);
        current.projection.bias =
            std::any_of(current.bias.begin(), current.bias.end(), [](double b) { return b != 0; });
        std::vector<double> gain(columns);
        for (std::size_t c = 0; c < columns; ++c) gain[c] = of_column(node, neuron.gain, c, here);
        std::vector<float> weights;
        weights.reserve(current.weights.size());
        for (std::size_t i = 0; i < current.weights.size(); ++i)
          weights.push_back(narrow(current.weights[i] * gain[i % columns], own));
        add_current(current, target, std::move(weights));
      }
    for (std::size_t i = 0; i < bias.size(); ++i)
      frozen_.bias[target][i] = narrow(bias[i], own);
  }

  /// Where something else than a neuron leads to the output, a membrane without memory reads it.
  void read_output(std::size_t output) {
    const std::vector<std::size_t>& from = nodes_[output].from;
    read_from_ = output;
    if (from.size() == 1) {
      read_from_ = from.front();
      if (nodes_[read_from_].type == "Flatten" && nodes_[read_from_].from.size() == 1)
        read_from_ = nodes_[read_from_].from.front();
    }
    if (is_nir_neuron(nodes_[read_from_].type)) return;
    const NirShape shape = from.empty() ? NirShape{} : shapes_[from.front()];
    if (!shape.sure) fields(output).fail("", "takes nothing", "join it to the last node");
    assumptions_.push_back("the output is no neuron: a readout without memory is added");
    neurons_[output].population.kind = NeuronKind::leaky_integrator;
    neurons_[output].population.beta = 0.0;
    neurons_[output].population.normalise = false;
    populations_[output] = add(neurons_[output].population, shape.shape, nodes_[output].name);
    connect(output, populations_[output]);
  }

  /// Edges that close a cycle act one step later, as every clocked importer does it.
  void delay_cycles() {
    Network& network = frozen_.network;
    enum class State : char { unknown, busy, known };
    std::vector<State> state(network.populations(), State::unknown);
    struct Visit {
      PopulationId id;
      std::vector<std::size_t> out;
      std::size_t next = 0;
    };
    std::vector<Visit> path;
    const auto enter = [&](PopulationId id) {
      state[id] = State::busy;
      path.push_back({id, network.outgoing(id), 0});
    };
    enter(0);
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next == visit.out.size()) {
        state[visit.id] = State::known;
        path.pop_back();
        continue;
      }
      const std::size_t edge = visit.out[visit.next++];
      const PopulationId target = network.target(edge);
      if (state[target] == State::unknown) {
        enter(target);
      } else if (state[target] == State::busy) {
        act_later(edge);
        assumptions_.push_back("'" + network.projection_name(edge) +
                               "' closes a cycle: it acts one step later");
      }
    }
  }

  void act_later(std::size_t edge) {
    Projection& projection = frozen_.network.projection(edge);
    ++projection.delay_steps;
    if (projection.delays.kind == DelayKind::fixed) return;
    ++projection.delays.longest;
    for (std::uint16_t& delay : frozen_.delays[edge]) ++delay;
  }

  const std::string& file_;
  std::vector<NirSourceNode> nodes_;
  std::vector<std::string>& assumptions_;
  const Hdf5Node& top_;
  FrozenNetwork frozen_;
  NirConventions conventions_;
  std::vector<NirShape> shapes_;
  std::vector<PopulationId> populations_;
  std::vector<NirNeuron> neurons_;
  std::map<std::size_t, NirSignal> relays_;
  std::set<std::size_t> busy_;
  std::size_t neurons_so_far_ = 0, weights_so_far_ = 0, most_weights_in_file_ = 0;
  std::size_t read_from_ = 0;
};

}  // namespace

FrozenNetwork import_nir(const Hdf5Node& graph, const std::string& file,
                         const NirReadOptions& options, std::vector<std::string>& assumptions) {
  return Importer(graph, file, options, assumptions).run();
}

}  // namespace volley
