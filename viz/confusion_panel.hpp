// The confusion matrix: a row for each true class, a column for each predicted one. Must not know
// where the counts come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "viz/hit.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

struct ConfusionMatrix {
  std::vector<std::vector<std::uint32_t>> counts;  ///< [label][predicted], square
  std::vector<std::string> names;                  ///< of the classes; may be empty: their numbers
  std::string of = {};                             ///< "epoch 3"; may be empty
};

/// Cells are coloured by their share of the row, right ones and wrong ones in different hues;
/// counts are written where they fit, and at the right the share of each row that is right.
void draw_confusion(Scene& scene, Box box, const ConfusionMatrix& matrix, const Theme& theme);
/// The true and the predicted class of the cell under a point.
std::optional<Hit> confusion_hit(Box box, const ConfusionMatrix& matrix, Point point,
                                 const Theme& theme);

}  // namespace volley
