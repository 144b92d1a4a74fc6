// Sensor sizes of cameras by the names that headers give.
#include <algorithm>
#include <cctype>
#include <utility>

#include "base/error.hpp"
#include "datasets/formats/decoders.hpp"

namespace volley {

void choose_sensor(StreamFacts& facts, const StreamOptions& options,
                   std::optional<SensorSize> stated, SensorSize most) {
  const bool given = options.sensor.width > 0 && options.sensor.height > 0;
  facts.sensor = given ? options.sensor : stated.value_or(most);
  facts.sensor_stated = given || stated.has_value();
  // What the format cannot address cannot come, and what states more is no sensor.
  facts.sensor.width = std::clamp(facts.sensor.width, 1, 65536);
  facts.sensor.height = std::clamp(facts.sensor.height, 1, 65536);
}

std::optional<SensorSize> sensor_of_camera(std::string_view words) {
  std::string lower(words);
  for (char& letter : lower)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  using Camera = std::pair<const char*, SensorSize>;
  for (const auto& [name, sensor] :
       {Camera{"dvs128", {128, 128}}, Camera{"tmpdiff128", {128, 128}},
        Camera{"davis128", {128, 128}}, Camera{"davis240", {240, 180}},
        Camera{"sbret10", {240, 180}}, Camera{"davis208", {208, 192}},
        Camera{"davis346", {346, 260}}, Camera{"davis640", {640, 480}},
        Camera{"dvxplorer_lite", {320, 240}}, Camera{"dvxplorer", {640, 480}},
        Camera{"gen41", {1280, 720}}, Camera{"gen4", {1280, 720}}, Camera{"imx636", {1280, 720}},
        Camera{"genx320", {320, 320}}, Camera{"gen31", {640, 480}}, Camera{"gen3", {640, 480}}})
    if (lower.find(name) != std::string::npos) return sensor;
  return std::nullopt;
}

}  // namespace volley
