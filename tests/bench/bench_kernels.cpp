// The inner loops one by one, at the sizes of the reference networks; counters in additions or
// neurons per second of one thread.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/random.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/plan.hpp"
#include "sim/row_kernels.hpp"
#include "sim/training_kernels.hpp"

namespace volley {
namespace {

std::vector<float> random_values(std::size_t n, std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {n});
  boost::random::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(n);
  for (float& value : values) value = uniform(engine);
  return values;
}

void count(benchmark::State& state, std::size_t per_pass, const char* name) {
  state.counters[name] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(per_pass),
      benchmark::Counter::kIsRate);
}

/// 69 spikes of 2,312 inputs onto n neurons: one step of the reference MLP.
void add_rows_of_spikes(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const auto weights = random_values(2312 * n, 1);
  std::vector<std::uint32_t> rows;
  for (std::uint32_t k = 0; k < 69; ++k) rows.push_back(k * 2311 / 68);
  std::vector<float> current(n);
  for (auto _ : state) {
    add_rows(current.data(), n, weights.data(), rows.data(), rows.size());
    benchmark::DoNotOptimize(current.data());
  }
  count(state, rows.size() * n, "additions");
}
BENCHMARK(add_rows_of_spikes)->Arg(10)->Arg(256)->Arg(512)->Arg(2048);

/// One spike through a 5 x 5 kernel onto 16 channels of a 30 x 30 map.
void scatter_one_spike(benchmark::State& state) {
  Projection projection;
  projection.kind = ProjectionKind::conv2d;
  projection.kernel_height = projection.kernel_width = 5;
  const ConvTable table = make_conv_table(projection, {2, 34, 34}, {16, 30, 30});
  const auto taps = random_values(25 * 16, 2);
  std::vector<float> map(30 * 30 * 16);
  const auto reaches = table.from(17 * 34 + 17);
  for (auto _ : state) {
    scatter_taps(map.data(), taps.data(), reaches.data(), reaches.size(), 16);
    benchmark::DoNotOptimize(map.data());
  }
  count(state, reaches.size() * 16, "additions");
}
BENCHMARK(scatter_one_spike);

void step_membranes(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const auto previous = random_values(n, 3), current = random_values(n, 4);
  std::vector<float> v(n);
  std::vector<std::uint32_t> spikes(n);
  for (auto _ : state) {
    membrane_row({0.9f, 1.0f, Reset::subtract, previous.data(), current.data(), nullptr,
                  current.data(), v.data()},
                 n);
    benchmark::DoNotOptimize(find_spikes(v.data(), n, 1.0f, spikes.data()));
  }
  count(state, n, "neurons");
}
BENCHMARK(step_membranes)->Arg(512)->Arg(14400);

void step_gradients(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const auto v = random_values(n, 5), next = random_values(n, 6), constant = random_values(n, 7);
  std::vector<float> gradient = random_values(n, 8);
  BackwardRow<float> row{};
  row.beta = 0.9f;
  row.threshold = 1.0f;
  row.window = 2.0f;
  row.estimator = Estimator::denoise;
  row.attached = row.clip = true;
  row.constants = {constant.data(), constant.data(), constant.data(),
                   constant.data(), constant.data(), constant.data()};
  row.v = v.data();
  row.next = next.data();
  row.gradient = gradient.data();
  for (auto _ : state) {
    backward_row(row, n);
    benchmark::DoNotOptimize(gradient.data());
  }
  count(state, n, "neurons");
}
BENCHMARK(step_gradients)->Arg(512)->Arg(14400);

void step_adam(benchmark::State& state) {
  const std::size_t n = 1 << 20;
  auto parameter = random_values(n, 9), first = random_values(n, 10);
  std::vector<float> second(n, 0.1f);
  const auto gradient = random_values(n, 11);
  for (auto _ : state)
    adam_row({parameter.data(), first.data(), second.data(), gradient.data(), 1.0f, 1e-6f, 0.01f,
              0.9f, 0.999f, 0.5f, 0.5f, 1e-8f},
             n);
  count(state, n, "parameters");
}
BENCHMARK(step_adam);

}  // namespace
}  // namespace volley
