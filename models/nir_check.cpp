// Rules about importers, as read in their sources and tried out: NIR 1.0.7, snnTorch 0.9.4, Norse
// (February 2026), sinabs (February 2026), SpikingJelly (August 2026), Rockpool (December 2025); of
// Lava, Nengo, SpiNNaker2 and Spyx the nodes they take, by the table of NIR's documentation.
#include "models/nir_check.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/nir_fields.hpp"
#include "models/nir_graph.hpp"
#include "models/nir_neuron.hpp"
#include "models/nir_read.hpp"
#include "models/nir_shapes.hpp"
#include "models/nir_source.hpp"

namespace volley {

namespace {

using Effect = NirFinding::Effect;

/// Nodes that a tool imports.
const std::map<std::string, std::set<std::string>>& imported() {
  static const std::map<std::string, std::set<std::string>> table{
      {"snnTorch", {"Affine", "Linear", "Conv2d", "Flatten", "AvgPool2d", "SumPool2d", "IF", "LIF",
                    "CubaLIF"}},
      {"Norse", {"Affine", "Linear", "Conv1d", "Conv2d", "Flatten", "SumPool2d", "AvgPool2d", "IF",
                 "LI", "LIF", "CubaLIF"}},
      {"SpikingJelly", {"Affine", "Linear", "Conv2d", "Flatten", "AvgPool2d", "SumPool2d", "IF",
                        "LIF"}},
      {"sinabs", {"Affine", "Conv1d", "Conv2d", "Flatten", "SumPool2d", "IF", "LI", "LIF"}},
      {"Rockpool", {"Affine", "Linear", "CubaLIF", "LI"}},
      {"Lava", {"Affine", "Linear", "Conv2d", "Flatten", "SumPool2d", "IF", "LIF", "CubaLIF"}},
      {"Nengo", {"Affine", "LI", "LIF"}},
      {"SpiNNaker2", {"Affine", "Linear", "Conv1d", "Conv2d", "Flatten", "SumPool2d", "IF", "LIF",
                      "CubaLIF"}},
      {"Spyx", {"Affine", "Linear", "Conv1d", "Conv2d", "Flatten", "SumPool2d", "Scale", "Delay",
                "Threshold", "I", "IF", "LIF", "CubaLIF"}},
  };
  return table;
}

class Checker {
public:
  Checker(const Hdf5Node& graph, const std::string& file)
      : graph_(graph), file_(file), nodes_(unfold_nir(graph, file)) {}

  std::vector<NirFinding> run() {
    read_conventions();
    try {
      shapes_ = find_shapes(nodes_, file_);
    } catch (const Error&) {
      shapes_.clear();  // what is wrong is told node by node
    }
    for (std::size_t node = 0; node < nodes_.size(); ++node) check_node(node);
    check_order(graph_);
    check_recurrence();
    std::stable_sort(found_.begin(), found_.end(), [](const NirFinding& a, const NirFinding& b) {
      const auto place = [](const std::string& tool) {
        return std::find(nir_tools().begin(), nir_tools().end(), tool) - nir_tools().begin();
      };
      return place(a.tool) < place(b.tool);
    });
    return std::move(found_);
  }

private:
  void add(const std::string& tool, Effect effect, const std::string& path,
           const std::string& what) {
    found_.push_back({tool, effect, path, what});
  }
  void add(std::initializer_list<const char*> tools, Effect effect, const std::string& path,
           const std::string& what) {
    for (const char* tool : tools) add(tool, effect, path, what);
  }

  void read_conventions() {
    const NirFields fields(graph_, file_);
    steps_ = fields.metadata("step").value_or("") == to_string(NirStep::sinabs);
    reset_ = fields.metadata("reset").value_or("");
    const Hdf5Node* metadata = graph_.find("metadata");
    const Hdf5Node* dt = metadata == nullptr ? nullptr : metadata->find("dt");
    if (dt == nullptr || !dt->numeric() || dt->size() != 1) return;
    dt_ = dt->number(0);
    if (!steps_ && std::abs(dt_ - nir_dt) > 1e-9)
      add("snnTorch", Effect::changes, graph_.path + "/metadata/dt",
          "takes steps of 0.0001 s whatever the file says");
    if (!steps_ && std::abs(dt_ - 1e-3) > 1e-9)
      add("Norse", Effect::changes, graph_.path + "/metadata/dt",
          "takes steps of 0.001 s unless from_nir(..., dt=) says otherwise");
    if (!steps_ && std::abs(dt_ - nir_dt) > 1e-9)
      add("SpikingJelly", Effect::changes, graph_.path + "/metadata/dt",
          "takes steps of 0.0001 s unless import_from_nir(..., dt=) says otherwise");
  }

