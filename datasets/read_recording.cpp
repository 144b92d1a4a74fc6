#include "datasets/read_recording.hpp"

#include <algorithm>
#include <cassert>

#include "base/error.hpp"

namespace volley {

void throw_damage(const std::string& origin, const std::string& damage) {
  const std::size_t colon = damage.find(": ");
  assert(colon != std::string::npos && "damage is written by damage_text()");
  throw Error(damage.substr(colon + 2), origin + ": " + damage.substr(0, colon),
              "replace the file by an undamaged copy, or take it out of the dataset");
}

namespace {
/// The smallest sensor that holds the events.
SensorSize sensor_in_sight(const Recording& recording) {
  SensorSize sensor{1, 1, recording.sensor.polarities};
  for (const Event& event : recording.events) {
    sensor.width = std::max(sensor.width, event.x + 1);
    sensor.height = std::max(sensor.height, event.y + 1);
  }
  return sensor;
}
}  // namespace

Recording read_recording(EventStream& stream, const std::string& origin, OnDamage on_damage,
                         StreamReport* report) {
  Recording recording;
  recording.name = origin;
  recording.sensor = stream.sensor();

  std::vector<Event> batch;
  while (stream.next(batch)) {
    if (recording.events.size() + batch.size() > max_recording_events)
      throw Error("more than " + std::to_string(max_recording_events) +
                      " events, too many to hold in memory",
                  origin, "cut the recording into shorter ones");
    recording.events.insert(recording.events.end(), batch.begin(), batch.end());
  }
  assert(std::is_sorted(recording.events.begin(), recording.events.end(),
                        [](const Event& a, const Event& b) { return a.t < b.t; }));

  if (stream.free_clock() && !recording.events.empty())
    recording.start_us = recording.events.front().t;
  if (!stream.sensor_stated()) recording.sensor = sensor_in_sight(recording);

  if (report != nullptr) *report = stream.report();
  if (stream.report().damaged() && on_damage == OnDamage::fail)
    throw_damage(origin, stream.report().damage);
  return recording;
}

}  // namespace volley
