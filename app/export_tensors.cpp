// `volley export --format npz` and safetensors: the numbers of a network by name. The check puts
// what was read back in the model's place and runs it.
#include <fmt/format.h>

#include <filesystem>

#include "app/export_check.hpp"
#include "app/text.hpp"
#include "models/tensor_files.hpp"

namespace volley {

namespace {

using WriteTensors =
    std::function<void(const std::vector<NamedTensor>&, const std::filesystem::path&)>;
using ReadTensors = std::vector<NamedTensor> (*)(const std::filesystem::path&);

int write_tensors(const ExportRequest& request, const WriteTensors& write, ReadTensors read) {
  const FrozenNetwork& network = request.model.frozen;
  const std::vector<NamedTensor> tensors = tensors_of(network);
  AtomicFile target(request.options.file);
  write(tensors, target.temporary());
  const bool same = verify_network(request, [&] {
    FrozenNetwork again = network;
    for (auto& weights : again.weights) std::fill(weights.begin(), weights.end(), 0.0F);
    for (auto& bias : again.bias) std::fill(bias.begin(), bias.end(), 0.0F);
    put_tensors(read(target.temporary()), again);
    return again;
  });
  if (!same) return 1;
  Json& json = request.json;
  json["tensors"] = Json::array();
  std::uint64_t values = 0;
  for (const NamedTensor& tensor : tensors) {
    json["tensors"].push_back({{"name", tensor.name}, {"shape", tensor.shape}});
    values += tensor.values.size();
  }
  finish_file(target,
              fmt::format("{} of {} in float32", plural(tensors.size(), "tensor"),
                          plural(values, "number")),
              request);
  return 0;
}

}  // namespace

ExportFormat npz_format(CLI::App&) {
  ExportFormat format;
  format.name = "npz";
  format.extensions = {".npz"};
  format.words = "folded weights for NumPy";
  format.write = [](const ExportRequest& request) {
    return write_tensors(request, write_npz, read_npz);
  };
  return format;
}

ExportFormat safetensors_format(CLI::App&) {
  ExportFormat format;
  format.name = "safetensors";
  format.extensions = {".safetensors"};
  format.words = "folded weights for PyTorch and others";
  format.write = [](const ExportRequest& request) {
    const TensorNotes notes{{"format", "volley"},
                            {"model", request.model.name},
                            {"dt_ms", fmt::format("{}", request.model.frozen.dt_ms)}};
    return write_tensors(
        request,
        [&](const std::vector<NamedTensor>& tensors, const std::filesystem::path& file) {
          write_safetensors(tensors, notes, file);
        },
        read_safetensors);
  };
  return format;
}

}  // namespace volley
