// The weights panel: what reaches a neuron, laid out as the map it comes from - its receptive
// field; or the fields of many neurons beside each other. Must not know engines or files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/frozen_network.hpp"
#include "viz/hit.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

/// Weights of one projection into one neuron.
struct WeightField {
  std::string projection;        ///< "input->hidden"
  std::size_t projection_id = 0;
  std::size_t population = 0, neuron = 0;  ///< whose field it is
  std::string source;            ///< name of the population it looks at
  Shape source_shape;            ///< of that population; behind a flatten, the map it came from
  bool polarity = false;         ///< the source is an input of two channels: OFF, ON
  Shape shape;                   ///< of the cut of the source's map that has weights
  int left = 0, top = 0, first_channel = 0;  ///< where the cut lies in the map
  std::vector<float> weights;    ///< in the order of `shape` (channel last); NaN: no synapse
};

/// The fields of a neuron, one for each projection with weights into its population: the whole map
/// of a dense projection, the kernel at its place of a convolution.
/// @throws Error where there is no such population or neuron, or nothing with weights leads there
std::vector<WeightField> receptive_fields(const FrozenNetwork& network, PopulationId population,
                                          std::size_t neuron);
/// The fields of up to `most` neurons of a population by its first projection with weights: of a
/// convolution one neuron a channel, in the middle of the map; else evenly spread over all.
/// @throws Error as receptive_fields does
std::vector<WeightField> field_gallery(const FrozenNetwork& network, PopulationId population,
                                       std::size_t most);

/// A block for each field, within it a picture for each source channel; all on one scale, that of
/// the weight that 99 of 100 are smaller than: positive in the colour of ON, negative in that of
/// OFF, no synapse grey. Rows without height (sound, flat populations) are drawn as bars or grids.
void draw_weights(Scene& scene, Box box, std::span<const WeightField> fields, const Theme& theme);
/// The neuron whose field is under the point, with the source neuron and the weight in words.
std::optional<Hit> weights_hit(Box box, std::span<const WeightField> fields, Point point,
                               const Theme& theme);

}  // namespace volley
