// A whole split into memory as spike trains, on all cores. Must not know files or networks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "datasets/binning.hpp"
#include "datasets/dataset.hpp"

namespace volley {

/// Recording i of the dataset is trains[i], labels[i], names[i].
struct LabelledSpikes {
  std::vector<SpikeTrain> trains;
  std::vector<int> labels;
  std::vector<std::string> names;
  SensorSize sensor;
  int classes = 0;
};

/// One recording binned, or one image encoded (of the rate code each image has its own numbers).
/// @throws Error as Dataset::load, bin_events and encode_image do, and for an image code asked of
/// event recordings
SpikeTrain load_train(const Dataset& dataset, std::size_t index, const BinOptions& options);

/// Loads and bins every recording in parallel; the result does not depend on the number of threads.
/// @param progress called after each recording, never twice at once but from any thread; what it
/// throws stops the loading and comes out of here
/// @throws Error of the first damaged recording in dataset order, or where the spike trains would
/// take more than 16 GiB.
LabelledSpikes load_spikes(
    const Dataset& dataset, const BinOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress = {});

}  // namespace volley
