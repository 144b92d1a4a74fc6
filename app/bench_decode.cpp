// Events a second of every decoder that has a writer, on one core, from a file that was just
// written and so lies in the page cache; beside it the roofs: the same bytes read and not decoded,
// and the machine's memory.
#include "app/bench_decode.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include <filesystem>
#include <system_error>

#include "app/bench_timing.hpp"
#include "app/options.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/event_writer.hpp"
#include "datasets/open_recording.hpp"
#include "sim/limit_kernels.hpp"

namespace volley {

namespace {

namespace fs = std::filesystem;

struct DecodeCommand {
  std::string format = "all", folder = fs::temp_directory_path().string(), compression = "lz4";
  std::uint64_t events = 50'000'000;
  int repetitions = 5;
  double seconds = 0.1;
  CommonOptions common;
};

constexpr std::int64_t duration_us = 6'000'000;  // what every format's clock holds

/// A folder that goes with what is in it.
class Scratch {
public:
  explicit Scratch(const std::string& parent)
      : path_(fs::path(parent) / ("volley-bench-" + std::to_string(::getpid()))) {
    std::error_code failure;
    fs::create_directories(path_, failure);
    if (failure)
      throw Error("cannot create the folder: " + failure.message(), path_.string(),
                  "choose another with --folder");
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

SensorSize sensor_of(const std::string& format) {
  if (format == "bs1") return {4096, 1, 2};
  if (format == "atis" || format == "aedat2") return {128, 128, 2};
  return {640, 480, 2};
}

/// Events at random pixels, evenly spread over the duration; the same for every run.
void synthesise(const fs::path& file, const std::string& format, const DecodeCommand& options) {
  WriterOptions writing;
  writing.sensor = sensor_of(format);
  writing.compression = options.compression;
  const auto writer = create_recording(file, format, writing);
  std::vector<Event> batch(std::size_t{1} << 16);
  std::uint64_t state = 1;
  const auto width = static_cast<std::uint32_t>(writing.sensor.width);
  const auto height = static_cast<std::uint32_t>(writing.sensor.height);
  for (std::uint64_t done = 0; done < options.events;) {
    batch.resize(std::min<std::uint64_t>(std::size_t{1} << 16, options.events - done));
    for (Event& event : batch) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;  // Knuth's MMIX
      const auto random = static_cast<std::uint32_t>(state >> 32);
      event.t = static_cast<std::int64_t>(static_cast<double>(done++) /
                                          static_cast<double>(options.events) * duration_us);
      event.x = static_cast<std::uint16_t>((random & 0xffff) * width >> 16);
      event.y = static_cast<std::uint16_t>((random >> 16) * height >> 16);
      event.p = static_cast<std::uint8_t>(state >> 31 & 1);
    }
    writer->write(batch);
  }
  writer->finish();
}

/// Events of a recording, all read.
std::uint64_t decode_all(const fs::path& file, const StreamOptions& options) {
  const auto stream = open_recording(file, options);
  std::vector<Event> batch;
  std::uint64_t events = 0;
  while (stream->next(batch)) events += batch.size();
  if (stream->report().damaged()) throw std::runtime_error("damage: " + stream->report().damage);
  return events;
}

Json rates(const Timing& timing, double amount) {
  return {{"median", amount / timing.median},
          {"min", amount / timing.max},
          {"max", amount / timing.min}};
}

Json bench_memory(const DecodeCommand& options) {
  const std::size_t n = std::size_t{1} << 24;  // doubles of an array
  std::vector<double> a(n, 1), b(n, 1), c(n, 1);
  const Timing timing = measure([&] { triad(a.data(), b.data(), c.data(), n, 3.0); },
                                options.repetitions, options.seconds);
  return {
      {"bench", "decode"},
      {"format", "memory"},
      {"work", "a[i] = b[i] + 3 c[i], double, 384 MiB"},
      {"threads", 1},
      {"instruction_set", limit_instruction_set()},
      {"gigabytes_per_second", rates(timing, 3.0 * sizeof(double) * static_cast<double>(n) / giga)},
      {"repetitions", timing.repetitions},
      {"calls_per_repetition", timing.calls}};
}

Json bench_format(const DecodeCommand& options) {
  const Scratch scratch(options.folder);
  const fs::path file = scratch.path() / "recording";
  synthesise(file, options.format, options);
  StreamOptions reading;
  reading.format = options.format;
  reading.sensor = sensor_of(options.format);
  const Timing decoding = measure(
      [&] {
        if (decode_all(file, reading) != options.events)
          throw std::runtime_error("not all events came back");
      },
      options.repetitions, options.seconds);
  const double memory = peak_memory_mib();
  std::vector<std::uint8_t> block(std::size_t{1} << 17);
  const Timing reading_alone = measure(
      [&] {
        const auto bytes = open_file(file);
        while (bytes->read(block.data(), block.size()) > 0) {
        }
      },
      options.repetitions, options.seconds);
  const auto size = static_cast<double>(fs::file_size(file));
  const auto events = static_cast<double>(options.events);
  return {{"bench", "decode"},
          {"format", options.format},
          {"events", options.events},
          {"bytes", fs::file_size(file)},
          {"threads", 1},
          {"instruction_set", limit_instruction_set()},
          {"events_per_second", rates(decoding, events)},
          {"gigabytes_per_second", rates(decoding, size / giga)},
          {"reading_alone_events_per_second", rates(reading_alone, events)},
          {"repetitions", decoding.repetitions},
          {"calls_per_repetition", decoding.calls},
          {"peak_memory_mib", memory}};
}

std::string decode_line(const Json& json) {
  const std::string format = json["format"];
  const Json& speed = json["gigabytes_per_second"];
  if (format == "memory")
    return fmt::format("{:<8} {:.1f} GB/s ({:.1f} to {:.1f}), {}", format,
                       speed["median"].get<double>(), speed["min"].get<double>(),
                       speed["max"].get<double>(), json["work"].get<std::string>());
  const Json& rate = json["events_per_second"];
  return fmt::format(
      "{:<8} {:7.1f} M events/s ({:.1f} to {:.1f})  {:5.2f} GB/s  reading alone {:6.0f} M "
      "events/s  peak memory {:.0f} MiB",
      format, 1e-6 * rate["median"].get<double>(), 1e-6 * rate["min"].get<double>(),
      1e-6 * rate["max"].get<double>(), speed["median"].get<double>(),
      1e-6 * json["reading_alone_events_per_second"]["median"].get<double>(),
      json["peak_memory_mib"].get<double>());
}

/// Each format in a process of its own, so that peak memory is its own.
Json bench_one_by_one(const DecodeCommand& options, Console& console) {
  std::vector<std::string> formats = writable_formats();
  formats.push_back("memory");
  Json results = Json::array();
  for (const std::string& format : formats) {
    const std::string output =
        run_self({"bench", "decode", "--format", format, "--events", std::to_string(options.events),
                  "--repetitions", std::to_string(options.repetitions), "--seconds",
                  fmt::format("{}", options.seconds), "--folder", options.folder, "--compression",
                  options.compression, "--json", "--quiet"});
    results.push_back(Json::parse(output)["results"].at(0));
    console.result(decode_line(results.back()));
  }
  return results;
}

int bench_decode(const DecodeCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit one(1);
  console.say(fmt::format("decoding {} events on one core, {} repetitions of at least {} each",
                          count_text(options.events), options.repetitions,
                          seconds_text(options.seconds)));
  Json results;
  if (options.format == "all") {
    results = bench_one_by_one(options, console);
  } else {
    results =
        Json::array({options.format == "memory" ? bench_memory(options) : bench_format(options)});
    console.result(decode_line(results.back()));
  }
  console.emit({{"command", "bench decode"}, {"results", results}});
  return 0;
}

}  // namespace

void add_bench_decode(CLI::App& bench, Action& action) {
  const auto options = std::make_shared<DecodeCommand>();
  CLI::App* own = bench.add_subcommand(
      "decode", "Events a second of every decoder on one core, from the page cache.");
  std::vector<std::string> formats = writable_formats();
  formats.insert(formats.end(), {"memory", "all"});
  own->add_option("--format", options->format, "one format, memory (the roof) or all")
      ->type_name("NAME")
      ->check(CLI::IsMember(formats).description(""))
      ->capture_default_str();
  own->add_option("--events", options->events, "events of the file that is made")
      ->type_name("N")
      ->check(between(std::uint64_t{1000}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  own->add_option("--repetitions", options->repetitions, "timed repetitions")
      ->type_name("N")
      ->check(between(1, 1000))
      ->capture_default_str();
  own->add_option("--seconds", options->seconds, "shortest repetition in seconds")
      ->type_name("S")
      ->check(between(0.001, 3600.0))
      ->capture_default_str();
  own->add_option("--folder", options->folder, "where the file is made and removed again")
      ->type_name("DIR")
      ->capture_default_str();
  own->add_option("--compression", options->compression, "of AEDAT4: lz4, zstd or none")
      ->type_name("NAME")
      ->check(CLI::IsMember({"lz4", "zstd", "none"}).description(""))
      ->capture_default_str();
  add_common_options(*own, options->common);
  own->footer(
      "Examples:\n  volley bench decode --json\n  volley bench decode --format evt3 --events "
      "5000000");
  own->callback([options, &action] { action = [options] { return bench_decode(*options); }; });
}

}  // namespace volley
