// Loading and sharing splits.
#include "app/study_data.hpp"

#include "app/data.hpp"
#include "models/rate_view.hpp"

namespace volley {

namespace {

/// The options without what does not change the recordings.
DatasetOptions without_augmentation(DatasetOptions options) {
  options.shift_pixels = 0;
  options.mirror = false;
  return options;
}

/// The seed where the recordings depend on it: data made in code, codes of images
/// with random numbers, and transforms.
std::uint64_t data_seed(const Recipe& recipe) {
  const bool fixed = find_dataset(recipe.dataset.name).needs_files &&
                     recipe.dataset.encoding != "rate" && recipe.dataset.encoding != "saccades" &&
                     recipe.dataset.transforms.empty();
  return fixed ? 0 : recipe.training.seed;
}

}  // namespace

StudyData::StudyData(std::string directory, const std::vector<const Recipe*>& recipes)
    : directory_(std::move(directory)) {
  for (const Recipe* recipe : recipes) ++entry_of(*recipe).wanted;
}

StudyData::Entry& StudyData::entry_of(const Recipe& recipe) {
  const DatasetOptions options = without_augmentation(trained_dataset(recipe));
  const std::uint64_t seed = data_seed(recipe);
  for (const auto& entry : entries_)
    if (entry->seed == seed && entry->options == options) return *entry;
  entries_.push_back(std::make_unique<Entry>());
  entries_.back()->options = options;
  entries_.back()->seed = seed;
  return *entries_.back();
}

std::shared_ptr<const StudySplits> StudyData::get(const Recipe& recipe) {
  // Every entry was made by the constructor, so the list does not move under other threads.
  Entry& entry = entry_of(recipe);
  const std::lock_guard lock(entry.loading);
  if (entry.splits == nullptr) {
    SplitRequest request{trained_dataset(recipe), directory_, recipe.dataset.train_split, 0,
                         recipe.training.seed, true};
    auto splits = std::make_shared<StudySplits>();
    splits->train = load_quietly(request);
    request.split = recipe.dataset.test_split;
    request.training_transforms = false;
    splits->test = load_quietly(request);
    entry.splits = std::move(splits);
  }
  const std::shared_ptr<const StudySplits> splits = entry.splits;
  if (--entry.wanted == 0) entry.splits.reset();
  return splits;
}

}  // namespace volley
