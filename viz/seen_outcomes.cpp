#include "viz/seen_outcomes.hpp"

#include <algorithm>

#include "sim/training_history.hpp"

namespace volley {

void SeenOutcomes::add(const SampleTrace& trace) {
  constexpr std::size_t most_names = 1'000'000;  // bounds the memory of a window that runs for days
  const std::size_t classes = trace.scores.size();
  const auto class_of = [classes](int label) {
    return label < 0 ? classes : std::min(classes, static_cast<std::size_t>(label));
  };
  const Outcome now{class_of(trace.label), class_of(trace.predicted)};
  if (now.first == classes || now.second == classes || classes > most_confusion_classes) return;
  if (matrix_.counts.size() != classes || outcomes_.size() >= most_names) {
    outcomes_.clear();
    matrix_.counts.assign(classes, std::vector<std::uint32_t>(classes, 0));
    matrix_.of = "recordings shown";
  }
  const auto [place, fresh] = outcomes_.try_emplace(trace.recording, now);
  if (!fresh) --matrix_.counts[place->second.first][place->second.second];
  place->second = now;
  ++matrix_.counts[now.first][now.second];
}

}  // namespace volley
