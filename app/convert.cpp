// `volley convert`: a recording of any format into another format, cut on the way. Reads and writes
// event by event, in bounded memory. Must not know any format.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "app/command.hpp"
#include "app/console.hpp"
#include "app/options.hpp"
#include "app/stream_command.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/event_writer.hpp"
#include "datasets/open_recording.hpp"

namespace volley {

namespace {

struct ConvertCommand {
  std::string in, out, to, crop, time, polarity = "both", shift, compression = "lz4";
  StreamCommand stream;
  CommonOptions common;
};

/// What of a recording is kept, and how it is moved.
struct Cut {
  int x = 0, y = 0, width = 65536, height = 65536;
  std::int64_t from_us = 0, to_us = 0;  ///< from the recording's start; used where `times`
  bool times = false, crops = false;
  std::optional<int> polarity;
  std::int64_t shift_us = 0;
  bool to_start = false;  ///< the recording's start becomes 0

  bool keeps(const Event& event, std::int64_t start) const {
    return event.x >= x && event.x - x < width && event.y >= y && event.y - y < height &&
           (!times || (event.t - start >= from_us && event.t - start < to_us)) &&
           (!polarity || event.p == *polarity);
  }
};

/// "1500", "1500us", "1.5ms" or "0.0015s" as microseconds.
std::int64_t time_of(std::string_view text, const std::string& option) {
  const char* const end = text.data() + text.size();
  double value = 0;
  const auto result = std::from_chars(text.data(), end, value);
  const std::string_view unit(result.ptr, static_cast<std::size_t>(end - result.ptr));
  const double us = unit == "s" ? 1e6 : unit == "ms" ? 1e3 : unit == "us" || unit.empty() ? 1 : 0;
  if (result.ec != std::errc() || us == 0 || !(std::abs(value * us) < 4e18))
    throw Error("'" + std::string(text) + "' is no time", option,
                "write a number with us, ms or s behind it, for example 1.5ms");
  return std::llround(value * us);
}

Cut cut_of(const ConvertCommand& command) {
  Cut cut;
  if (!command.crop.empty()) {
    int values[4] = {};
    const char* at = command.crop.data();
    const char* const end = at + command.crop.size();
    bool good = true;
    for (int i = 0; i < 4 && good; ++i) {
      const auto result = std::from_chars(at, end, values[i]);
      good = result.ec == std::errc() && values[i] >= (i < 2 ? 0 : 1) && values[i] <= 65536 &&
             (i < 3 ? result.ptr != end && *result.ptr == ',' : result.ptr == end);
      at = good && i < 3 ? result.ptr + 1 : result.ptr;
    }
    if (!good)
      throw Error("'" + command.crop + "' is no rectangle", "--crop",
                  "write X,Y,WIDTH,HEIGHT, for example 100,50,64,64");
    cut.x = values[0];
    cut.y = values[1];
    cut.width = values[2];
    cut.height = values[3];
    cut.crops = true;
  }
  if (!command.time.empty()) {
    const std::size_t colon = command.time.find(':');
    if (colon == std::string::npos)
      throw Error("'" + command.time + "' is no span of time", "--time",
                  "write FROM:TO, for example 100ms:200ms, 1s: or :500");
    const std::string_view text = command.time;
    cut.times = true;
    cut.from_us = colon == 0 ? -std::int64_t{1} << 62 : time_of(text.substr(0, colon), "--time");
    cut.to_us = colon + 1 == text.size() ? std::int64_t{1} << 62
                                         : time_of(text.substr(colon + 1), "--time");
  }
  if (command.polarity != "both") cut.polarity = command.polarity == "on" ? 1 : 0;
  if (command.shift == "start")
    cut.to_start = true;
  else if (!command.shift.empty())
    cut.shift_us = time_of(command.shift, "--shift");
  return cut;
}

/// The smallest sensor that holds all events, for files that state none.
SensorSize sensor_in_sight(const ConvertCommand& command, const StreamOptions& options) {
  const auto stream = open_recording(command.in, options);
  SensorSize sensor{1, 1, 2};
  std::vector<Event> batch;
  while (stream->next(batch))
    for (const Event& event : batch) {
      sensor.width = std::max(sensor.width, event.x + 1);
      sensor.height = std::max(sensor.height, event.y + 1);
    }
  return sensor;
}

struct Copied {
  std::uint64_t read = 0, written = 0;
};

Copied copy(EventStream& stream, EventWriter& writer, const Cut& cut, Console& console) {
  Copied copied;
  std::vector<Event> batch, kept;
  std::int64_t start = 0;
  while (stream.next(batch)) {
    if (copied.read == 0 && (stream.free_clock() || cut.to_start)) start = batch.front().t;
    const std::int64_t shift = cut.to_start ? -start : cut.shift_us;
    copied.read += batch.size();
    kept.clear();
    for (Event event : batch) {
      if (!cut.keeps(event, stream.free_clock() ? start : 0)) continue;
      event.t += shift;
      if (cut.crops) {
        event.x = static_cast<std::uint16_t>(event.x - cut.x);
        event.y = static_cast<std::uint16_t>(event.y - cut.y);
      }
      kept.push_back(event);
    }
    writer.write(kept);
    copied.written += kept.size();
    if (console.progress_due())
      console.progress(fmt::format("converting: {} events", count_text(copied.read)));
  }
  console.clear_progress();
  return copied;
}

int convert(const ConvertCommand& command) {
  Console console(command.common.json, command.common.quiet);
  const Cut cut = cut_of(command);
  const StreamOptions options = stream_options(command.stream);
  const std::string format = command.to.empty() ? format_of_extension(command.out) : command.to;
  if (format.empty())
    throw Error("the name does not tell a format that volley writes", command.out,
                "name the format with --to, for example --to evt3");
  const auto stream = open_recording(command.in, options);
  WriterOptions writing;
  writing.compression = command.compression;
  if (cut.crops)
    writing.sensor = {cut.width, cut.height, 2};
  else
    writing.sensor = stream->sensor_stated() ? stream->sensor() : sensor_in_sight(command, options);
  const auto writer = create_recording(command.out, format, writing);
  const Copied copied = copy(*stream, *writer, cut, console);
  const StreamReport& report = stream->report();
  tell_report(report, command.in, command.stream.strict, console);
  writer->finish();
  console.result(fmt::format("wrote {} of {} from {} ({}) to {} ({})", count_text(copied.written),
                             plural(copied.read, "event"), command.in, stream->format(),
                             command.out, format));
  console.emit({{"command", "convert"},
                {"in", command.in},
                {"in_format", stream->format()},
                {"out", command.out},
                {"out_format", format},
                {"read", copied.read},
                {"written", copied.written},
                {"skipped", report.skipped},
                {"dropped", report.dropped},
                {"out_of_order", report.out_of_order},
                {"sensor", {{"width", writing.sensor.width}, {"height", writing.sensor.height}}},
                {"damage", report.damaged() ? Json(report.damage) : Json(nullptr)}});
  return 0;
}

std::string format_list() {
  std::string text = "Formats (* can be written):\n";
  const std::vector<std::string>& written = writable_formats();
  for (const RecordingFormat& format : recording_formats())
    text += fmt::format(
        "  {:<7}{} {}\n", format.name,
        std::find(written.begin(), written.end(), format.name) != written.end() ? "*" : " ",
        format.description);
  return text;
}

}  // namespace

void add_convert(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ConvertCommand>();
  CLI::App* command = app.add_subcommand(
      "convert",
      "Write an event recording in another format, whole or cut.\n\n"
      "The input is told by its content, through compression and inside archives. A damaged "
      "input\ngives the events before its damage.");
  command->add_option("in", options->in, "recording to read")->required();
  command->add_option("out", options->out, "file to write")->required();
  command->add_option("--to", options->to, "format to write; default: by the name of OUT")
      ->type_name("NAME")
      ->check(CLI::IsMember(writable_formats()).description(""));
  command->add_option("--crop", options->crop, "keep a rectangle, which becomes the sensor")
      ->type_name("X,Y,W,H");
  command
      ->add_option("--time", options->time,
                   "keep FROM <= t < TO after the recording's start; us, ms or s")
      ->type_name("FROM:TO");
  command->add_option("--polarity", options->polarity, "keep one polarity")
      ->type_name("on|off|both")
      ->check(CLI::IsMember({"on", "off", "both"}).description(""))
      ->capture_default_str();
  command
      ->add_option("--shift", options->shift,
                   "add to every time; start: the first event comes at 0")
      ->type_name("TIME|start");
  command->add_option("--compression", options->compression, "of AEDAT4: lz4, zstd or none")
      ->type_name("NAME")
      ->check(CLI::IsMember({"lz4", "zstd", "none"}).description(""))
      ->capture_default_str();
  add_stream_options(*command, options->stream);
  add_common_options(*command, options->common);
  command->footer(
      "Examples:\n"
      "  volley convert recording.raw recording.aedat4\n"
      "  volley convert recording.aedat4 cut.npy --time 100ms:200ms --shift start\n"
      "  volley convert recording.dat corner.es --crop 0,0,64,64 --polarity on\n\n" +
      format_list());
  command->callback([options, &action] { action = [options] { return convert(*options); }; });
}

}  // namespace volley
