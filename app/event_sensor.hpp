// Which sensor a model's event files come from. Must not know files.
#pragma once

#include "app/model_file.hpp"

namespace volley {

/// The sensor of the model's dataset where it fits the network's input, else the input's own shape.
/// @throws Error where neither is a sensor that fits
SensorSize event_sensor(const LoadedModel& model);

}  // namespace volley
