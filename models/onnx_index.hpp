// Windows of maps as tables of neurons, one that does not exist where a window reaches over the
// border. Must not know ONNX's messages.
#pragma once

#include <cstdint>
#include <vector>

#include "models/step_network.hpp"

namespace volley {

/// Source neuron of every member of every window [target positions][channels][kernel]: the rows of
/// a convolution's weights for a position, the window of a pooling's neuron. The number of source
/// neurons stands for none.
std::vector<std::int32_t> window_places(const StepLink& link);

/// A convolution as rows in the order in which engines add to a neuron: by kernel tap, then by
/// source channel; weights of other groups are 0.
struct ConvRows {
  std::size_t rows = 0;
  std::vector<float> weights;        ///< [rows][columns]
  std::vector<std::int32_t> places;  ///< source neuron [rows][target positions]
};
ConvRows conv_rows(const StepLink& link);

}  // namespace volley