  static bool uniform(const Hdf5Node* node) {
    if (node == nullptr || !node->numeric()) return true;
    for (std::size_t i = 1; i < node->size(); ++i)
      if (node->number(i) != node->number(0)) return false;
    return true;
  }
  static bool all(const Hdf5Node* node, double value) {
    return node == nullptr || !node->numeric() ||
           (uniform(node) && (node->size() == 0 ||
                              std::abs(node->number(0) - value) <= 1e-5 * std::abs(value)));
  }
  static double first(const Hdf5Node* node, double fallback) {
    return node == nullptr || !node->numeric() || node->size() == 0 ? fallback : node->number(0);
  }

  void check_node(std::size_t index) {
    const NirSourceNode& node = nodes_[index];
    const std::string& path = node.group->path;
    check_fields(node);
    if (node.type == "Input" || node.type == "Output") return;
    for (const auto& [tool, types] : imported())
      if (types.count(node.type) == 0) add(tool, Effect::rejects, path, "imports no " + node.type);
    if (node.type == "Conv2d" || node.type == "Conv1d") check_conv(node);
    if (node.type == "Affine" || node.type == "Linear") check_matrix(node);
    if (node.type == "Flatten") check_flatten(node);
    if (node.type == "SumPool2d" && !all(node.group->find("padding"), 0))
      add("Norse", Effect::changes, path, "ignores the padding of a SumPool2d");
    if (node.type == "AvgPool2d") add("sinabs", Effect::rejects, path, "imports no AvgPool2d");
    const bool spikes = node.type == "LIF" || node.type == "IF" || node.type == "CubaLIF";
    if (spikes || node.type == "LI") check_neuron(node, spikes);
    check_rank(index);
  }

