#include "viz/weights_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/axes.hpp"
#include "viz/text_metrics.hpp"
#include "viz/weights_layout.hpp"

namespace volley {

namespace {
/// Index into the field's weights; SIZE_MAX past a flat population's end.
std::size_t weight_index(const WeightField& field, const WeightTiles& tiles, std::size_t channel,
                         std::size_t column, std::size_t row) {
  const std::size_t cell = row * tiles.columns + column;
  if (field.shape.flat() && field.shape.channels > 1)
    return cell < field.weights.size() ? cell : SIZE_MAX;
  return cell * tiles.count + channel;
}

double full_scale(std::span<const WeightField> fields) {
  std::vector<double> sizes;
  for (const WeightField& field : fields)
    for (const float weight : field.weights)
      if (std::isfinite(weight) && weight != 0)
        sizes.push_back(std::abs(static_cast<double>(weight)));
  if (sizes.empty()) return 1;
  const auto place = sizes.begin() + static_cast<std::ptrdiff_t>(
                                         std::min(sizes.size() - 1, sizes.size() * 99 / 100));
  std::nth_element(sizes.begin(), place, sizes.end());
  return *place;
}

Colour colour_of(double weight, double full, const Theme& theme) {
  if (!std::isfinite(weight)) return theme.grid;
  const Colour zero = mix(theme.panel, theme.background, 0.8);
  return mix(zero, weight > 0 ? theme.on : theme.off, std::abs(weight) / full);
}

void draw_scale(Scene& scene, Box bar, double full, const Theme& theme) {
  if (bar.empty()) return;
  constexpr std::size_t cells = 64;
  std::vector<Colour> pixels;
  for (std::size_t i = 0; i < cells; ++i)
    pixels.push_back(colour_of(full * (1 - 2 * (static_cast<double>(i) + 0.5) / cells), full,
                               theme));
  scene.picture(bar, 1, cells, std::move(pixels));
  scene.outline(inset(bar, -1), theme.frame);
  for (const auto& [share, value] : {std::pair{0.0F, full}, {0.5F, 0.0}, {1.0F, -full}})
    scene.text({bar.right() + theme.tick * 0.5F,
                std::clamp(bar.y + bar.height * share, bar.y + theme.tick * 0.4F,
                           bar.bottom() - theme.tick * 0.4F)},
               value == 0 ? "0" : fmt::format("{:+.2g}", value), theme.tick, theme.faint);
}

bool same_neuron(std::span<const WeightField> fields) {
  return std::all_of(fields.begin(), fields.end(), [&](const WeightField& field) {
    return field.neuron == fields.front().neuron;
  });
}
}  // namespace

void draw_weights(Scene& scene, Box box, std::span<const WeightField> fields, const Theme& theme) {
  std::string note;
  if (fields.size() > 1 && same_neuron(fields))
    note = fmt::format("into neuron {}", fields.front().neuron);
  else if (fields.size() > 1)
    note = fmt::format("{}, {} neurons", fields.front().projection, fields.size());
  else if (fields.size() == 1)
    note = fmt::format("{}, into neuron {}", fields.front().projection, fields.front().neuron);
  const bool polarity = !fields.empty() && fields.front().polarity;
  if (polarity) note += ", each OFF and ON";
  const Box content = draw_panel(scene, box, "weights", note, {}, theme);
  const WeightsLayout layout = weights_layout(content, fields, theme);
  if (layout.blocks.empty()) return draw_absent(scene, content, "no weights", theme);
  const double full = full_scale(fields);
  for (const WeightBlock& block : layout.blocks) {
    const WeightField& field = *block.field;
    std::string words;
    if (fields.size() > 1)
      words = same_neuron(fields) ? field.projection : fmt::format("{}", field.neuron);
    if (layout.beside && !words.empty())
      scene.text({block.caption.right() - theme.tick * 0.5F, block.caption.centre().y},
                 fit_text(words, block.caption.width - theme.tick * 0.7F, theme.tick), theme.tick,
                 theme.text, Align::right);
    else if (!block.caption.empty() && !words.empty())
      scene.text({block.caption.centre().x, block.caption.y + theme.tick * 0.8F},
                 fit_text(words, block.caption.width, theme.tick), theme.tick, theme.text,
                 Align::centre);
    for (std::size_t channel = 0; channel < block.pictures.size(); ++channel) {
      const WeightTiles& tiles = block.tiles;
      std::vector<Colour> pixels;
      for (std::size_t row = 0; row < tiles.rows; ++row)
        for (std::size_t column = 0; column < tiles.columns; ++column) {
          const std::size_t at = weight_index(field, tiles, channel, column, row);
          pixels.push_back(at == SIZE_MAX ? theme.panel
                                          : colour_of(field.weights[at], full, theme));
        }
      const Box where = block.pictures[channel];
      scene.picture(where, tiles.columns, tiles.rows, std::move(pixels));
      if (where.width > theme.label * 3) scene.outline(inset(where, -1), theme.frame);
    }
    if (fields.size() == 1 && field.polarity && block.pictures.size() == 2)
      for (std::size_t channel = 0; channel < 2; ++channel)
        scene.text({block.pictures[channel].centre().x,
                    block.caption.y + theme.label * 0.6F}, channel == 0 ? "OFF" : "ON",
                   theme.label, theme.text, Align::centre, true);
  }
  draw_scale(scene, layout.scale, full, theme);
}

std::optional<Hit> weights_hit(Box box, std::span<const WeightField> fields, Point point,
                               const Theme& theme) {
  const WeightsLayout layout = weights_layout(panel_content(box, theme), fields, theme);
  for (const WeightBlock& block : layout.blocks)
    for (std::size_t channel = 0; channel < block.pictures.size(); ++channel) {
      const Box where = block.pictures[channel];
      if (where.empty() || !where.holds(point)) continue;
      const WeightField& field = *block.field;
      const WeightTiles& tiles = block.tiles;
      const auto cell = [](float at, float start, float length, std::size_t cells) {
        return std::min(cells - 1, static_cast<std::size_t>((at - start) / length *
                                                            static_cast<float>(cells)));
      };
      const std::size_t column = cell(point.x, where.x, where.width, tiles.columns);
      const std::size_t row = cell(point.y, where.y, where.height, tiles.rows);
      const std::size_t at = weight_index(field, tiles, channel, column, row);
      Hit hit;
      hit.population = field.population;
      hit.projection = field.projection_id;
      hit.first_neuron = field.neuron;
      hit.neurons = 1;
      if (at == SIZE_MAX) continue;
      const Shape& map = field.source_shape;
      std::size_t source = at;
      if (!(field.shape.flat() && field.shape.channels > 1)) {
        const long y = field.top + static_cast<long>(row), x = field.left + static_cast<long>(column);
        if (y < 0 || x < 0 || y >= map.height || x >= map.width) continue;  // padding
        source = static_cast<std::size_t>((y * map.width + x) * map.channels +
                                          field.first_channel + static_cast<long>(channel));
      }
      const float weight = field.weights[at];
      hit.words = fmt::format("{}, {}, into neuron {}: {}", field.source,
                              neuron_words(map, source), field.neuron,
                              std::isfinite(weight) ? fmt::format("{:.3g}", weight) : "no synapse");
      return hit;
    }
  return std::nullopt;
}

}  // namespace volley
