// Writing a NIR file: the graph to HDF5, and what has to be said about it.
#include <algorithm>

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

NirReport report(const Network& network) {
  NirReport report;
  const auto warn = [&](const std::string& text, bool portable) {
    report.warnings.push_back(text);
    report.portable = report.portable && portable;
  };
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    const std::string name = "'" + population.name + "': ";
    if (population.kind == NeuronKind::lif && population.reset == Reset::subtract)
      warn(name + "NIR cannot say reset by subtraction; snnTorch, Norse and SpikingJelly will "
                  "reset to zero, sinabs subtracts but may send several spikes in a step",
           false);
    if (population.kind == NeuronKind::lif && population.reset == Reset::none)
      warn(name + "NIR cannot say a neuron without reset; snnTorch, Norse, SpikingJelly and sinabs "
                  "will reset it",
           false);
    if (population.learn_tau == LearnTau::channel)
      warn(name + "written with a tau per neuron; SpikingJelly takes one for all", false);
    if (population.beta == 1.0 && (population.kind == NeuronKind::lif ||
                                   population.kind == NeuronKind::leaky_integrator))
      warn(name + "written without leak (IF or I); snnTorch does not import it, Norse takes r = 1, "
                  "sinabs clips the membrane",
           false);
  }
  bool flattened = false;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const Projection& projection = network.projection(id);
    const std::string name = "'" + network.projection_name(id) + "': ";
    if (projection.weights.bits == 1 && projection.trainable())
      warn(name + "1-bit weights are written as float32; volley finds the bits in the metadata, "
                  "other tools keep floats",
           true);
    if (projection.kind == ProjectionKind::conv2d &&
        projection.kernel_height != projection.kernel_width)
      warn(name + "the kernel is not square; the Python package nir infers a wrong shape, "
                  "read with nir.read(file, type_check=False)",
           false);
    flattened = flattened || projection.kind == ProjectionKind::flatten ||
                (projection.kind == ProjectionKind::dense &&
                 !network.population(network.source(id)).shape.flat());
  }
  if (flattened)
    warn("Flatten(0, -1) has no batch axis; in snnTorch and Norse give one sample at a time", true);
  return report;
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

NirReport write_nir(const FrozenNetwork& network, const std::filesystem::path& file) {
  network.network.check();
  write_nir_graph(make_nir_graph(network, plan_nir(network.network)), file);
  return report(network.network);
}

}  // namespace volley
