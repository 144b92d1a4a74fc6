// What is in an event recording, read as a stream: any length in bounded memory.
#include <fmt/format.h>

#include "app/event_statistics.hpp"
#include "app/inspect_report.hpp"
#include "app/text.hpp"
#include "datasets/archive.hpp"
#include "datasets/formats/spike_hdf5.hpp"
#include "datasets/open_recording.hpp"

namespace volley {

namespace {

constexpr std::size_t hot_pixels = 5;

std::string signed_count(std::int64_t value) {
  const std::string digits = count_text(static_cast<std::uint64_t>(value < 0 ? -value : value));
  return value < 0 ? "-" + digits : digits;
}

Json kinds_json(const StreamReport& report) {
  Json kinds = Json::object();
  for (const auto& [kind, count] : report.kinds) kinds[kind] = count;
  return kinds;
}

std::string counts_text(const StreamReport& report) {
  std::string text;
  for (const auto& [kind, count] : report.kinds)
    text += fmt::format("skipped    {} {}\n", count_text(count), kind);
  if (report.out_of_order > 0)
    text += fmt::format("mended     {} whose time stepped back a little\n",
                        plural(report.out_of_order, "event"));
  return text;
}

void add_statistics(const EventStatistics& all, Json& json, std::string& text) {
  const double rate = static_cast<double>(all.events) / all.seconds();
  text += fmt::format("time       {} us to {} us, {:.1f} ms\n", signed_count(all.first_us),
                      signed_count(all.last_us), 1e3 * all.seconds());
  text += fmt::format("rate       {} events/s\n", rate_text(rate));
  text += fmt::format("gaps       longest {} us after {} us, {} over {} ms\n",
                      count_text(static_cast<std::uint64_t>(all.longest_gap_us)),
                      signed_count(all.longest_gap_at_us), count_text(all.long_gaps),
                      EventStatistics::long_gap_us / 1000);
  text +=
      fmt::format("pixels     x {} to {}, y {} to {}", all.min_x, all.max_x, all.min_y, all.max_y);
  json["first_us"] = all.first_us;
  json["last_us"] = all.last_us;
  json["duration_ms"] = 1e3 * all.seconds();
  json["events_per_second"] = rate;
  json["longest_gap_us"] = all.longest_gap_us;
  json["longest_gap_at_us"] = all.longest_gap_at_us;
  json["gaps_over_100_ms"] = all.long_gaps;
  json["x"] = {all.min_x, all.max_x};
  json["y"] = {all.min_y, all.max_y};
  json["on_share"] = all.on_share();
  Json hottest = nullptr;
  if (all.pixels.complete()) {
    hottest = Json::array();
    json["active_pixels"] = all.pixels.active();
    text += fmt::format(", {} active", count_text(all.pixels.active()));
    text += fmt::format("\nON         {}\n", percent_text(all.on_share()));
    for (const PixelCount& pixel : all.pixels.hottest(hot_pixels)) {
      hottest.push_back({{"x", pixel.x}, {"y", pixel.y}, {"events", pixel.events}});
      text += fmt::format(
          "hot        ({}, {}): {}, {}\n", pixel.x, pixel.y, plural(pixel.events, "event"),
          percent_text(static_cast<double>(pixel.events) / static_cast<double>(all.events)));
    }
  } else {
    text += fmt::format(", too many to count each\nON         {}\n", percent_text(all.on_share()));
  }
  json["hottest_pixels"] = hottest;
}

}  // namespace

Json inspect_events(const std::filesystem::path& file, const StreamOptions& options,
                    StreamReport& report, Console& console) {
  const auto stream = open_recording(file, options);
  EventStatistics all;
  std::vector<Event> batch;
  while (stream->next(batch)) {
    all.add(batch);
    if (console.progress_due())
      console.progress(fmt::format("inspecting: {} events", count_text(all.events)));
  }
  console.clear_progress();
  report = stream->report();
  const SensorSize sensor = stream->sensor();
  Json json{{"kind", "events"},
            {"format", stream->format()},
            {"events", all.events},
            {"skipped", report.skipped},
            {"dropped", report.dropped},
            {"kinds", kinds_json(report)},
            {"out_of_order", report.out_of_order},
            {"sensor", {{"width", sensor.width}, {"height", sensor.height}}},
            {"sensor_stated", stream->sensor_stated()},
            {"notes", report.notes},
            {"damage", report.damaged() ? Json(report.damage) : Json(nullptr)}};
  std::string text = fmt::format("event recording ({}, {} {} x {} pixels)\n", stream->format(),
                                 stream->sensor_stated() ? "a sensor of" : "decoded for up to",
                                 sensor.width, sensor.height);
  text += fmt::format("events     {}\n", count_text(all.events)) + counts_text(report);
  if (all.events > 0) add_statistics(all, json, text);
  console.result(text);
  return json;
}

Json inspect_archive(const std::filesystem::path& file, Console& console) {
  constexpr std::size_t shown = 10;
  const std::vector<ArchiveMember> members = list_members(file);
  std::uint64_t bytes = 0;
  Json names = Json::array();
  std::string text = fmt::format("archive of {}\n", plural(members.size(), "file"));
  for (const ArchiveMember& member : members) {
    bytes += member.size.value_or(0);
    if (names.size() == shown) continue;
    names.push_back(member.name);
    text += fmt::format("  {}\n", (file / member.name).string());
  }
  if (members.size() > shown) text += fmt::format("  and {} more\n", members.size() - shown);
  text += fmt::format("unpacked   {}", bytes_text(bytes));
  console.result(text);
  return {{"kind", "archive"}, {"files", members.size()}, {"bytes", bytes}, {"first", names}};
}

Json inspect_spike_file(const std::filesystem::path& file, Console& console) {
  const SpikeHdf5Index index = read_spike_hdf5_index(file);
  std::map<std::int64_t, std::uint64_t> labels;
  for (const std::int64_t label : index.labels) ++labels[label];
  Json by_label = Json::object();
  for (const auto& [label, count] : labels) by_label[std::to_string(label)] = count;
  console.result(
      fmt::format("spikes in HDF5 (SHD, SSC)\nrecordings {}\nlabels     {}\n--index N "
                  "tells of one recording",
                  count_text(index.recordings), labels.size()));
  return {{"kind", "spikes"},
          {"format", "HDF5 spikes (SHD, SSC)"},
          {"recordings", index.recordings},
          {"labels", by_label},
          {"keys", index.keys}};
}

}  // namespace volley