  /// What the dataclasses of the package take: no field more, none less.
  void check_fields(const NirSourceNode& node) {
    static const std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>>
        fields{
            {"Input", {{"shape"}, {}}},
            {"Output", {{"shape"}, {}}},
            {"Affine", {{"weight", "bias"}, {}}},
            {"Linear", {{"weight"}, {}}},
            {"Scale", {{"scale"}, {}}},
            {"Delay", {{"delay"}, {}}},
            {"Threshold", {{"threshold"}, {}}},
            {"Conv1d", {{"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
                        {}}},
            {"Conv2d", {{"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
                        {}}},
            {"SumPool2d", {{"kernel_size", "stride", "padding"}, {}}},
            {"AvgPool2d", {{"kernel_size", "stride", "padding"}, {}}},
            {"Flatten", {{"input_type"}, {"start_dim", "end_dim"}}},
            {"I", {{"r"}, {}}},
            {"IF", {{"r", "v_threshold"}, {"v_reset"}}},
            {"LI", {{"tau", "r", "v_leak"}, {}}},
            {"LIF", {{"tau", "r", "v_leak", "v_threshold"}, {"v_reset"}}},
            {"CubaLI", {{"tau_mem", "tau_syn", "r", "v_leak"}, {"w_in"}}},
            {"CubaLIF", {{"tau_mem", "tau_syn", "r", "v_leak", "v_threshold"}, {"v_reset", "w_in"}}},
        };
    const auto known = fields.find(node.type);
    if (known == fields.end()) {
      add("nir", Effect::rejects, node.group->path, "knows no node " + node.type.substr(0, 100));
      return;
    }
    const auto& [required, optional] = known->second;
    for (const std::string& name : required)
      if (node.group->find(name) == nullptr)
        add("nir", Effect::rejects, node.group->path + "/" + name, "wants this field");
    for (const Hdf5Node& child : node.group->children)
      if (child.name != "type" && child.name != "metadata" && required.count(child.name) == 0 &&
          optional.count(child.name) == 0)
        add("nir", Effect::rejects, child.path, "knows no such field");
  }

  void check_matrix(const NirSourceNode& node) {
    if (node.type == "Linear")
      add("sinabs", Effect::rejects, node.group->path,
          "imports no Linear: write an Affine with a bias of zeros");
    if (node.type == "Affine" && node.group->find("bias") == nullptr)
      add("snnTorch", Effect::rejects, node.group->path, "wants a bias");
  }

  void check_conv(const NirSourceNode& node) {
    const std::string& path = node.group->path;
    const Hdf5Node* weight = node.group->find("weight");
    if (node.type == "Conv2d" && weight != nullptr && weight->shape.size() == 4 &&
        weight->shape[2] != weight->shape[3])
      add("nir", Effect::rejects, path,
          "infers a wrong shape of a kernel that is not square: read with type_check=False");
    if (first(node.group->find("groups"), 1) > 1) {
      add("nir", Effect::rejects, path,
          "infers wrong channels of a kernel with groups: read with type_check=False");
      add("snnTorch", Effect::rejects, path, "takes the channels of a group for all channels");
      add("Norse", Effect::rejects, path, "takes the channels of a group for all channels");
    }
  }

  void check_flatten(const NirSourceNode& node) {
    const std::string& path = node.group->path;
    const double start = first(node.group->find("start_dim"), 1);
    if (start == 0) {
      add({"snnTorch", "Norse"}, Effect::changes, path,
          "flattens the batch axis too (start_dim = 0): give one sample at a time");
    } else {
      add({"sinabs", "SpikingJelly"}, Effect::changes, path,
          "leaves the first axis of the map, for it counts the batch axis itself (start_dim = 1)");
    }
  }

  void check_neuron(const NirSourceNode& node, bool spikes) {
    const Hdf5Node& group = *node.group;
    const std::string& path = group.path;
    const Hdf5Node *r = group.find("r"), *threshold = group.find("v_threshold");
    if (spikes && !uniform(threshold))
      add({"snnTorch", "SpikingJelly"}, Effect::rejects, path + "/v_threshold",
          "wants the same threshold for all neurons");
    if (!all(group.find("v_leak"), 0) && node.type != "LI")
      add("snnTorch", Effect::rejects, path + "/v_leak", "wants v_leak = 0");
    if (spikes && !all(group.find("v_reset"), 0)) {
      add("snnTorch", Effect::changes, path + "/v_reset", "resets to 0");
      add("Norse", Effect::changes, path + "/v_reset", "resets to 0");
    }
    if (spikes) check_reset(node);
    if (node.type == "IF") {
      if (!all(r, 1)) add("snnTorch", Effect::rejects, path + "/r", "wants r = 1 of an IF");
      add("snnTorch", Effect::changes, path,
          "runs an IF as a leaky neuron of beta 0.9 with reset by subtraction");
      if (!all(r, 1)) add("Norse", Effect::changes, path + "/r", "takes r = 1");
      if (!all(r, 1 / dt_)) add("SpikingJelly", Effect::rejects, path + "/r", "wants r = 1 / dt");
      add("sinabs", Effect::changes, path, "keeps the membrane above minus the threshold");
    }
    if (node.type == "LIF" || node.type == "LI") {
      if (!all(r, 1)) add("Norse", Effect::changes, path + "/r", "takes r = 1");
      if (!uniform(group.find("tau")))
        add("SpikingJelly", Effect::rejects, path + "/tau", "wants the same tau for all neurons");
      if (!steps_)
        add("sinabs", Effect::changes, path + "/tau", "reads tau as a number of steps");
      if (steps_)
        add({"snnTorch", "Norse", "SpikingJelly", "Lava", "Nengo", "SpiNNaker2", "Spyx"},
            Effect::changes, path + "/tau", "reads tau as seconds, it is a number of steps");
      const Hdf5Node* tau = group.find("tau");
      if (node.type == "LIF" && tau != nullptr && tau->shape.size() == 3)
        add("sinabs", Effect::rejects, path, "imports no LIF in the shape of a map, only IF");
    }
    if (node.type == "LIF")
      add("Rockpool", Effect::rejects, path, "looks for tau_mem, which a LIF has not");
    if (node.type == "CubaLIF" && uniform(r) && uniform(group.find("tau_mem")) &&
        !all(r, first(group.find("tau_mem"), nir_dt) / nir_dt))
      add("snnTorch", Effect::rejects, path + "/r", "wants r = tau_mem / 0.0001");
  }

  void check_reset(const NirSourceNode& node) {
    const NirFields fields(*node.group, file_);
    const std::string reset = fields.metadata("reset").value_or(reset_);
    const std::string& path = node.group->path;
    if (reset == "subtract" || reset == "none")
      add({"snnTorch", "Norse", "SpikingJelly", "Rockpool", "Lava", "Nengo", "SpiNNaker2", "Spyx"},
          Effect::changes, path, "resets to zero, the file was made for reset \"" + reset + "\"");
    if (reset != "subtract")
      add("sinabs", Effect::changes, path,
          "resets by subtraction, and may send several spikes in a step");
  }

  /// Parameters of another shape than what comes in.
  void check_rank(std::size_t index) {
    const NirSourceNode& node = nodes_[index];
    if (shapes_.empty() || !is_nir_neuron(node.type)) return;
    for (const std::size_t before : node.from) {
      const Hdf5Node* r = node.group->find(node.type == "Threshold" ? "threshold" : "r");
      const NirShape& made = shapes_[before];
      if (r == nullptr || !made.sure) continue;
      const std::size_t rank = made.spatial ? (made.shape.height == 1 ? 2 : 3) : 1;
      if (r->size() != made.shape.size() ||
          (r->shape.size() != rank && r->shape.size() != 3))
        add("nir", Effect::rejects, r->path,
            "wants parameters in the shape of what comes in, " + to_string(made.shape) +
                ": read with type_check=False");
    }
  }

  /// Nodes come in the order of creation, else by name; importers that trace a graph want the
  /// sub-graph's input first and its output last.
  void check_order(const Hdf5Node& graph) {
    const Hdf5Node* members = graph.find("nodes");
    if (members == nullptr) return;
    for (const Hdf5Node& member : members->children) {
      const Hdf5Node* type = member.find("type");
      if (type == nullptr || type->texts != std::vector<std::string>{"NIRGraph"}) continue;
      check_order(member);
      const Hdf5Node* inner = member.find("nodes");
      if (inner == nullptr || inner->children.empty()) continue;
      const auto is = [](const Hdf5Node& node, const char* word) {
        const Hdf5Node* own = node.find("type");
        return own != nullptr && own->texts == std::vector<std::string>{word};
      };
      if (!is(inner->children.front(), "Input") || !is(inner->children.back(), "Output"))
        add({"snnTorch", "Norse"}, Effect::rejects, inner->path,
            "wants the sub-graph's Input first and its Output last, as created");
      add({"SpikingJelly", "sinabs", "Nengo"}, Effect::rejects, member.path, "imports no sub-graph");
      for (const Hdf5Node& own : inner->children)
        if (is(own, "LIF") && !(first(own.find("tau"), 1) / nir_dt <=
                                    1.0001 * first(own.find("r"), 0) &&
                                first(own.find("tau"), 1) / nir_dt >=
                                    0.9999 * first(own.find("r"), 0)))
          add("snnTorch", Effect::rejects, own.path + "/r",
              "wants r = tau / 0.0001 of a LIF with recurrence");
    }
  }

  /// Cycles at the top: LIF and weights that lead to each other without a sub-graph.
  void check_recurrence() {
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (nodes_[node].name.find('.') != std::string::npos &&
          graph_.find("nodes")->find(nodes_[node].name) == nullptr)
        continue;
      if (!is_nir_neuron(nodes_[node].type)) continue;
      for (const std::size_t weights : nodes_[node].from) {
        const auto& back = nodes_[weights].from;
        if (std::find(back.begin(), back.end(), node) == back.end()) continue;
        add("snnTorch", Effect::changes, nodes_[weights].group->path,
            "leads the input through the recurrent weights, unless they are in a sub-graph");
        add({"SpikingJelly", "sinabs", "Nengo"}, Effect::rejects, nodes_[weights].group->path,
            "imports no recurrence");
      }
    }
  }

  const Hdf5Node& graph_;
  const std::string& file_;
  std::vector<NirSourceNode> nodes_;
  std::vector<NirShape> shapes_;
  std::vector<NirFinding> found_;
  double dt_ = nir_dt;
  bool steps_ = false;
  std::string reset_;
};

}  // namespace

const std::vector<std::string>& nir_tools() {
  static const std::vector<std::string> tools{"nir",  "snnTorch", "Norse", "SpikingJelly",
                                              "sinabs", "Rockpool", "Lava",  "Nengo",
                                              "SpiNNaker2", "Spyx"};
  return tools;
}

const char* to_string(NirFinding::Effect effect) {
  return effect == Effect::rejects ? "rejects" : "changes";
}

std::vector<NirFinding> check_nir(const Hdf5Node& graph, const std::string& file) {
  return Checker(graph, file).run();
}

std::vector<NirFinding> check_nir(const std::filesystem::path& file) {
  const Hdf5Node root = read_nir_tree(file);
  return check_nir(*root.find("node"), file.string());
}

}  // namespace volley
