// Unfolding sub-graphs and edges.
#include "models/nir_source.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "models/nir_fields.hpp"

namespace volley {

namespace {

constexpr std::size_t most_nodes = 4096;
constexpr std::size_t most_edges = 65'536;
constexpr int deepest = 8;

class Unfolder {
public:
  explicit Unfolder(const std::string& file) : file_(file) {}

  std::vector<NirSourceNode> nodes;

  struct Ends {
    std::size_t entry = 0, exit = 0;
  };

  /// Adds a graph's nodes. At the top the ends stay, within they are passed through.
  Ends unfold(const Hdf5Node& graph, const std::string& prefix, int depth) {
    const NirFields fields(graph, file_);
    if (depth > deepest) fields.fail("", "is nested too deeply");
    const Hdf5Node* members = graph.find("nodes");
    if (members == nullptr || !members->group()) fields.fail("nodes", "is missing");
    std::map<std::string, Ends> ends;
    std::vector<std::size_t> entries, exits;
    for (const Hdf5Node& member : members->children) {
      if (!member.group()) NirFields(member, file_).fail("", "is not a node");
      const std::string type = NirFields(member, file_).text("type");
      const std::string name = prefix + member.name;
      if (type == "NIRGraph") {
        ends[member.name] = unfold(member, name + ".", depth + 1);
        continue;
      }
      if (nodes.size() >= most_nodes)
        fields.fail("nodes", "holds more than " + std::to_string(most_nodes) + " nodes");
      if (type == "Input") entries.push_back(nodes.size());
      if (type == "Output") exits.push_back(nodes.size());
      ends[member.name] = {nodes.size(), nodes.size()};
      const bool end = depth > 0 && (type == "Input" || type == "Output");
      nodes.push_back({name, type, &member, {}, end});
    }
    read_edges(graph, ends);
    if (depth == 0) return {};
    if (entries.size() != 1 || exits.size() != 1)
      fields.fail("nodes", "has not one Input and one Output");
    return {entries[0], exits[0]};
  }

  /// Replaces ends of sub-graphs by what leads to them.
  void pass_through() {
    std::vector<std::vector<std::size_t>> direct;
    for (const NirSourceNode& node : nodes) direct.push_back(node.from);
    for (NirSourceNode& node : nodes) {
      std::vector<std::size_t> waiting = node.from, found;
      std::set<std::size_t> seen(waiting.begin(), waiting.end());
      while (!waiting.empty()) {
        const std::size_t source = waiting.back();
        waiting.pop_back();
        if (!nodes[source].end_of_subgraph) {
          found.push_back(source);
          continue;
        }
        for (const std::size_t before : direct[source])
          if (seen.insert(before).second) waiting.push_back(before);
      }
      std::sort(found.begin(), found.end());
      node.from = found;
    }
  }

private:
  void read_edges(const Hdf5Node& graph, const std::map<std::string, Ends>& ends) {
    const NirFields fields(graph, file_);
    const Hdf5Node* edges = graph.find("edges");
    if (edges == nullptr) fields.fail("edges", "is missing");
    if (edges->size() == 0) return;  // written as an empty list of numbers
    if (edges->kind != Hdf5Node::Kind::texts || edges->shape.size() != 2 || edges->shape[1] != 2)
      fields.fail("edges", "is not a list of pairs of names");
    if (edges->shape[0] > most_edges)
      fields.fail("edges", "lists more than " + std::to_string(most_edges) + " edges");
    const auto find = [&](const std::string& name) {
      const auto found = ends.find(name);
      if (found == ends.end())
        fields.fail("edges", "names the unknown node '" + name.substr(0, 100) + "'");
      return found->second;
    };
    std::set<std::pair<std::size_t, std::size_t>> seen;
    for (std::size_t row = 0; row < edges->shape[0]; ++row) {
      const std::size_t from = find(edges->texts[2 * row]).exit;
      const std::size_t to = find(edges->texts[2 * row + 1]).entry;
      if (seen.emplace(from, to).second) nodes[to].from.push_back(from);
    }
  }

  const std::string& file_;
};

}  // namespace

std::vector<NirSourceNode> unfold_nir(const Hdf5Node& graph, const std::string& file) {
  Unfolder unfolder(file);
  unfolder.unfold(graph, "", 0);
  unfolder.pass_through();
  return std::move(unfolder.nodes);
}

}  // namespace volley
