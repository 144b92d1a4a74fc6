// Changes of spike trains that make more training samples out of few. Must not know files, labels
// or networks; whoever calls brings the random numbers.
#pragma once

#include "datasets/event.hpp"
#include "datasets/spike_train.hpp"

namespace volley {

/// Moves every spike by (dx, dy) pixels (right and down are positive) and drops those that leave
/// the sensor. `train.inputs` must be sensor.inputs(). Linear in spikes and steps. Values travel along.
SpikeTrain shift(const SpikeTrain& train, const SensorSize& sensor, int dx, int dy);

/// Mirrors left and right. `train.inputs` must be sensor.inputs().
SpikeTrain mirror(const SpikeTrain& train, const SensorSize& sensor);

}  // namespace volley
