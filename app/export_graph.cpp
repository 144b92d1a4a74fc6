// `volley export --format graphviz` and graphml: what is joined to what, without weights.
#include <fmt/format.h>

#include <filesystem>

#include "app/export_check.hpp"
#include "app/text.hpp"
#include "models/graph_files.hpp"

namespace volley {

namespace {

using Write = void (*)(const Network&, const std::filesystem::path&);
using Says = bool (*)(const Network&, const std::filesystem::path&);

int write_graph(const ExportRequest& request, Write write, Says says) {
  const Network& network = request.model.frozen.network;
  AtomicFile target(request.options.file);
  write(network, target.temporary());
  request.json["populations"] = network.populations();
  request.json["projections"] = network.projections();
  const std::string size = fmt::format("{} and {}", plural(network.populations(), "population"),
                                       plural(network.projections(), "projection"));
  if (!request.options.no_verify) {
    if (!says(network, target.temporary())) return say_differs("what was read back", request);
    request.json["identical"] = true;
    request.console.result(request.console.ink("identical", Ink::good) + " after reading back");
  }
  finish_file(target, size, request);
  return 0;
}

}  // namespace

ExportFormat graphviz_format(CLI::App&) {
  ExportFormat format;
  format.name = "graphviz";
  format.extensions = {".dot", ".gv"};
  format.words = "topology for dot";
  format.write = [](const ExportRequest& request) {
    return write_graph(request, write_graphviz_file, says_graphviz);
  };
  return format;
}

ExportFormat graphml_format(CLI::App&) {
  ExportFormat format;
  format.name = "graphml";
  format.extensions = {".graphml"};
  format.words = "topology for graph tools";
  format.write = [](const ExportRequest& request) {
    return write_graph(request, write_graphml_file, says_graphml);
  };
  return format;
}

}  // namespace volley
