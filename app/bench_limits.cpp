// `volley bench limits`: memory, cache, multiply-adds, bit counts, sparse row sums and synaptic
// events of this machine on one and on all threads, the roofs that other figures are held against. Owns the sizes
// and what is printed; must not know the engines.
#include "app/bench_limits.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <tbb/cache_aligned_allocator.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "app/bench_timing.hpp"
#include "app/circuit_roof.hpp"
#include "app/options.hpp"
#include "app/text.hpp"
#include "base/parallel.hpp"
#include "base/random.hpp"
#include "sim/gemm.hpp"
#include "sim/limit_kernels.hpp"

namespace volley {

namespace {

struct LimitsCommand {
  int repetitions = 5;
  double seconds = 0.2;
  std::size_t memory_mib = 384;
  CommonOptions common;
};

/// One thing measured. Every thread works on a part: a share of one amount of work, or (not
/// `divided`) as much again.
struct Limit {
  std::string name, work, unit;
  double amount;  ///< in the unit times a second
  bool divided;
  std::function<void(std::size_t part, std::size_t parts)> run;
};

/// On cache lines, so that no vector is loaded from two.
template <class T>
using Values = std::vector<T, tbb::cache_aligned_allocator<T>>;

/// n equal values in huge pages where the system gives them, so that translating addresses is not
/// what is measured.
template <class T>
std::shared_ptr<T[]> huge_values(std::size_t n, T value) {
  constexpr std::size_t page = std::size_t{1} << 21;
  const std::size_t bytes = (n * sizeof(T) + page - 1) / page * page;
  std::shared_ptr<T[]> values(static_cast<T*>(std::aligned_alloc(page, bytes)), std::free);
  if (values == nullptr) throw std::bad_alloc();
  ::madvise(values.get(), bytes, MADV_HUGEPAGE);  // a wish: works without, slower
  std::fill_n(values.get(), n, value);
  return values;
}

constexpr std::size_t mib = std::size_t{1} << 20;
/// The first layer of the reference MLP.
constexpr std::size_t inputs = 2312, neurons = 512;
constexpr double density = 0.03;

Limit memory_triad(std::size_t memory_mib) {
  const std::size_t n = memory_mib * mib / (3 * sizeof(double));
  const auto values = huge_values(3 * n, 1.0);
  return {"memory_triad",
          fmt::format("a[i] = b[i] + 3 c[i], double, {} MiB", memory_mib),
          "GB/s",
          3.0 * sizeof(double) * static_cast<double>(n) / giga,
          true,
          [values, n](std::size_t part, std::size_t parts) {
            const std::size_t from = n * part / parts, to = n * (part + 1) / parts;
            double* a = values.get();
            triad(a + from, a + n + from, a + 2 * n + from, to - from, 3.0);
          }};
}

Limit cache_read(std::size_t threads) {
  constexpr std::size_t n = 512 * 1024 / sizeof(float), passes = 128;
  const auto values = huge_values(threads * n, 1.0f);
  const auto sums = std::make_shared<Values<float>>(threads);
  return {"cache_read", "sum of 512 KiB of floats a thread", "GB/s",
          static_cast<double>(n * passes * sizeof(float)) / giga, false,
          [values, sums](std::size_t part, std::size_t) {
            float sum = 0;
            for (std::size_t pass = 0; pass < passes; ++pass)
              sum += sum_values(values.get() + part * n, n);
            (*sums)[part] = sum;
          }};
}

Limit multiply_add(std::size_t threads) {
  constexpr std::size_t rounds = 1'000'000;
  const std::size_t width = multiply_add_width();
  const auto values = std::make_shared<Values<float>>(threads * width, 1.0f);
  return {"multiply_add", fmt::format("{} floats in registers", width), "GFLOP/s",
          2.0 * static_cast<double>(rounds * width) / giga, false,
          [values, width](std::size_t part, std::size_t) {
            // Towards 2, so that no value becomes subnormal and slow.
            multiply_add_chain(values->data() + part * width, rounds, 0.5f, 1.0f);
          }};
}

Limit dense_product(std::size_t threads) {
  constexpr std::size_t rows = 512;
  const auto a = std::make_shared<Values<float>>(threads * rows * inputs, 0.5f);
  const auto b = std::make_shared<Values<float>>(neurons * inputs, 0.25f);
  const auto c = std::make_shared<Values<float>>(threads * rows * neurons);
  return {"dense_product", fmt::format("SGEMM {} x {} x {} a thread", rows, neurons, inputs),
          "GFLOP/s", 2.0 * static_cast<double>(rows * neurons * inputs) / giga, false,
          [a, b, c](std::size_t part, std::size_t) {
            multiply_transposed(rows, neurons, inputs, a->data() + part * rows * inputs, b->data(),
                                c->data() + part * rows * neurons, false);
          }};
}

Limit and_popcount(std::size_t threads) {
  constexpr std::size_t words = 256, passes = 2000;
  constexpr std::size_t rows = popcount_tile_rows, columns = popcount_tile_columns;
  constexpr std::size_t own = (rows + columns) * words, counts = rows * columns;
  const auto bits = std::make_shared<Values<std::uint64_t>>(threads * own, 0x9249249249249249);
  const auto sums = std::make_shared<Values<std::uint64_t>>(threads * counts);
  return {"and_popcount", fmt::format("{} x {} rows of {} bits", rows, columns, 64 * words),
          "GOP/s", 2.0 * static_cast<double>(64 * words * counts * passes) / giga, false,
          [bits, sums](std::size_t part, std::size_t) {
            const std::uint64_t* a = bits->data() + part * own;
            for (std::size_t pass = 0; pass < passes; ++pass)
              and_popcount_tile(a, a + rows * words, words, sums->data() + part * counts);
          }};
}

Limit sparse_rows(std::size_t threads) {
  constexpr std::size_t steps = 256;
  const auto weights = std::make_shared<Values<float>>(inputs * neurons, 0.5f);
  const auto sums = std::make_shared<Values<float>>(threads * neurons);
  const auto spikes = std::make_shared<std::vector<std::vector<std::uint32_t>>>(steps);
  RandomEngine engine = random_stream(1, StreamPurpose::bench, {inputs});
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  std::size_t rows = 0;
  for (auto& step : *spikes) {
    for (std::uint32_t i = 0; i < inputs; ++i)
      if (uniform(engine) < density) step.push_back(i);
    rows += step.size();
  }
  return {"sparse_rows",
          fmt::format("rows of {} floats, {:.0f} % of {}", neurons, 100 * density, inputs),
          "G adds/s", static_cast<double>(rows * neurons) / giga, false,
          [weights, sums, spikes](std::size_t part, std::size_t) {
            float* sum = sums->data() + part * neurons;
            for (const auto& step : *spikes)
              sum_rows(sum, neurons, weights->data(), step.data(), step.size());
          }};
}

/// The balanced network of 4,000 neurons: a whole one for each thread.
Limit scattered_events(std::size_t threads) {
  const auto work = std::make_shared<ScatteredEvents>(4000, 80, 4000, threads);
  return {"scattered_events", "rows of 80 targets among 4,000 currents", "G events/s",
          work->events() / giga, false,
          [work](std::size_t part, std::size_t) { work->run(part); }};
}

Limit neuron_updates(std::size_t threads) {
  const auto work = std::make_shared<NeuronUpdates>(4000, threads);
  return {"neuron_updates", "4,000 neurons of 3 floats read and written", "G updates/s",
          work->updates() / giga, false,
          [work](std::size_t part, std::size_t) { work->run(part); }};
}

Json measured(const Limit& limit, std::size_t threads, const LimitsCommand& options) {
  const Timing timing = measure(
      [&] { parallel_for(threads, [&](std::size_t part) { limit.run(part, threads); }); },
      options.repetitions, options.seconds);
  const double amount = limit.amount * (limit.divided ? 1.0 : static_cast<double>(threads));
  return {{"bench", "limits"},
          {"limit", limit.name},
          {"work", limit.work},
          {"unit", limit.unit},
          {"threads", threads},
          {"instruction_set", limit_instruction_set()},
          {"value",
           {{"median", amount / timing.median},
            {"min", amount / timing.max},
            {"max", amount / timing.min}}},
          {"repetitions", timing.repetitions},
          {"calls_per_repetition", timing.calls}};
}

std::vector<std::string> row_of(const Json& json) {
  std::vector<std::string> row = {json["limit"].get<std::string>(),
                                  std::to_string(json["threads"].get<std::size_t>())};
  for (const char* key : {"median", "min", "max"})
    row.push_back(rate_text(json["value"][key].get<double>()));
  row.push_back(json["unit"].get<std::string>());
  row.push_back(json["work"].get<std::string>());
  return row;
}

int bench_limits(const LimitsCommand& options) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit limit_of_threads(options.common.threads);
  const auto threads = static_cast<std::size_t>(threads_in_use());
  console.say(fmt::format("limits of this machine on {}, {}; {} repetitions of at least {} each",
                          plural(threads, "thread"), limit_instruction_set(),
                          options.repetitions, seconds_text(options.seconds)));
  // Made one by one, so that the memory of one is free before the next.
  const std::vector<std::function<Limit()>> limits = {
      [&] { return memory_triad(options.memory_mib); },
      [&] { return cache_read(threads); },
      [&] { return multiply_add(threads); },
      [&] { return dense_product(threads); },
      [&] { return and_popcount(threads); },
      [&] { return sparse_rows(threads); },
      [&] { return scattered_events(threads); },
      [&] { return neuron_updates(threads); }};
  Json results = Json::array();
  std::vector<std::vector<std::string>> rows = {
      {"limit", "threads", "median", "min", "max", "unit", "work"}};
  for (const auto& make : limits) {
    const Limit limit = make();
    for (const std::size_t count : {std::size_t{1}, threads}) {
      if (count == 1 && !results.empty() && results.back()["limit"] == limit.name) continue;
      if (console.progress_due()) console.progress("measuring " + limit.name);
      results.push_back(measured(limit, count, options));
      rows.push_back(row_of(results.back()));
    }
  }
  console.result(table_text(rows));
  console.emit({{"command", "bench limits"}, {"results", results}});
  return 0;
}

}  // namespace

