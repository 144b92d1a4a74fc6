// Reading a NIR file: the tree, then the exact way back for volley's own files, else the general
// one.
#include "models/nir_read.hpp"

#include "base/error.hpp"
#include "models/nir.hpp"
#include "models/nir_fields.hpp"

namespace volley {

Hdf5Node read_nir_tree(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  Hdf5Limits limits;
  // Uniform parameters compress a thousandfold, so a small file may honestly hold much more.
  if (!failure) limits.bytes += 16 * static_cast<std::size_t>(size);
  limits.seconds = 2 + (failure ? 0 : static_cast<int>(size >> 23));
  Hdf5Node root = read_hdf5(file, limits);
  const Hdf5Node* graph = root.find("node");
  if (graph == nullptr || !graph->group())
    throw Error("/node is missing", name, "this HDF5 file is not a NIR graph");
  const std::string type = NirFields(*graph, name).text("type");
  if (type != "NIRGraph")
    throw Error("/node is a single " + type.substr(0, 100) + ", not a NIRGraph", name,
                "put the node into a graph and export it again");
  return root;
}

FrozenNetwork read_nir(const std::filesystem::path& file, std::vector<std::string>& assumptions,
                       const NirReadOptions& options) {
  const std::string name = file.string();
  const Hdf5Node root = read_nir_tree(file);
  const Hdf5Node* graph = root.find("node");
  try {
    if (!options.any())
      if (auto own = read_own_nir(*graph, assumptions)) return std::move(*own);
    return import_nir(*graph, name, options, assumptions);
  } catch (const Error& error) {
    if (error.where().rfind(name, 0) == 0) throw;
    throw Error(error.where() + ": " + error.problem(), name, error.how());
  }
}

}  // namespace volley
