// Writing a NIR file: the graph to HDF5.
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/hdf5_writer.hpp"
#include "models/nir.hpp"
#include "models/nir_graph.hpp"

namespace volley {

namespace {

void write_field(Hdf5Writer& file, const std::string& group, const NirField& field) {
  const std::string path = group + "/" + field.name;
  struct Visitor {
    Hdf5Writer& file;
    const std::string& path;
    const NirField& field;
    void operator()(const std::vector<std::int64_t>& values) const {
      file.integers(path, field.shape, values);
    }
    void operator()(const std::vector<float>& values) const {
      file.floats(path, field.shape, values);
    }
    void operator()(const std::vector<double>& values) const {
      file.doubles(path, field.shape, values);
    }
    void operator()(const std::vector<std::int8_t>& values) const {
      file.small_integers(path, field.shape, values);
    }
    void operator()(const std::string& value) const { file.text(path, value); }
  };
  std::visit(Visitor{file, path, field}, field.values);
}

void write_node(Hdf5Writer& file, const std::string& path, const NirNode& node) {
  file.group(path);
  file.text(path + "/type", node.type);
  for (const NirField& field : node.fields) write_field(file, path, field);
  if (!node.metadata.empty()) {
    file.group(path + "/metadata");
    for (const NirField& field : node.metadata) write_field(file, path + "/metadata", field);
  }
  if (node.type != "NIRGraph") return;
  std::vector<std::string> ends;
  for (const auto& [from, to] : node.edges) {
    ends.push_back(from);
    ends.push_back(to);
  }
  file.texts(path + "/edges", {node.edges.size(), 2}, ends);
  file.group(path + "/nodes");
  for (const NirNode& inner : node.nodes) write_node(file, path + "/nodes/" + inner.name, inner);
}

}  // namespace

void write_nir_graph(const NirNode& graph, const std::filesystem::path& file) {
  AtomicFile target(file);
  Hdf5Writer out(target.temporary());
  out.text("/version", "1.0.7");  // of the Python package whose layout this is
  write_node(out, "/node", graph);
  out.close();
  target.commit();
}

NirReport write_nir(const FrozenNetwork& network, const std::filesystem::path& file,
                    const NirWriteOptions& options) {
  network.network.check();
  write_nir_graph(make_nir_graph(network, plan_nir(network.network, options.profile)), file);
  return report_nir(network, options);
}

}  // namespace volley
