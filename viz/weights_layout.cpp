#include "viz/weights_layout.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

WeightTiles weight_tiles(const WeightField& field) {
  WeightTiles tiles;
  if (field.shape.flat() && field.shape.channels > 1) {
    const auto cells = static_cast<double>(field.shape.channels);
    tiles.columns = static_cast<std::size_t>(std::ceil(std::sqrt(cells)));
    tiles.rows = (static_cast<std::size_t>(field.shape.channels) + tiles.columns - 1) /
                 tiles.columns;
  } else {
    tiles.count = static_cast<std::size_t>(field.shape.channels);
    tiles.columns = static_cast<std::size_t>(field.shape.width);
    tiles.rows = static_cast<std::size_t>(field.shape.height);
  }
  tiles.wide = static_cast<double>(tiles.columns);
  tiles.high = static_cast<double>(tiles.rows);
  if (tiles.rows == 1 && tiles.columns > 6) tiles.high = tiles.wide / 6;  // a bar, not a hair
  if (tiles.columns == 1 && tiles.rows > 6) tiles.wide = tiles.high / 6;
  return tiles;
}

namespace {
struct FieldGrid {
  std::size_t columns = 1, rows = 1;
};

/// The grid of `count` things of an aspect (width / height) that makes them largest.
FieldGrid best_grid(std::size_t count, double aspect, double width, double height) {
  FieldGrid best;
  double largest = -1;
  for (std::size_t columns = 1; columns <= count; ++columns) {
    const std::size_t rows = (count + columns - 1) / columns;
    const double size = std::min(width / static_cast<double>(columns),
                                 height / static_cast<double>(rows) * aspect);
    if (size > largest * 1.0001) largest = size, best = {columns, rows};
  }
  return best;
}

Box tile_box(Box cell, const WeightTiles& tiles) {
  double unit = std::min(cell.width / tiles.wide, cell.height / tiles.high);
  if (unit >= 2) unit = std::floor(unit);
  const auto width = static_cast<float>(unit * tiles.wide);
  const auto height = static_cast<float>(unit * tiles.high);
  return snapped({cell.x + (cell.width - width) / 2, cell.y + (cell.height - height) / 2, width,
                  height});
}

/// Fields of one row, those of an ear: bars below each other, each as wide as there is room, with its
/// caption before it.
void lay_out_bars(WeightsLayout& layout, Box content, std::span<const WeightField> fields,
                  const Theme& theme) {
  const auto fitting = static_cast<std::size_t>(std::max(1.0F, content.height / theme.label));
  const std::size_t columns = (fields.size() + fitting - 1) / fitting;
  const std::size_t rows = (fields.size() + columns - 1) / columns;
  const float wide = content.width / static_cast<float>(columns);
  const float high = std::min(theme.label * 4, content.height / static_cast<float>(rows));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    WeightBlock block{&fields[i], weight_tiles(fields[i]), {}, {}};
    Box cell{content.x + wide * static_cast<float>(i / rows),
             content.y + high * static_cast<float>(i % rows), wide, high};
    const float margin = fields.size() > 1 ? theme.label * 3 : 0;
    block.caption = cut_left(cell, std::min(margin, wide * 0.3F));
    cut_right(cell, columns > 1 ? theme.label * 0.8F : 0);
    block.pictures.push_back(snapped(inset(cell, std::min(1.5F, high * 0.12F))));
    layout.blocks.push_back(std::move(block));
  }
}
}  // namespace

WeightsLayout weights_layout(Box content, std::span<const WeightField> fields, const Theme& theme) {
  WeightsLayout layout;
  if (fields.empty() || content.empty()) return layout;
  Box bar = cut_right(content, theme.label * 5);
  cut_left(bar, theme.label * 1.2F);
  layout.scale = snapped(inset(cut_left(bar, theme.label * 1.1F), 0));
  layout.scale.height = std::min(layout.scale.height, theme.label * 18);
  layout.beside = std::all_of(fields.begin(), fields.end(), [](const WeightField& field) {
    const WeightTiles tiles = weight_tiles(field);
    return tiles.count == 1 && tiles.rows == 1 && tiles.columns > 6;
  });
  if (layout.beside) {
    lay_out_bars(layout, content, fields, theme);
    return layout;
  }
  const WeightTiles first = weight_tiles(fields.front());
  const FieldGrid inner = best_grid(first.count, first.wide / first.high, 4, 3);
  const double aspect = first.wide * static_cast<double>(inner.columns) /
                        (first.high * static_cast<double>(inner.rows));
  const FieldGrid outer = best_grid(fields.size(), aspect, content.width, content.height);
  const float wide = content.width / static_cast<float>(outer.columns);
  const float high = content.height / static_cast<float>(outer.rows);
  const float gap = std::min({theme.label, wide * 0.06F, high * 0.06F});
  const bool captions = high > theme.label * 3.5F && wide > theme.label * 3;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    WeightBlock block{&fields[i], weight_tiles(fields[i]), {}, {}};
    Box cell = inset({content.x + wide * static_cast<float>(i % outer.columns),
                      content.y + high * static_cast<float>(i / outer.columns), wide, high},
                     gap / 2);
    block.caption = cut_top(cell, captions ? theme.label * 1.4F : 0);
    const WeightTiles& tiles = block.tiles;
    const FieldGrid grid = best_grid(tiles.count, tiles.wide / tiles.high, cell.width, cell.height);
    const float across = cell.width / static_cast<float>(grid.columns);
    const float down = cell.height / static_cast<float>(grid.rows);
    const float between = std::min({gap, across * 0.08F, down * 0.08F});
    // The channels of a neuron stand close together, in the middle of its cell.
    const Box tile = tile_box({0, 0, across - between, down - between}, tiles);
    const float apart = std::max(1.0F, std::round(between));
    const float step_x = tile.width + apart, step_y = tile.height + apart;
    const float all_wide = step_x * static_cast<float>(grid.columns) - apart;
    const float all_high = step_y * static_cast<float>(grid.rows) - apart;
    const float left = std::round(cell.x + (cell.width - all_wide) / 2);
    const float top = std::round(cell.y + (cell.height - all_high) / 2);
    for (std::size_t c = 0; c < tiles.count; ++c)
      block.pictures.push_back({left + step_x * static_cast<float>(c % grid.columns),
                                top + step_y * static_cast<float>(c / grid.columns), tile.width,
                                tile.height});
    layout.blocks.push_back(std::move(block));
  }
  return layout;
}

}  // namespace volley
