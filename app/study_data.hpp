// The recordings of a study: each set of dataset options loaded once, shared by the runs that want
// it, and let go after the last of them. Safe from many threads. Must not know training.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "datasets/load_spikes.hpp"
#include "models/recipe.hpp"

namespace volley {

struct StudySplits {
  LabelledSpikes train, test;
};

class StudyData {
public:
  /// @param recipes those that will ask, each once
  StudyData(std::string directory, const std::vector<const Recipe*>& recipes);

  /// Waits where another thread is loading the same. @throws Error as open_dataset() does
  std::shared_ptr<const StudySplits> get(const Recipe& recipe);

private:
  struct Entry {
    DatasetOptions options;
    std::uint64_t seed = 0;  ///< 0 where the recordings do not depend on it
    std::size_t wanted = 0;
    std::mutex loading;
    std::shared_ptr<const StudySplits> splits;
  };
  Entry& entry_of(const Recipe& recipe);

  std::string directory_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace volley
