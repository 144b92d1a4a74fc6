// `volley export --format graphviz` and graphml: what is joined to what, without weights.
#include <fmt/format.h>

#include <filesystem>

#include "app/export_format.hpp"
#include "app/text.hpp"
#include "base/atomic_file.hpp"
#include "models/graph_files.hpp"

namespace volley {

namespace {

using Write = void (*)(const Network&, const std::filesystem::path&);
using Says = bool (*)(const Network&, const std::filesystem::path&);

int write_graph(const ExportRequest& request, Write write, Says says) {
  const Network& network = request.model.frozen.network;
  AtomicFile target(request.options.file);
  write(network, target.temporary());
  const std::string size = fmt::format("{} and {}", plural(network.populations(), "population"),
                                       plural(network.projections(), "projection"));
  Console& console = request.console;
  if (!request.options.no_verify) {
    const bool same = says(network, target.temporary());
    request.json["identical"] = same;
    if (!same) {
      console.result(console.ink("differs", Ink::bad) + " after reading back; " +
                     request.options.file + " not written");
      return 1;
    }
    console.result(console.ink("identical", Ink::good) + " in " + size + " after reading back");
  }
  target.commit();
  request.json["populations"] = network.populations();
  request.json["projections"] = network.projections();
  request.json["bytes"] = std::filesystem::file_size(request.options.file);
  console.result(fmt::format("wrote {} ({})", request.options.file,
                             bytes_text(request.json["bytes"].get<std::uint64_t>())));
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
