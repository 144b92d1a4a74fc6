// `volley bench event`: a stream of events through a network, in steps and in microseconds, on one
// thread. Owns what is measured and printed; must not know how networks run.
#include "app/bench_event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstdio>

#include "app/bench_inference.hpp"
#include "app/bench_limits.hpp"
#include "app/bench_networks.hpp"
#include "app/bench_timing.hpp"
#include "app/data.hpp"
#include "app/options.hpp"
#include "app/stream_feed.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "datasets/binned_stream.hpp"
#include "datasets/event_binner.hpp"
#include "datasets/read_recording.hpp"
#include "sim/instruction_set.hpp"

namespace volley {

namespace {

struct BenchEvent {
  std::string network = "all", resolution = "all", file;
  SensorSize sensor{34, 34, 2};
  double dt_ms = 1;
  int repetitions = 5;
  double seconds = 0.5;
  std::uint64_t seed = 1;
  int weight_bits = 32;
  CommonOptions common;
};

/// Events at random microseconds of their steps: what bernoulli_batch() gives, one sample behind
/// the other.
Recording random_events(const ReferenceNetwork& reference, const BenchEvent& options) {
  constexpr std::size_t samples = 32;
  const Shape shape = reference.network.population(reference.network.input()).shape;
  Recording recording;
  recording.name = "random events";
  recording.sensor = {shape.flat() ? shape.channels : shape.width, shape.height,
                      shape.flat() ? 1 : shape.channels};
  const auto step_us = static_cast<std::int64_t>(step_microseconds(options.dt_ms));
  RandomEngine engine = random_stream(options.seed, StreamPurpose::bench, {samples});
  boost::random::uniform_int_distribution<std::int64_t> within(0, step_us - 1);
  std::int64_t start = 0;
  for (const SpikeTrain& train :
       bernoulli_batch(reference, samples, options.seed, 0).trains)
    for (std::uint32_t t = 0; t < train.steps; ++t, start += step_us) {
      const std::size_t first = recording.events.size();
      for (const std::uint32_t index : train.step(t)) {
        const auto polarities = static_cast<std::uint32_t>(recording.sensor.polarities);
        const auto width = static_cast<std::uint32_t>(recording.sensor.width);
        const std::uint32_t pixel = index / polarities;
        recording.events.push_back({start + within(engine),
                                    static_cast<std::uint16_t>(pixel % width),
                                    static_cast<std::uint16_t>(pixel / width),
                                    static_cast<std::uint8_t>(index % polarities)});
      }
      std::stable_sort(recording.events.begin() + static_cast<std::ptrdiff_t>(first),
                       recording.events.end(),
                       [](const Event& a, const Event& b) { return a.t < b.t; });
    }
  return recording;
}

/// Share of the inputs that spike in a step.
double density_of(const Recording& recording, const FeedOptions& options) {
  RecordingStream stream(recording);
  BinnedStream binned(stream, options.step_us, recording.name);
  BinnedStep step;
  std::uint64_t spikes = 0, steps = 1;
  while (binned.next(step)) {
    spikes += step.indices.size();
    steps = step.step + 1;
  }
  return static_cast<double>(spikes) / static_cast<double>(steps) / binned.inputs();
}

Json rates_json(const Timing& timing, double amount) {
  return {{"median", amount / timing.median},
          {"min", amount / timing.max},
          {"max", amount / timing.min}};
}

Json bench_one(const BenchEvent& options) {
  std::optional<Shape> input;
  const SensorSize& sensor = options.sensor;
  if (!options.file.empty())
    input = options.network == "rsnn" ? Shape{static_cast<int>(sensor.inputs()), 1, 1}
                                      : Shape{sensor.polarities, sensor.height, sensor.width};
  const ReferenceNetwork reference =
      reference_network(options.network, options.weight_bits, input);
  FrozenNetwork frozen = reference_frozen(reference, options.seed);
  frozen.dt_ms = options.dt_ms;
  const FrozenPlan plan(std::move(frozen));
  FeedOptions feeding;
  feeding.resolution =
      options.resolution == "us" ? TimeResolution::microsecond : TimeResolution::step;
  feeding.step_us = step_microseconds(options.dt_ms);
  Recording recording;
  if (options.file.empty())
    recording = random_events(reference, options);
  else
    recording = read_recording(*open_event_stream(options.file, sensor), options.file,
                               OnDamage::fail);
  if (recording.events.empty())
    throw Error("has no events to measure", options.file, "give another recording");

  const std::unique_ptr<TickedNetwork> network = make_network(plan, feeding.resolution);
  FeedFigures figures;
  LatencyHistogram latency;
  const auto run = [&] {
    RecordingStream stream(recording);
    figures = feed(stream, *network, feeding, recording.name, [](const StreamInterval&) {});
    latency.add(figures.latency);
  };
  feeding.timed = false;
  const Timing timing = measure(run, options.repetitions, options.seconds);
  feeding.timed = true;
  for (int repetition = 0; repetition < options.repetitions; ++repetition) run();

  const auto events = static_cast<double>(figures.events);
  const auto operations = static_cast<double>(figures.synaptic_operations);
  const double recorded =
      1e-6 * static_cast<double>(figures.ticks) * static_cast<double>(tick_us(feeding));
  const double roof = sparse_row_roof(options.repetitions, options.seconds);
  Json json{{"bench", "event"},
            {"network", reference.name},
            {"time_resolution", options.resolution},
            {"recording", options.file.empty() ? Json("random") : Json(options.file)},
            {"dt_ms", options.dt_ms},
            {"density", density_of(recording, feeding)},
            {"weight_bits", options.weight_bits},
            {"threads", 1},
            {"instruction_set", instruction_set()},
            {"events", figures.events},
            {"recording_seconds", recorded},
            {"events_per_second", rates_json(timing, events)},
            {"times_real_time", rates_json(timing, recorded)},
            {"synaptic_operations_per_event", operations / events},
            {"synaptic_operations_per_second", rates_json(timing, operations)},
            {"sparse_row_additions_per_second", roof},
            {"share_of_sparse_rows", operations / timing.median / roof},
            {"latency_microseconds", latency.microseconds_json()},
            {"latency_events", latency.events()},
            {"repetitions", timing.repetitions},
            {"calls_per_repetition", timing.calls}};
  json["peak_memory_mib"] = peak_memory_mib();
  return json;
}

std::string event_line(const Json& json) {
  const auto rate = [&](const char* key, const char* which) {
    return rate_text(json[key][which].get<double>());
  };
  return fmt::format(
      "{:<5} {:<4} {} events/s ({} to {}), {:.3g} G synaptic operations/s, {:.0f} % of sparse "
      "rows; an event takes {}; {} times real time, peak memory {:.0f} MiB",
      json["network"].get<std::string>(), json["time_resolution"].get<std::string>(),
      rate("events_per_second", "median"), rate("events_per_second", "min"),
      rate("events_per_second", "max"),
      1e-9 * json["synaptic_operations_per_second"]["median"].get<double>(),
      100 * json["share_of_sparse_rows"].get<double>(), latency_text(json["latency_microseconds"]),
      rate("times_real_time", "median"), json["peak_memory_mib"].get<double>());
}

/// Each network and resolution in a process of its own, so that peak memory is its own.
Json bench_each(const BenchEvent& options, Console& console) {
  const std::vector<std::string> networks = options.network == "all"
                                                ? reference_network_names()
                                                : std::vector<std::string>{options.network};
  const std::vector<std::string> resolutions = options.resolution == "all"
                                                   ? std::vector<std::string>{"step", "us"}
                                                   : std::vector<std::string>{options.resolution};
  Json results = Json::array();
  for (const std::string& network : networks)
    for (const std::string& resolution : resolutions) {
      std::vector<std::string> arguments = {
          "bench", "event", "--network", network, "--time-resolution", resolution,
          "--dt-ms", fmt::format("{}", options.dt_ms), "--weight-bits",
          std::to_string(options.weight_bits), "--repetitions",
          std::to_string(options.repetitions), "--seconds", fmt::format("{}", options.seconds),
          "--seed", std::to_string(options.seed), "--json", "--quiet"};
      if (!options.file.empty())
        arguments.insert(arguments.end(),
                         {"--recording", options.file, "--sensor",
                          fmt::format("{}x{}", options.sensor.width, options.sensor.height)});
      results.push_back(Json::parse(run_self(arguments))["results"].at(0));
      console.result(event_line(results.back()));
    }
  return results;
}

SensorSize parse_sensor(const std::string& text) {
  int width = 0, height = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%5dx%5d%c", &width, &height, &rest) != 2 || width < 1 ||
      height < 1 || width > 4096 || height > 4096)
    throw Error("is not WIDTHxHEIGHT, each from 1 to 4096", "--sensor " + text,
                "give, for example, 128x128");
  return {width, height, 2};
}

int bench(BenchEvent options, const std::string& sensor) {
  options.sensor = parse_sensor(sensor);
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit limit(1);  // one recording; more go on as many threads
  if (!options.file.empty()) open_event_stream(options.file, options.sensor);  // there before all
  console.say(fmt::format("events one by one on 1 thread, {}; {} repetitions of at least {} each",
                          instruction_set(), options.repetitions, seconds_text(options.seconds)));
  Json results;
  if (options.network == "all" || options.resolution == "all") {
    results = bench_each(options, console);
  } else {
    results = Json::array({bench_one(options)});
    console.result(event_line(results.back()));
  }
  console.emit({{"command", "bench event"}, {"results", results}});
  return 0;
}

}  // namespace

