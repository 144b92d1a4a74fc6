// Where the receptive fields of a panel lie, and their cells. Private to viz: weights_panel.cpp
// draws them.
#pragma once

#include <span>
#include <vector>

#include "viz/scene.hpp"
#include "viz/theme.hpp"
#include "viz/weights_panel.hpp"

namespace volley {

/// How a field is laid out in pixels: channels beside each other, each of columns x rows cells; the
/// channels of a flat population are the cells of one.
struct WeightTiles {
  std::size_t count = 1, columns = 1, rows = 1;
  double wide = 1, high = 1;  ///< of a tile as it is drawn, in cells
};
WeightTiles weight_tiles(const WeightField& field);

struct WeightBlock {
  const WeightField* field = nullptr;
  WeightTiles tiles;
  Box caption;
  std::vector<Box> pictures;  ///< one for each channel
};

struct WeightsLayout {
  std::vector<WeightBlock> blocks;
  Box scale;  ///< the colour bar
  bool beside = false;  ///< captions stand before the pictures, not above them
};

/// Blocks in the order of the fields, as large as the content lets them be.
WeightsLayout weights_layout(Box content, std::span<const WeightField> fields, const Theme& theme);

}  // namespace volley
