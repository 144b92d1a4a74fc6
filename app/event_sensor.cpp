#include "app/event_sensor.hpp"

namespace volley {

SensorSize event_sensor(const LoadedModel& model) {
  const SensorSize sensor = find_dataset(model.dataset.name).sensor;
  const Network& network = model.frozen.network;
  const Shape& shape = network.population(network.input()).shape;
  if (sensor.inputs() != shape.size() && !shape.flat() && shape.channels == 2)
    return {shape.width, shape.height, shape.channels};
  check_sensor(model, sensor, "dataset '" + model.dataset.name + "'");
  return sensor;
}

}  // namespace volley
