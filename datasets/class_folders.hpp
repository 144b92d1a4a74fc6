// Datasets with a folder for each class and no official split folders: N-Caltech101, CIFAR10-DVS,
// ASL-DVS, ST-MNIST, POKER-DVS, and any folder of one's own. Owns their names and how they are
// split; must not know any format.
#pragma once

#include <memory>
#include <vector>

#include "datasets/dataset.hpp"

namespace volley {

DatasetInfo ncaltech101_info();
DatasetInfo cifar10_dvs_info();
DatasetInfo asl_dvs_info();
DatasetInfo st_mnist_info();
DatasetInfo poker_dvs_info();
/// Any recordings in folders that are named as their classes are. The classes, in alphabetical
/// order, and the sensor, the smallest that holds every recording's, are known once it is open.
DatasetInfo folder_info();

/// The files .../CLASS/NAME of these datasets, in a folder or an archive or archives in a folder;
/// the splits are told by `volley datasets describe`.
/// @throws Error naming the place for a missing folder, a split that there is not, or no such files
std::unique_ptr<Dataset> open_ncaltech101(const DatasetRequest& request);
std::unique_ptr<Dataset> open_cifar10_dvs(const DatasetRequest& request);
std::unique_ptr<Dataset> open_asl_dvs(const DatasetRequest& request);
std::unique_ptr<Dataset> open_st_mnist(const DatasetRequest& request);
std::unique_ptr<Dataset> open_poker_dvs(const DatasetRequest& request);
/// Of .../SPLIT/CLASS/NAME the split of that name; of CLASS/NAME every tenth file of each class,
/// from the first, is Test and the others are Train.
std::unique_ptr<Dataset> open_folder(const DatasetRequest& request);

}  // namespace volley
