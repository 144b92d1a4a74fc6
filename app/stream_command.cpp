#include "app/stream_command.hpp"

#include <charconv>

#include "app/options.hpp"
#include "base/error.hpp"

namespace volley {

void add_stream_options(CLI::App& command, StreamCommand& options) {
  StreamOptions& stream = options.options;
  command
      .add_option("--format", stream.format,
                  "of the input, where its content does not tell (volley convert --help)")
      ->type_name("NAME");
  command.add_option("--sensor", options.sensor, "size of the sensor, in place of the file's")
      ->type_name("WxH");
  command.add_option("--stream", stream.stream, "AEDAT4: number of the stream of events")
      ->type_name("N")
      ->check(between(0, 1'000'000));
  command.add_option("--index", stream.index, "SHD, SSC: number of the recording in the file")
      ->type_name("N")
      ->check(between(0L, 10'000'000L));
  command
      .add_option("--layout", stream.layout,
                  "AEDAT 2 addresses: dvs128, davis, cifar10-dvs, cochlea, cochlea-onoff")
      ->type_name("NAME")
      ->check(CLI::IsMember({"dvs128", "davis", "cifar10-dvs", "cochlea", "cochlea-onoff"})
                  .description(""));
  command
      .add_option("--address-bytes", stream.address_bytes,
                  "AEDAT 2 without a header: bytes of an address")
      ->type_name("2|4")
      ->check(CLI::IsMember({2, 4}).description(""));
  command.add_option("--tick-us", stream.tick_us, "AEDAT 2: microseconds of a tick")
      ->type_name("US")
      ->capture_default_str();
  command.add_flag("--keep-invalid", stream.keep_invalid,
                   "AEDAT 3.1: deliver events that are marked invalid");
  command.add_option("--columns", stream.columns, "text, arrays: columns in order, as \"t x y p\"")
      ->type_name("NAMES");
  command.add_option("--time-unit", options.time_unit, "text, arrays: unit of the times")
      ->type_name("UNIT")
      ->check(CLI::IsMember({"s", "ms", "us", "ns"}).description(""));
  command.add_flag("--strict", options.strict, "damage is an error (exit code 2), not a warning");
}

StreamOptions stream_options(const StreamCommand& command) {
  StreamOptions options = command.options;
  if (!command.sensor.empty()) {
    const char* at = command.sensor.data();
    const char* const end = at + command.sensor.size();
    const auto width = std::from_chars(at, end, options.sensor.width);
    bool good = width.ec == std::errc() && width.ptr != end && *width.ptr == 'x';
    if (good) {
      const auto height = std::from_chars(width.ptr + 1, end, options.sensor.height);
      good = height.ec == std::errc() && height.ptr == end;
    }
    if (!good || options.sensor.width < 1 || options.sensor.width > 65536 ||
        options.sensor.height < 1 || options.sensor.height > 65536)
      throw Error("'" + command.sensor + "' is no size of a sensor", "--sensor",
                  "write two numbers from 1 to 65536, for example 640x480");
  }
  if (command.time_unit == "s") options.time_unit_us = 1e6;
  if (command.time_unit == "ms") options.time_unit_us = 1e3;
  if (command.time_unit == "us") options.time_unit_us = 1;
  if (command.time_unit == "ns") options.time_unit_us = 1e-3;
  return options;
}

void tell_report(const StreamReport& report, const std::string& file, bool strict,
                 Console& console) {
  for (const std::string& note : report.notes) console.warn(note);
  if (!report.damaged()) return;
  if (strict)
    throw Error("the file is damaged at " + report.damage, file,
                "replace the file by an undamaged copy, or leave --strict out to keep the events "
                "before the damage");
  console.warn(file + " is damaged at " + report.damage + "; the events before are kept");
}

}  // namespace volley
