// Training with and without the window in turn, and frames a second of the window alone at rising
// rates of events on show.
#include "app/bench_live.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "app/bench_networks.hpp"
#include "app/bench_timing.hpp"
#include "app/live_feed.hpp"
#include "app/options.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "sim/trainer.hpp"
#include "viz/live_window.hpp"

namespace volley {

namespace {

struct BenchLive {
  std::string network = "mlp", part = "all";
  std::size_t batch = 64;
  int repetitions = 3;
  double seconds = 2;
  std::uint64_t seed = 1;
  CommonOptions common;
};

constexpr std::size_t samples = 512;
constexpr double warm_up_s = 0.5;
// The window opens, loads its fonts and has Mesa compile its shaders: once, however long training is.
constexpr double training_warm_up_s = 1.5;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What TrainingMonitor hands to the window, and an end after so many seconds.
class Watcher final : public TrainingObserver {
public:
  Watcher(LiveWindow* window, double seconds) : window_(window), seconds_(seconds) {}

  void batch(const BatchRecord& record, std::uint64_t done, std::uint64_t total) override {
    if (window_ != nullptr) {
      window_->add(record);
      window_->status(fmt::format("batch {} of {}", done, total));
    }
    if (!warm_ && seconds_since(start_) >= training_warm_up_s) {
      warm_ = true;
      start_ = std::chrono::steady_clock::now();
      return;
    }
    if (warm_) ++batches_, taken_ = seconds_since(start_);
  }
  void epoch(const EpochRecord& record) override {
    if (window_ != nullptr) window_->add(record);
  }
  bool stop() override { return warm_ && seconds_since(start_) >= seconds_; }
  bool wants_trace() override { return window_ != nullptr && window_->wants_trace(); }
  void trace(SampleTrace trace) override { window_->show(std::move(trace)); }
  double batches_per_second() const {
    return taken_ > 0 ? static_cast<double>(batches_) / taken_ : 0.0;
  }

private:
  LiveWindow* window_;
  double seconds_, taken_ = 0;
  bool warm_ = false;
  std::uint64_t batches_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

double samples_per_second(const Recipe& recipe, const LabelledSpikes& data, bool watched,
                          double seconds, Json* drawn) {
  Trainer trainer(recipe, data, nullptr);
  std::unique_ptr<LiveWindow> window;
  if (watched) {
    WindowOptions options;
    options.title = "volley bench live";
    options.process_share = live_process_share;
    window = std::make_unique<LiveWindow>(options);
  }
  Watcher watcher(window.get(), seconds);
  const auto start = std::chrono::steady_clock::now();
  trainer.run(watcher);
  if (window)
    *drawn = {{"frames_per_second", static_cast<double>(window->frames()) / seconds_since(start)},
              {"drawing_cpu_seconds", window->drawing_seconds()}};
  return watcher.batches_per_second() * recipe.training.batch_size;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

/// In turn, so that a machine that slows down slows both.
Json bench_training(const BenchLive& options, Console& console) {
  const ReferenceNetwork reference = reference_network(options.network);
  const BenchBatch batch = bernoulli_batch(reference, samples, options.seed, 0);
  LabelledSpikes data;
  data.trains = batch.trains;
  data.labels = batch.labels;
  for (std::size_t i = 0; i < samples; ++i) data.names.push_back(fmt::format("random {}", i + 1));
  const Shape& input = reference.network.population(reference.network.input()).shape;
  data.sensor = {input.width, input.height, input.channels};
  data.classes =
      static_cast<int>(reference.network.population(reference.network.readout()).shape.size());
  Recipe recipe;
  recipe.name = reference.name;
  recipe.network = reference.network;
  recipe.dataset.steps = static_cast<int>(reference.steps);
  recipe.training.batch_size = static_cast<int>(options.batch);
  recipe.training.epochs = 1'000'000;
  recipe.training.learning_rate = 1e-9;  // labels are random: rates stay those of the network
  recipe.training.seed = options.seed;
  std::vector<double> without, with, ratios;
  Json drawn;
  for (int i = 0; i < options.repetitions; ++i) {
    without.push_back(samples_per_second(recipe, data, false, options.seconds, nullptr));
    with.push_back(samples_per_second(recipe, data, true, options.seconds, &drawn));
    ratios.push_back(with.back() / without.back());
  }
  Json json{{"network", reference.name},
            {"batch", options.batch},
            {"threads", threads_in_use()},
            {"samples_per_second_without", median(without)},
            {"samples_per_second_with", median(with)},
            {"throughput_ratio", median(ratios)},
            {"ratios", ratios},
            {"window", drawn}};
  console.result(fmt::format("training {}: {} samples/s without the window, {} with it: {}",
                             reference.name, rate_text(median(without)), rate_text(median(with)),
                             percent_text(median(ratios))));
  return json;
}

/// A second of a 128 x 128 camera with so many events, and a hidden layer and a readout behind it.
SampleTrace busy_trace(double events, std::uint64_t seed) {
  RandomEngine random = random_stream(seed, StreamPurpose::synthetic, {17});
  SampleTrace trace;
  trace.recording = fmt::format("{:g} events/s", events);
  trace.label = 3;
  trace.predicted = 3;
  trace.dt_ms = 1;
  trace.steps = 1000;
  const auto add = [&](const std::string& name, NeuronKind kind, Shape shape, double spikes) {
    const auto neurons = static_cast<std::uint32_t>(shape.size());
    const double share = spikes / trace.steps / neurons;
    const auto threshold = static_cast<std::uint64_t>(std::min(1.0, share) * 0x1p32);
    SpikeTrain train;
    train.steps = trace.steps;
    train.inputs = neurons;
    for (std::uint32_t step = 0; step < trace.steps; ++step) {
      for (std::uint32_t n = 0; n < neurons; ++n)
        if ((random() & 0xFFFFFFFFU) < threshold) train.indices.push_back(n);
      train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
    }
    trace.populations.push_back({name, kind, shape, std::move(train), {}});
  };
  add("input", NeuronKind::input, {2, 128, 128}, events);
  add("hidden", NeuronKind::lif, {512, 1, 1}, 20'000);
  PopulationTrace readout{"readout", NeuronKind::leaky_integrator, {11, 1, 1}, {}, {}};
  readout.membrane.resize(trace.steps * 11UL);
  for (std::size_t i = 0; i < readout.membrane.size(); ++i)
    readout.membrane[i] = static_cast<float>(i % 11) * static_cast<float>(i) * 1e-5F;
  trace.populations.push_back(std::move(readout));
  trace.scores.assign(11, 0.1F);
  return trace;
}

double frames_per_second(const SampleTrace& trace, double most, double seconds) {
  WindowOptions options;
  options.title = "volley bench live";
  options.speed = 1000;  // as fast as the events came
  options.frames_per_second = most;
  LiveWindow window(options);
  window.show(trace);
  std::this_thread::sleep_for(std::chrono::duration<double>(warm_up_s));
  const std::uint64_t before = window.frames();
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const double taken = seconds_since(start);
  if (!window.is_open()) throw Error("the window was closed", "bench live", "leave it open");
  return static_cast<double>(window.frames() - before) / taken;
}

Json bench_drawing(const BenchLive& options, Console& console) {
  Json results = Json::array();
  for (const double events : {1e5, 1e6, 1e7}) {
    const SampleTrace trace = busy_trace(events, options.seed);
    const double shown = static_cast<double>(trace.populations.front().spikes.spikes());
    const double held = frames_per_second(trace, 60, options.seconds);
    const double most = frames_per_second(trace, 10000, options.seconds);
    results.push_back({{"events_per_second", shown},
                       {"frames_per_second", held},
                       {"frames_per_second_unlimited", most}});
    console.result(fmt::format("{} events/s on show: {:.1f} frames/s of 60, {:.0f} without a limit",
                               rate_text(shown), held, most));
  }
  return results;
}

/// bench_training in a process of its own: once Mesa has threads to draw with, as here, it keeps them,
/// and a window beside training has none.
Json training_apart(const BenchLive& options, Console& console) {
  std::vector<std::string> arguments = {"bench", "live", "--part", "training"};
  const auto add = [&](const char* name, const auto& value) {
    arguments.insert(arguments.end(), {name, fmt::format("{}", value)});
  };
  add("--network", options.network);
  add("--batch", options.batch);
  add("--repetitions", options.repetitions);
  add("--seconds", options.seconds);
  add("--seed", options.seed);
  add("--threads", threads_in_use());
  if (options.common.json) arguments.push_back("--json");
  std::string output = run_self(arguments);
  if (options.common.json) return Json::parse(output)["training"];
  while (!output.empty() && output.back() == '\n') output.pop_back();
  console.result(output);
  return nullptr;
}

int bench_live(const BenchLive& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  if (const std::string reason = LiveWindow::why_not(); !reason.empty())
    throw Error("the window cannot be measured without a display: " + reason, "bench live",
                "run it under one, for example: xvfb-run volley bench live --json");
  Json json{{"command", "bench live"},
            {"width", WindowOptions{}.width},
            {"height", WindowOptions{}.height}};
  if (options.part != "training") json["drawing"] = bench_drawing(options, console);
  if (options.part == "training") json["training"] = bench_training(options, console);
  if (options.part == "all") json["training"] = training_apart(options, console);
  console.emit(json);
  return 0;
}

}  // namespace

void add_bench_live(CLI::App& bench, Action& action) {
  const auto options = std::make_shared<BenchLive>();
  CLI::App* command = bench.add_subcommand(
      "live", "What the live window costs training, and frames/s at 1e5, 1e6 and 1e7 events/s.");
  command->add_option("--network", options->network, "which is trained")
      ->type_name("NAME")
      ->check(CLI::IsMember({"mlp", "conv"}).description(""))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "samples of a batch")
      ->type_name("N")
      ->check(between(std::size_t{1}, std::size_t{512}))
      ->capture_default_str();
  command->add_option("--repetitions", options->repetitions, "of training, without and with window")
      ->type_name("N")
      ->check(between(1, 1000))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "of each measurement")
      ->type_name("S")
      ->check(between(0.1, 3600.0))
      ->capture_default_str();
  command->add_option("--part", options->part, "what is measured")
      ->type_name("all|drawing|training")
      ->check(CLI::IsMember({"all", "drawing", "training"}).description(""))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of the random spikes")
      ->type_name("N")
      ->capture_default_str();
  add_common_options(*command, options->common);
  command->footer("Example:\n  xvfb-run -s '-screen 0 1280x720x24' volley bench live --json");
  command->callback([options, &action] { action = [options] { return bench_live(*options); }; });
}

}  // namespace volley
