// N-TIDIGITS (Anumula et al. 2018): spoken digits heard by a silicon cochlea of 64 channels. Owns
// which recordings count and their classes; must not know HDF5.
#pragma once

#include <memory>

#include "datasets/dataset.hpp"

namespace volley {

DatasetInfo ntidigits_info();

/// Reads n-tidigits.hdf5 from request.directory. The recordings of one digit of a split, in the
/// order of the file; those of several digits are left out, for they have no one class. They begin
/// at 0 s of their own clock.
/// @throws Error naming the file for one that is missing or damaged, or a channel not below 64
std::unique_ptr<Dataset> open_ntidigits(const DatasetRequest& request);

}  // namespace volley
