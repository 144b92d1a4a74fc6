// A dataset whose samples are all slices of another's recordings, each with its recording's label.
// Owns the numbering of slices; must not know how they are cut.
#pragma once

#include <memory>

#include "datasets/dataset.hpp"

namespace volley {

/// Sample names are those of the recordings with "#0", "#1", ... behind. Every recording is loaded
/// once to count its slices, on all cores; the last few stay in memory, for slices are mostly asked
/// for in order.
/// @param slices `window_us` and `overlap_us`, or `event_count` and `overlap`: see make_slicer()
/// @throws Error as make_slicer() and Dataset::load() do, for images, and above 10 million slices
std::unique_ptr<Dataset> slice_dataset(std::unique_ptr<Dataset> whole, const NamedValues& slices);

}  // namespace volley
