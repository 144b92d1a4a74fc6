// N-MNIST (Orchard et al. 2015) and its folder layout, read and written. Must not know how the .bin
// container is made (atis_bin) or networks.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "datasets/dataset.hpp"

namespace volley {

DatasetInfo nmnist_info();

/// Reads {Train,Test}/<digit>/<id>.bin, also in lower case and with other splits such as valid.
/// @throws Error as open_folder_dataset() does.
std::unique_ptr<Dataset> open_nmnist(const DatasetRequest& request);

/// Writes every recording of `dataset` to directory/split/<label>/<index + 1, five digits>.bin, so
/// that open_nmnist() reads equal events. Each file appears whole or not at all.
/// @throws Error for a dataset that is not 34x34x2 with labels 0 to 9, and as write_atis_bin()
/// does.
void write_nmnist_layout(const Dataset& dataset, const std::filesystem::path& directory,
                         const std::string& split);

}  // namespace volley