void add_bench_event(CLI::App& parent, Action& action) {
  const auto options = std::make_shared<BenchEvent>();
  const auto sensor = std::make_shared<std::string>("34x34");
  CLI::App* own = parent.add_subcommand(
      "event", "A stream of events, in steps and in microseconds: throughput and latency.");
  own->add_option("--network", options->network,
                  "mlp 2312-512-10, conv 16c5-p2-32c3-p2-10, rsnn 700-256r-20; of a recording "
                  "with its sensor as input")
      ->type_name("NAME")
      ->check(CLI::IsMember({"mlp", "conv", "rsnn", "all"}).description(""))
      ->capture_default_str();
  own->add_option("--time-resolution", options->resolution,
                  "step: gathered in steps; us: each at its microsecond")
      ->type_name("NAME")
      ->check(CLI::IsMember({"step", "us", "all"}).description(""))
      ->capture_default_str();
  own->add_option("--recording", options->file,
                  "event file (.bin, .bs2) in place of random events")
      ->type_name("FILE");
  own->add_option("--sensor", *sensor, "of the recording, two polarities")
      ->type_name("WxH")
      ->capture_default_str();
  own->add_option("--dt-ms", options->dt_ms, "length of a step")
      ->type_name("MS")
      ->check(between(0.001, 1e6))
      ->capture_default_str();
  own->add_option("--weight-bits", options->weight_bits,
                  "1: two-valued weights everywhere but into the readout")
      ->type_name("N")
      ->check(CLI::IsMember({1, 32}).description(""))
      ->capture_default_str();
  own->add_option("--repetitions", options->repetitions, "timed repetitions")
      ->type_name("N")
      ->check(between(1, 1000))
      ->capture_default_str();
  own->add_option("--seconds", options->seconds, "shortest repetition in seconds")
      ->type_name("S")
      ->check(between(0.001, 3600.0))
      ->capture_default_str();
  own->add_option("--seed", options->seed, "seed of weights and events")
      ->type_name("N")
      ->capture_default_str();
  own->add_flag("--json", options->common.json,
                "one JSON object on standard output; words go to standard error");
  own->add_flag("-q,--quiet", options->common.quiet, "no progress, only results and warnings");
  own->footer("Examples:\n  volley bench event --json\n"
              "  volley bench event --network conv --recording 1.bs2 --sensor 128x128");
  own->callback([options, sensor, &action] {
    action = [options, sensor] { return bench(*options, *sensor); };
  });
}

}  // namespace volley
