// Scores over time, a line for each interval.
#include "app/run_stream.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "app/bench_timing.hpp"
#include "app/event_sensor.hpp"
#include "app/interrupt.hpp"
#include "app/live_events.hpp"
#include "app/text.hpp"
#include "app/watched_network.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/event_binner.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

FeedOptions feed_options(const RunStreamOptions& options, TimeResolution resolution,
                         const LoadedModel& model) {
  FeedOptions feed;
  feed.resolution = resolution;
  feed.step_us = step_microseconds(model.dataset.dt_ms);
  const auto steps = static_cast<std::uint64_t>(model.dataset.steps);
  if (options.reset == "window" && steps == 0)
    throw Error("does not say how many steps a window has", model.file.string(),
                "give --steps N, or --reset never");
  if (options.reset == "window") feed.window_steps = steps;
  const double window_ms = 1e-3 * static_cast<double>(steps * feed.step_us);
  feed.interval_ms = options.interval_ms.value_or(steps > 0 ? window_ms : 100.0);
  return feed;
}

/// scores.csv while it is written; without a folder nothing.
class ScoresFile {
public:
  ScoresFile(const std::string& folder, std::size_t classes) {
    if (folder.empty()) return;
    path_ = fs::path(folder) / "scores.csv";
    file_.emplace(path_);
    text_.open(file_->temporary(), std::ios::binary);
    text_ << "time_ms,length_ms,window,predicted";
    for (std::size_t c = 0; c < classes; ++c) text_ << ",score_" << c;
    text_ << "\n";
  }

  void add(double time_ms, double length_ms, const StreamInterval& interval) {
    if (!file_) return;
    text_ << fmt::format("{},{},{},{}", time_ms, length_ms, interval.window, interval.predicted);
    for (const float score : interval.scores) text_ << fmt::format(",{}", score);
    text_ << "\n";
  }

  /// The path of the finished file; empty where there is none.
  std::string commit() {
    if (!file_) return {};
    text_.close();
    if (!text_) throw Error("cannot be written", path_.string(), "check the space on the disk");
    file_->commit();
    return path_.string();
  }

private:
  fs::path path_;
  std::optional<AtomicFile> file_;
  std::ofstream text_;
};

}  // namespace

int run_stream(const RunStreamOptions& options, TimeResolution resolution,
               const LoadedModel& model, const std::string& source, const std::string& out,
               LiveWindow* window, Console& console) {
  const bool live = is_live_source(source);
  FeedOptions feeding = feed_options(options, resolution, model);
  feeding.timed = !live;  // the time of an event would be that of waiting for it
  if (live) catch_interrupts();
  const std::unique_ptr<EventStream> stream =
      open_events({source, options.format, options.idle_ms}, event_sensor(model), console);
  const FrozenPlan plan(model.frozen);
  std::unique_ptr<TickedNetwork> network;
  if (window != nullptr)
    network = std::make_unique<WatchedNetwork>(plan, *window, source, model.dataset.dt_ms);
  else
    network = make_network(plan, resolution);
  const std::vector<std::string> names = find_dataset(model.dataset.name).class_names;
  const auto class_name = [&](int label) {
    const auto index = static_cast<std::size_t>(label);
    return label >= 0 && index < names.size() ? names[index] : std::to_string(label);
  };
  const double tick_ms = 1e-3 * static_cast<double>(tick_us(feeding));
  ScoresFile scores(out, plan.plan().classes());
  std::uint64_t intervals = 0;
  std::vector<std::uint64_t> predictions(plan.plan().classes());
  const auto report = [&](const StreamInterval& interval) {
    const double time = tick_ms * static_cast<double>(interval.first);
    const double length = tick_ms * static_cast<double>(interval.ticks);
    const auto best = static_cast<std::size_t>(interval.predicted);
    console.result(fmt::format("{:>12.1f} ms  {:<12}  {:.4f}", time, class_name(interval.predicted),
                               interval.scores[best]));
    console.emit({{"interval", intervals},
                  {"window", interval.window},
                  {"time_ms", time},
                  {"length_ms", length},
                  {"predicted", interval.predicted},
                  {"class", class_name(interval.predicted)},
                  {"scores", interval.scores}});
    scores.add(time, length, interval);
    ++predictions[best];
    ++intervals;
  };
  console.result("        from     class         score");
  if (!live) catch_interrupts();
  const std::string origin = source == "-" ? "standard input" : source;
  const FeedFigures figures =
      feed(*stream, *network, feeding, origin, report, [] { return !interrupted(); });
  const std::string written = scores.commit();

  const double data_ms = tick_ms * static_cast<double>(figures.ticks);
  const double seconds = std::max(1e-9, figures.seconds);
  const StreamReport& told = stream->report();
  const double operations = static_cast<double>(figures.synaptic_operations);
  console.result(fmt::format("{} in {} of recording, {} events/s, {} synaptic operations/s",
                             plural(figures.events, "event"), seconds_text(1e-3 * data_ms),
                             rate_text(static_cast<double>(figures.events) / seconds),
                             rate_text(operations / seconds)));
  if (const std::string losses = losses_text(told); !losses.empty()) console.warn(losses);
  Json json{{"command", "run"},
            {"model", model.file.string()},
            {"file", source},
            {"format", stream->format()},
            {"time_resolution", resolution == TimeResolution::step ? "step" : "us"},
            {"reset", options.reset},
            {"intervals", intervals},
            {"predicted_intervals", predictions},
            {"events", figures.events},
            {"recording_ms", data_ms},
            {"synaptic_operations", figures.synaptic_operations},
            {"seconds", figures.seconds},
            {"events_per_second", static_cast<double>(figures.events) / seconds},
            {"dropped", told.dropped},
            {"skipped", told.skipped},
            {"out_of_order", told.out_of_order},
            {"kinds", told.kinds},
            {"peak_memory_mib", peak_memory_mib()}};
  if (feeding.timed) {
    const Json latency = figures.latency.microseconds_json();
    console.result("an event takes " + latency_text(latency));
    json["latency_microseconds"] = latency;
  }
  if (!written.empty()) {
    console.result("wrote " + written);
    json["files"] = Json::array({written});
  }
  console.emit(json);
  return figures.stopped ? interrupt_exit_code() : 0;
}

}  // namespace volley
