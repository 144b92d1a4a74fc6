// Opening and loading a split with progress, and single event files. Must not know how networks
// run.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "app/console.hpp"
#include "datasets/dataset.hpp"
#include "datasets/event_stream.hpp"
#include "datasets/load_spikes.hpp"
#include "models/recipe.hpp"

namespace volley {

struct SplitRequest {
  DatasetOptions dataset;   ///< name, dt, steps, sizes of data made in code
  std::string directory;    ///< --data
  std::string split;
  std::size_t limit = 0;    ///< 0: the dataset options' train_limit or test_limit
  std::uint64_t seed = 1;   ///< of data made in code
  bool training_transforms = false;  ///< the samples are to be trained on
  std::string cache = {};   ///< where samples are kept, see cache_folder(); may be empty
};

/// @throws Error as open_dataset() does
std::unique_ptr<Dataset> open_split(const SplitRequest& request);
struct LoadReport {
  bool cached = false;        ///< the samples were kept from another run
  std::string cache_problem;  ///< why they could not be kept; empty where all is well
};
/// Called with how many recordings there are and are done.
using LoadProgress = std::function<void(std::size_t done, std::size_t total)>;
/// Loads and bins it, or takes it from the cache, and keeps it there. What changes every epoch is
/// drawn anew by LabelledSpikes::redraw.
LabelledSpikes load_quietly(const SplitRequest& request, const LoadProgress& progress = {},
                            LoadReport* report = nullptr);
/// The same, with progress and a line at the end.
LabelledSpikes load_split(const SplitRequest& request, Console& console);
/// How the recordings or images of a dataset become spikes. @param seed  of all random numbers
/// @param training whether transforms for training act
/// @throws Error for a transform that is not known or does not check
LoadOptions load_options(const DatasetOptions& dataset, std::uint64_t seed, bool training = false);
/// Whether a split is the recipe's training split.
bool is_training_split(const DatasetOptions& dataset, const std::string& split);

/// Facts of a catalog entry. @throws Error for an unknown name (lists the known ones)
DatasetInfo find_dataset(const std::string& name);

/// Whether a file is an event recording that this build reads, by its content; text, which may be
/// anything, is none. Looks through compression and into archives.
bool is_event_file(const std::filesystem::path& file);
/// A stream of the events on a sensor of that size. @throws Error as open_recording() does
std::unique_ptr<EventStream> open_event_stream(const std::filesystem::path& file,
                                               const SensorSize& sensor);

}  // namespace volley
