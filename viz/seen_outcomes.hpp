// What the network made of the recordings that were looked at, each counted once. Must not know
// where they come from.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>

#include "sim/trace.hpp"
#include "viz/confusion_panel.hpp"

namespace volley {

class SeenOutcomes {
public:
  /// Counts a labelled recording with a prediction; one seen before, by its name, counts as it was
  /// predicted last. Another number of classes (another network) starts anew. Of more than
  /// most_confusion_classes nothing is counted.
  void add(const SampleTrace& trace);
  /// Empty where nothing was counted.
  const ConfusionMatrix& matrix() const { return matrix_; }

private:
  using Outcome = std::pair<std::size_t, std::size_t>;  ///< label, predicted
  std::unordered_map<std::string, Outcome> outcomes_;
  ConfusionMatrix matrix_;
};

}  // namespace volley
