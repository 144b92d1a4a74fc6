// What linear nodes of a NIR graph bring to a neuron: weights in volley's order, in double until
// all factors are in. Owns the reading of Affine, Linear, Conv2d, pooling and Flatten; must not
// know neurons.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.hpp"
#include "models/nir_fields.hpp"

namespace volley {

/// Spikes as a linear node meets them.
struct NirSignal {
  PopulationId population = 0;
  Shape shape;           ///< of the population
  Shape layout;          ///< the map whose order its neurons have
  bool spatial = false;  ///< has three axes
  double factor = 1.0;   ///< what a spike counts, of average pooling and scales
  int delay = 0;         ///< steps until it is met
  std::vector<double> factors = {};        ///< by neuron, on top; empty: the same for all
  std::vector<std::uint16_t> delays = {};  ///< by neuron, in place of `delay`; empty: the same

  /// The place of a neuron in NIR's order, channel first.
  std::size_t nir_index(std::size_t neuron) const {
    const auto channels = static_cast<std::size_t>(layout.channels);
    return neuron % channels * layout.area() + neuron / channels;
  }
  double worth(std::size_t neuron) const {
    return factors.empty() ? factor : factor * factors[neuron];
  }
};

/// One projection in the making.
struct NirCurrent {
  PopulationId source = 0;
  Projection projection;
  Shape shape;                  ///< of what it makes
  std::vector<double> weights;  ///< [fan_in][columns]
  std::vector<double> bias;     ///< [columns]
  std::vector<std::uint16_t> delays;  ///< by source neuron; empty: the projection's
};

/// Affine or Linear on a signal without map. @throws Error
NirCurrent read_affine(const NirFields& fields, const NirSignal& signal);
/// Conv2d, or Conv1d on a map of height one; a kernel of one with a group per channel is
/// one_to_one. @throws Error for sizes that do not fit each other
NirCurrent read_conv(const NirFields& fields, const NirSignal& signal);
/// Each neuron to its own: one_to_one, or a dense projection where a flattened map is reordered.
NirCurrent identity(const NirFields& fields, const NirSignal& signal);
/// SumPool2d or AvgPool2d as a projection. @throws Error for padding
Projection read_pool(const NirFields& fields);

}  // namespace volley
