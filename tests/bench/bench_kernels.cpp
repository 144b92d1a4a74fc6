// The inner loops one by one, at the sizes of the reference networks; counters in additions or
// neurons per second of one thread.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/aligned.hpp"
#include "base/random.hpp"
#include "sim/cell_kernels.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/plan.hpp"
#include "sim/row_kernels.hpp"
#include "sim/synapse_delivery.hpp"
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

/// The balanced network's neurons: leak, two currents, threshold, five milliseconds of silence.
struct Neurons {
  explicit Neurons(std::size_t n)
      : v(n), excitatory(n), inhibitory(n), refractory(n / cell_group), fired(n) {
    coefficients.threshold = -50;
    coefficients.reset_value = -60;
    const auto values = random_values(n, 12);
    for (std::size_t i = 0; i < n; ++i) {
      v[i] = -55 + 4 * values[i];
      excitatory[i] = 5 + values[i];
      inhibitory[i] = -5 - values[n - 1 - i];
    }
  }
  CellCoefficients coefficients = cell_coefficients(0.1, 20, 5, 10, -49, 0);
  AlignedVector<float> v, excitatory, inhibitory;
  std::vector<std::uint64_t> refractory;
  std::vector<std::uint32_t> fired;
};

void update_neurons(benchmark::State& state) {
  Neurons cells(static_cast<std::size_t>(state.range(0)));
  const CellRow row{cells.v.data(), cells.excitatory.data(), cells.inhibitory.data(), nullptr,
                    cells.refractory.data()};
  bool backward = false;
  for (auto _ : state) {
    benchmark::DoNotOptimize(update_cells(cells.coefficients, row, cells.v.size(), false, 0,
                                          backward, cells.fired.data()));
    backward = !backward;
  }
  count(state, cells.v.size(), "neurons");
}
BENCHMARK(update_neurons)->Arg(2048)->Arg(4032)->Arg(20032)->Arg(100032);

void update_neurons_plain_loop(benchmark::State& state) {
  Neurons cells(static_cast<std::size_t>(state.range(0)));
  const CellCoefficients c = cells.coefficients;
  for (auto _ : state) {
    std::size_t spikes = 0;
    for (std::size_t i = 0; i < cells.v.size(); ++i) {
      float next = c.decay * cells.v[i] + c.offset;
      next += c.from_excitatory * cells.excitatory[i];
      next += c.from_inhibitory * cells.inhibitory[i];
      cells.excitatory[i] *= c.excitatory_decay;
      cells.inhibitory[i] *= c.inhibitory_decay;
      if (((cells.refractory[i / 64] >> (i % 64)) & 1) != 0) continue;
      if (next >= c.threshold) {
        next = c.reset_value;
        cells.fired[spikes++] = static_cast<std::uint32_t>(i);
      }
      cells.v[i] = next;
    }
    benchmark::DoNotOptimize(spikes);
  }
  count(state, cells.v.size(), "neurons");
}
BENCHMARK(update_neurons_plain_loop)->Arg(2048)->Arg(4032)->Arg(20032)->Arg(100032);

/// Rows of 80 targets in a block of n neurons, and a step's spikes of all n, 5.5 a second each.
struct Synapses {
  explicit Synapses(std::size_t n) : table{}, currents(n) {
    RandomEngine engine = random_stream(13, StreamPurpose::bench, {n});
    table.weight = 1.62f;
    rows.offsets.push_back(0);
    for (std::size_t source = 0; source < n; ++source) {
      for (std::size_t k = 0; k < 80; ++k)
        rows.targets.push_back(static_cast<std::uint16_t>(engine() % n));
      std::sort(rows.targets.end() - 80, rows.targets.end());
      rows.offsets.push_back(rows.targets.size());
    }
    for (std::vector<std::uint32_t>& step : steps)
      for (std::size_t k = 0; k < std::max<std::size_t>(n * 55 / 100'000, 1); ++k)
        step.push_back(static_cast<std::uint32_t>(engine() % n));
  }
  SynapseTable table;
  SynapseTable::Rows rows;
  std::array<std::vector<std::uint32_t>, 256> steps;
  AlignedVector<float> currents;
};

void deliver_spikes(benchmark::State& state) {
  Synapses synapses(static_cast<std::size_t>(state.range(0)));
  std::size_t step = 0;
  std::uint64_t events = 0;
  for (auto _ : state)
    events += deliver(synapses.table, synapses.rows, synapses.steps[step++ % 256],
                      synapses.currents.data());
  state.counters["events"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(deliver_spikes)->Arg(4000)->Arg(20000)->Arg(50000);

void deliver_spikes_plain_loop(benchmark::State& state) {
  Synapses synapses(static_cast<std::size_t>(state.range(0)));
  std::size_t step = 0;
  std::uint64_t events = 0;
  for (auto _ : state)
    for (const std::uint32_t source : synapses.steps[step++ % 256])
      for (std::uint64_t k = synapses.rows.offsets[source]; k < synapses.rows.offsets[source + 1];
           ++k, ++events)
        synapses.currents[synapses.rows.targets[k]] += synapses.table.weight;
  state.counters["events"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(deliver_spikes_plain_loop)->Arg(4000)->Arg(20000)->Arg(50000);

}  // namespace
}  // namespace volley
