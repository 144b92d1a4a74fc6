#include "datasets/nmnist.hpp"

#include "base/error.hpp"
#include "datasets/atis_bin.hpp"
#include "datasets/folder_dataset.hpp"

namespace volley {

namespace {
constexpr SensorSize nmnist_sensor{34, 34, 2};
}

DatasetInfo nmnist_info() {
  DatasetInfo info;
  info.name = "nmnist";
  info.description = "MNIST digits on a screen, seen by an ATIS camera in three saccades of 100 ms";
  info.sensor = nmnist_sensor;
  for (int digit = 0; digit < 10; ++digit) info.class_names.push_back(std::to_string(digit));
  info.splits = {"Train", "Test"};
  info.citation =
      "Orchard, Jayawant, Cohen and Thakor, Converting Static Image Datasets to Spiking "
      "Neuromorphic Datasets Using Saccades, Frontiers in Neuroscience 9:437, 2015";
  info.licence = "CC BY-SA 4.0";
  return info;
}

std::unique_ptr<Dataset> open_nmnist(const DatasetRequest& request) {
  FolderLayout layout;
  layout.info = nmnist_info();
  layout.extension = ".bin";
  layout.open = [](std::unique_ptr<ByteSource> bytes) {
    return open_atis_bin(std::move(bytes), nmnist_sensor);
  };
  return open_folder_dataset(layout, request);
}

void write_nmnist_layout(const Dataset& dataset, const std::filesystem::path& directory,
                         const std::string& split) {
  if (dataset.info().sensor != nmnist_sensor)
    throw Error("dataset '" + dataset.info().name + "' does not have the 34 x 34 sensor of nmnist",
                directory.string(), "choose a dataset of that size");
  for (std::size_t index = 0; index < dataset.size(); ++index) {
    const int label = dataset.label(index);
    if (label < 0 || label > 9)
      throw Error("label " + std::to_string(label) + " is no digit", dataset.name(index),
                  "choose a dataset with labels 0 to 9");
    std::string id = std::to_string(index + 1);
    if (id.size() < 5) id.insert(0, 5 - id.size(), '0');
    write_atis_bin(directory / split / std::to_string(label) / (id + ".bin"), dataset.load(index));
  }
}

}  // namespace volley
