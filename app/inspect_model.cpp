// What is in a model file or a recipe.
#include <fmt/format.h>

#include "app/inspect_report.hpp"
#include "app/recipe_text.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "models/checkpoint.hpp"
#include "models/hdf5_tree.hpp"
#include "models/netx.hpp"
#include "models/nir.hpp"
#include "models/weight_facts.hpp"

namespace volley {

namespace {

std::string sides_text(const std::vector<std::size_t>& sides) {
  std::string text;
  for (const std::size_t side : sides) text += (text.empty() ? "" : " x ") + std::to_string(side);
  return text.empty() ? "scalar" : text;
}

template <class Tensors>
void list_tensors(const std::string& group, const Tensors& tensors,
                  std::vector<std::vector<std::string>>& rows, Json& json, std::uint64_t& total) {
  for (const auto& [name, tensor] : tensors) {
    const std::uint64_t bytes = tensor.values.size() * sizeof(tensor.values[0]);
    total += bytes;
    rows.push_back({group + "/" + name, sides_text(tensor.shape), bytes_text(bytes)});
    json.push_back({{"name", group + "/" + name}, {"shape", tensor.shape}, {"bytes", bytes}});
  }
}

void list_nodes(const Hdf5Node& graph, const std::string& prefix,
                std::vector<std::vector<std::string>>& rows, Json& nodes, Json& edges) {
  const Hdf5Node* group = graph.find("nodes");
  for (std::size_t i = 0; group != nullptr && i < group->children.size(); ++i) {
    const Hdf5Node& node = group->children[i];
    const Hdf5Node* type = node.find("type");
    const std::string kind = type != nullptr && type->texts.size() == 1 ? type->texts[0] : "?";
    std::string fields;
    for (const Hdf5Node& field : node.children)
      if (field.numeric())
        fields += fmt::format("{}{} {}", fields.empty() ? "" : ", ", field.name,
                              field.shape.empty() ? fmt::format("{}", field.number(0))
                                                  : sides_text(field.shape));
    rows.push_back({prefix + node.name, kind, fields});
    nodes.push_back({{"name", prefix + node.name}, {"type", kind}});
    if (kind == "NIRGraph") list_nodes(node, prefix + node.name + ".", rows, nodes, edges);
  }
  const Hdf5Node* pairs = graph.find("edges");
  if (pairs == nullptr) return;
  for (std::size_t i = 0; i + 1 < pairs->texts.size(); i += 2)
    edges.push_back({prefix + pairs->texts[i], prefix + pairs->texts[i + 1]});
}

/// "input->hidden 2:4, 0 or 1, 0.646 bits" of every projection with weights.
std::string weights_line(const Network& network) {
  std::string line;
  for (std::size_t id = 0; id < network.projections(); ++id)
    if (network.projection(id).trainable())
      line += (line.empty() ? "" : "; ") + network.projection_name(id) + " " +
              weight_words(network.projection(id).weights);
  return line;
}

}  // namespace

Json inspect_volley(const std::filesystem::path& file, Console& console) {
  const Checkpoint checkpoint = load_checkpoint(file);
  const TrainingPosition& at = checkpoint.position;
  std::vector<std::vector<std::string>> rows;
  Json tensors = Json::array();
  std::uint64_t total = 0;
  list_tensors("parameters", checkpoint.parameters, rows, tensors, total);
  list_tensors("statistics", checkpoint.statistics, rows, tensors, total);
  list_tensors("optimiser", checkpoint.optimiser, rows, tensors, total);
  std::string text = fmt::format("volley model (format {}, written by volley {})\n",
                                 checkpoint_format, checkpoint.volley_version);
  text += "recipe     " + checkpoint.recipe.name + "\n";
  text += "network    " + network_line(checkpoint.recipe.network) + "\n";
  text += "weights    " + weights_line(checkpoint.recipe.network) + "\n";
  text += "data       " + dataset_line(checkpoint.recipe.dataset) + "\n";
  text += fmt::format("position   epoch {} of {}, batch {}, step {}, seed {}{}\n", at.epoch,
                      checkpoint.recipe.training.epochs, at.batch, at.step, at.seed,
                      at.finished ? ", finished" : ", not finished");
  text += fmt::format("tensors    {}\n", bytes_text(total)) + table_text(rows);
  console.result(text);
  return {{"kind", "volley"},
          {"format", checkpoint_format},
          {"volley_version", checkpoint.volley_version},
          {"recipe", checkpoint.recipe.name},
          {"weights", weights_line(checkpoint.recipe.network)},
          {"dataset", dataset_json(checkpoint.recipe.dataset)},
          {"training", training_json(checkpoint.recipe.training)},
          {"position",
           {{"epoch", at.epoch},
            {"batch", at.batch},
            {"step", at.step},
            {"seed", at.seed},
            {"finished", at.finished}}},
          {"tensors", tensors},
          {"bytes", total}};
}

namespace {

Json inspect_netx(const std::filesystem::path& file, Console& console) {
  std::vector<std::string> assumptions;
  const FrozenNetwork network = read_netx(file, assumptions);
  std::string text = "network of lava-dl (netx)\n";
  text += "volley     " + network_line(network.network) +
          fmt::format(", steps of {} ms\n", network.dt_ms);
  for (const std::string& line : assumptions) text += "assumed    " + line + "\n";
  console.result(text);
  return {{"kind", "netx"}, {"readable", true}, {"assumptions", assumptions}};
}

}  // namespace

Json inspect_nir(const std::filesystem::path& file, Console& console) {
  if (is_netx(file)) return inspect_netx(file, console);
  Hdf5Limits limits;
  const Hdf5Node root = read_hdf5(file, limits);
  const Hdf5Node* graph = root.find("node");
  if (graph == nullptr || !graph->group())
    throw Error("is an HDF5 file, but not a NIR graph: /node is missing", file.string(),
                "give a .nir file; a volley model ends in .volley");
  const Hdf5Node* version = root.find("version");
  const std::string written =
      version != nullptr && version->texts.size() == 1 ? version->texts[0] : "unknown";
  std::vector<std::vector<std::string>> rows, pairs;
  Json nodes = Json::array(), edges = Json::array();
  list_nodes(*graph, "", rows, nodes, edges);
  std::string text = fmt::format("NIR graph (layout of the Python package nir {})\n", written);
  text += fmt::format("nodes      {}\n", nodes.size()) + table_text(rows);
  text += fmt::format("edges      {}\n", edges.size());
  for (const Json& edge : edges)
    text += fmt::format("  {} -> {}\n", edge[0].get<std::string>(), edge[1].get<std::string>());
  Json json{{"kind", "nir"}, {"version", written}, {"nodes", nodes}, {"edges", edges}};
  try {
    std::vector<std::string> assumptions;
    const FrozenNetwork network = read_nir(file, assumptions);
    text += "volley     " + network_line(network.network) +
            fmt::format(", steps of {} ms\n", network.dt_ms);
    for (const std::string& line : assumptions) text += "assumed    " + line + "\n";
    json["assumptions"] = assumptions;
    json["readable"] = true;
  } catch (const Error& error) {
    text += fmt::format("volley     cannot run it: {}\n", error.what());
    json["readable"] = false;
    json["problem"] = error.what();
  }
  console.result(text);
  return json;
}

Json inspect_recipe(const std::filesystem::path& file, Console& console) {
  const Recipe recipe = load_recipe(file);
  console.result("recipe     " + recipe.name + "\nnetwork    " + network_line(recipe.network) +
                 "\ndata       " + dataset_line(recipe.dataset) + "\ntraining\n" +
                 training_lines(recipe.training) + "more: volley describe " +
                 shell_word(file.string()));
  return {{"kind", "recipe"},
          {"recipe", recipe.name},
          {"dataset", dataset_json(recipe.dataset)},
          {"training", training_json(recipe.training)}};
}

}  // namespace volley
