#include "datasets/formats/prophesee_header.hpp"

#include <charconv>

#include "datasets/formats/decoders.hpp"

namespace volley {

namespace {

/// The number at the front of `text`; 0 where there is none.
int number_in(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view after(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return {};
  line.remove_prefix(key.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

struct Lines {
  PropheseeHeader& header;
  SensorSize sensor{0, 0, 2};
  std::optional<SensorSize> camera;

  /// False at the last line.
  bool take(std::string_view line) {
    if (line == "end") return false;
    if (const auto evt = after(line, "evt "); !evt.empty()) header.evt = evt;
    if (const auto format = after(line, "format "); !format.empty()) take_format(format);
    if (const auto size = after(line, "geometry "); !size.empty()) {
      sensor.width = number_in(size);
      const std::size_t times = size.find('x');
      if (times != std::string_view::npos) sensor.height = number_in(size.substr(times + 1));
    }
    if (const auto width = after(line, "Width "); !width.empty()) sensor.width = number_in(width);
    if (const auto height = after(line, "Height "); !height.empty())
      sensor.height = number_in(height);
    if (const auto version = after(line, "Version "); !version.empty())
      header.dat_version = number_in(version);
    if (line.starts_with("Data file")) header.dat = true;
    if (const auto plugin = after(line, "plugin_name "); !plugin.empty())
      camera = sensor_of_camera(plugin);
    return true;
  }

  void take_format(std::string_view format) {
    for (std::size_t at = 0; at <= format.size();) {
      const std::size_t end = std::min(format.find(';', at), format.size());
      const std::string_view part = format.substr(at, end - at);
      at = end + 1;
      if (part == "EVT2") header.evt = "2.0";
      if (part == "EVT21") header.evt = "2.1";
      if (part == "EVT3") header.evt = "3.0";
      if (part.starts_with("width=")) sensor.width = number_in(part.substr(6));
      if (part.starts_with("height=")) sensor.height = number_in(part.substr(7));
    }
  }
};

}  // namespace

PropheseeHeader read_prophesee_header(ByteSpan front) {
  PropheseeHeader header;
  Lines lines{header, {0, 0, 2}, {}};
  const std::string_view text(reinterpret_cast<const char*>(front.data()), front.size());
  std::size_t at = 0;
  // "% " begins a line; what else begins with '%' is data.
  while (text.substr(at, 2) == "% ") {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    std::string_view line = text.substr(at + 2, end - at - 2);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = end + 1;
    if (!lines.take(line)) break;
  }
  header.size = at;
  if (lines.sensor.width > 0 && lines.sensor.height > 0)
    header.sensor = lines.sensor;
  else
    header.sensor = lines.camera;
  return header;
}

}  // namespace volley
