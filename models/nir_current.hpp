// What linear nodes of a NIR graph bring to a neuron: weights in volley's order, in double until
// all factors are in. Owns the reading of Affine, Linear, Conv2d, pooling and Flatten; must not
// know neurons.
#pragma once

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
};

/// One projection in the making.
struct NirCurrent {
  PopulationId source = 0;
  Projection projection;
  Shape shape;                  ///< of what it makes
  std::vector<double> weights;  ///< [fan_in][columns]
  std::vector<double> bias;     ///< [columns]
};

/// Affine or Linear on a signal without map. @throws Error
NirCurrent read_affine(const NirFields& fields, const NirSignal& signal);
/// Conv2d; a kernel of one with a group per channel is one_to_one. @throws Error for sizes that do
/// not fit each other
NirCurrent read_conv(const NirFields& fields, const NirSignal& signal);
/// Each neuron to its own: a dense or 1x1 projection of ones.
NirCurrent identity(const NirFields& fields, const NirSignal& signal);
/// SumPool2d or AvgPool2d as a projection. @throws Error for padding
Projection read_pool(const NirFields& fields);

}  // namespace volley