double sparse_row_roof(int repetitions, double seconds) {
  const Limit limit = sparse_rows(1);
  return giga * limit.amount / measure([&] { limit.run(0, 1); }, repetitions, seconds).median;
}

void add_bench_limits(CLI::App& bench, Action& action) {
  const auto options = std::make_shared<LimitsCommand>();
  CLI::App* own = bench.add_subcommand(
      "limits", "What this machine can do at most: memory, cache, sums, products, bits, synapses.");
  own->add_option("--repetitions", options->repetitions, "timed repetitions")
      ->type_name("N")
      ->check(between(1, 1000))
      ->capture_default_str();
  own->add_option("--seconds", options->seconds, "shortest repetition in seconds")
      ->type_name("S")
      ->check(between(0.001, 3600.0))
      ->capture_default_str();
  own->add_option("--memory-mib", options->memory_mib,
                  "working set of memory_triad, several times this machine's caches")
      ->type_name("MIB")
      ->check(between(std::size_t{1}, std::size_t{1} << 20))
      ->capture_default_str();
  add_common_options(*own, options->common);
  own->footer("Examples:\n  volley bench limits\n  volley bench limits --threads 1 --json");
  own->callback([options, &action] { action = [options] { return bench_limits(*options); }; });
}

}  // namespace volley
