// The Heidelberg spiking datasets SHD and SSC (Cramer et al. 2020): spikes of 700 cochlear channels,
// many recordings in one HDF5 file. Owns names and labels; must not know HDF5.
#pragma once

#include <memory>

#include "datasets/dataset.hpp"

namespace volley {

DatasetInfo shd_info();
DatasetInfo ssc_info();

/// Reads shd_train.h5 and shd_test.h5 (ssc_valid.h5 too) from request.directory. Recordings stand in
/// the order of the file and begin at 0 s of their own clock.
/// @throws Error naming the file for one that is missing, still packed or damaged, or whose labels
/// are no classes
std::unique_ptr<Dataset> open_shd(const DatasetRequest& request);
std::unique_ptr<Dataset> open_ssc(const DatasetRequest& request);

}  // namespace volley
