// A whole split into memory as spike trains, on all cores. Must not know files or networks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "datasets/binning.hpp"
#include "datasets/dataset.hpp"
#include "datasets/transform.hpp"

namespace volley {

/// Recording i of the dataset is trains[i], labels[i], names[i].
struct LabelledSpikes {
  std::vector<SpikeTrain> trains;
  std::vector<int> labels;
  std::vector<std::string> names;
  SensorSize sensor;  ///< of the trains
  int classes = 0;
  /// Where training samples differ from epoch to epoch: the sample as the epoch has it (trains[i] is
  /// that of epoch 0). Safe from many threads; equal arguments give equal trains.
  std::function<SpikeTrain(std::size_t index, std::uint64_t epoch)> redraw;
};

/// How recordings become spikes: first the transforms, then the bins or the image's code.
struct LoadOptions {
  BinOptions bins;
  TransformList transforms;
  bool training = false;  ///< transforms for training act

  LoadOptions() = default;
  explicit LoadOptions(BinOptions only) : bins(only) {}
};

/// Of the trains that come out of load_train().
SensorSize loaded_sensor(const Dataset& dataset, const LoadOptions& options);

/// A recording with the transforms that load_train() applies, before it is binned; of images the
/// recording to look at. @throws Error as load_train
Recording load_recording(const Dataset& dataset, std::size_t index, const LoadOptions& options,
                         std::uint64_t epoch = 0);

/// One recording transformed and binned, or one image encoded (each has its own random numbers).
/// @throws Error as Dataset::load, TransformList, bin_events and encode_image do, for an image code
/// asked of event recordings, and for transforms of images that are not turned into events
SpikeTrain load_train(const Dataset& dataset, std::size_t index, const LoadOptions& options,
                      std::uint64_t epoch = 0);
SpikeTrain load_train(const Dataset& dataset, std::size_t index, const BinOptions& options);

/// Loads and bins every recording in parallel; the result does not depend on the number of threads.
/// @param progress called after each recording, never twice at once but from any thread; what it
/// throws stops the loading and comes out of here
/// @throws Error of the first damaged recording in dataset order, or where the spike trains would
/// take more than 16 GiB.
LabelledSpikes load_spikes(
    const Dataset& dataset, const LoadOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress = {});
LabelledSpikes load_spikes(
    const Dataset& dataset, const BinOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress = {});

}  // namespace volley
