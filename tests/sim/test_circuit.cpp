// Large networks: spikes against the exact reference, the same bytes for any number of threads and
// any instruction set, and the states that the literature describes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/error.hpp"
#include "circuit_reference.hpp"
#include "models/circuit_file.hpp"
#include "sim/circuit_simulator.hpp"
#include "sim/instruction_set.hpp"
#include "sim/spike_statistics.hpp"
#include "thread_ranks.hpp"

namespace volley::test {
namespace {

Circuit shipped(const std::string& name) {
  return load_circuit(std::string(VOLLEY_SOURCE_DIR) + "/models/networks/" + name + ".toml");
}

/// Two populations of lif, one of integrate_and_fire, one of recorded spikes, every receptor, every
/// kind of weight and delay, sizes that fit no vector.
Circuit mixed(double shortest_delay_ms = 0) {
  const std::string delay = std::to_string(shortest_delay_ms);
  return parse_circuit(R"(
[simulation]
dt_ms = 0.1
[[population]]
name = "in"
model = "recorded"
neurons = 70
file = "in.csv"
[[population]]
name = "a"
neurons = 130
rest = -52
drive = 1.5
threshold = -50
reset_value = -60
tau_ms = 15
refractory_ms = 3
initial = { distribution = "uniform", low = -60, high = -50 }
record_membrane = [0, 129]
[[population]]
name = "b"
neurons = 33
tau_ms = 10
tau_inhibitory_ms = 10
drive = 1.2
reset = "subtract"
[[population]]
name = "c"
model = "integrate_and_fire"
neurons = 20
threshold = 3.0137
drive = 0.0217
[[projection]]
from = "in"
to = "a"
rule = "fixed_in_degree"
in_degree = 20
weight = { distribution = "lognormal", mean = 0, sd = 0.5 }
delay_ms = )" + delay + R"(
[[projection]]
from = "a"
to = ["a", "b"]
rule = "fixed_probability"
probability = 0.1
weight = 0.4
delay_ms = )" + delay + R"(
[[projection]]
from = "b"
to = "a"
rule = "fixed_probability"
probability = 0.3
receptor = "inhibitory"
weight = { distribution = "normal", mean = -1, sd = 0.2 }
delay_ms = { distribution = "uniform", low = )" + delay + R"(, high = 4 }
[[projection]]
from = "a"
to = "c"
rule = "all_to_all"
weight = { distribution = "one_bit", magnitude = 0.25, positive = 0.7 }
delay_ms = 1.5
[[projection]]
from = "c"
to = "b"
rule = "fixed_probability"
probability = 0.5
receptor = "delta"
weight = 0.125
delay_ms = )" + delay + "\n", "mixed.toml");
}

std::vector<SpikeTrain> recorded_input() {
  SpikeTrain train;
  train.inputs = 70;
  train.steps = 900;
  for (std::uint32_t step = 0; step < train.steps; ++step) {
    for (std::uint32_t i = 0; i < 70; ++i)
      if ((step * 31 + i * 17) % 211 < 2) train.indices.push_back(i);
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  std::vector<SpikeTrain> trains(4);
  trains[0] = train;
  return trains;
}

std::vector<ReferenceSpike> spikes_of(const CircuitSimulator& simulator) {
  std::vector<ReferenceSpike> spikes;
  std::vector<SpikeTrain> trains;
  for (std::size_t p = 0; p < simulator.circuit().populations(); ++p)
    trains.push_back(simulator.spike_train(p));
  for (std::uint32_t step = 0; step < simulator.step(); ++step)
    for (std::size_t p = 0; p < trains.size(); ++p)
      for (const std::uint32_t neuron : trains[p].step(step)) spikes.push_back({step, p, neuron});
  return spikes;
}

TEST(Circuit, SpikesAreThoseOfAnExactReference) {
  const Circuit circuit = mixed();
  CircuitSimulator simulator(circuit, {3, 2, 0, true}, recorded_input());
  std::vector<std::vector<double>> initial(4);
  for (std::size_t p = 1; p < 4; ++p)
    for (std::uint32_t i = 0; i < circuit.population(p).neurons; ++i)
      initial[p].push_back(static_cast<double>(simulator.v(p, i)));
  simulator.run(500);
  const ReferenceRun reference = run_reference(circuit, 3, initial, recorded_input(), 500);
  const auto spikes = spikes_of(simulator);
  // Enough spikes of every population to say something, few enough that float rounding has not
  // moved one of them.
  for (std::size_t p = 1; p < 4; ++p) EXPECT_GT(simulator.spikes(p), 50u) << p;
  for (std::size_t i = 0; i < spikes.size(); ++i)
    ASSERT_EQ(spikes[i], reference.spikes[i])
        << "step " << spikes[i].step << " or " << reference.spikes[i].step << ", population "
        << spikes[i].population << " or " << reference.spikes[i].population << ", neuron "
        << spikes[i].neuron << " or " << reference.spikes[i].neuron;
  for (std::size_t k = 0; k < 2; ++k) {
    const std::uint32_t neuron = circuit.population(1).record_membrane[k];
    const std::span<const float> v = simulator.membrane(1, k);
    ASSERT_EQ(v.size(), 500u);
    for (std::size_t step = 0; step < 500; ++step)
      ASSERT_NEAR(static_cast<double>(v[step]), reference.membranes[1][neuron][step], 1e-3);
  }
}

TEST(Circuit, AnyNumberOfThreadsGivesTheSameBytes) {
  for (const double delay : {0.0, 0.7}) {
    const Circuit circuit = mixed(delay);
    CircuitSimulator one(circuit, {5, 1, 0}, recorded_input());
    one.run(1000);
    ASSERT_GT(one.synaptic_events(), 10'000u);
    for (const int threads : {2, 3, 16}) {
      CircuitSimulator many(circuit, {5, threads, 0, true}, recorded_input());
      ASSERT_EQ(many.threads(), static_cast<std::size_t>(threads));
      for (const std::uint32_t steps : {1u, 299u, 3u, 697u}) many.run(steps);
      EXPECT_EQ(spikes_of(many), spikes_of(one)) << threads;
      EXPECT_EQ(many.synapses(), one.synapses());
      EXPECT_EQ(many.synaptic_events(), one.synaptic_events());
      for (std::uint32_t i = 0; i < 130; ++i) EXPECT_EQ(many.v(1, i), one.v(1, i)) << threads;
    }
  }
}

TEST(Circuit, AnyNumberOfRanksGivesTheSameBytes) {
  for (const double delay : {0.0, 0.7}) {
    const Circuit circuit = mixed(delay);
    CircuitSimulator one(circuit, {5, 1, 0}, recorded_input());
    one.run(1000);
    for (const int size : {2, 5}) {
      std::mutex reporting;
      std::uint64_t rows = 0;
      run_ranks(size, [&](const Ranks& ranks) {
        const int threads = size == 2 ? 1 + ranks.rank() : 1;
        CircuitSimulator shared(circuit, {5, threads, 0}, recorded_input(), ranks);
        for (const std::uint32_t steps : {1u, 299u, 3u, 697u}) shared.run(steps);
        const std::lock_guard lock(reporting);
        EXPECT_EQ(spikes_of(shared), spikes_of(one)) << ranks.rank() << " of " << size;
        EXPECT_EQ(shared.synapses(), one.synapses());
        EXPECT_EQ(shared.synaptic_events(), one.synaptic_events());
        for (std::size_t p = 0; p < 4; ++p) EXPECT_EQ(shared.spikes(p), one.spikes(p));
        for (std::size_t k = 0; k < circuit.population(1).record_membrane.size(); ++k)
          EXPECT_TRUE(std::ranges::equal(shared.membrane(1, k), one.membrane(1, k)));
        rows += shared.own_synapses();
      });
      EXPECT_EQ(rows, one.synapses());
    }
  }
}

TEST(Circuit, UnconnectedPopulationsOnRanksKeepTheirSpikes) {
  Circuit circuit = mixed();
  Circuit alone;
  alone.name = "alone";
  alone.options = circuit.options;
  for (std::size_t p = 1; p < 4; ++p) alone.add_population(circuit.population(p));
  CircuitSimulator one(alone, {5, 1, 0});
  one.run(700);
  run_ranks(2, [&](const Ranks& ranks) {
    CircuitSimulator shared(alone, {5, 1, 0}, {}, ranks);
    shared.run(700);
    EXPECT_EQ(spikes_of(shared), spikes_of(one));
  });
}

TEST(Circuit, SmallOnesTakeOneThread) {
  EXPECT_EQ(worthwhile_threads(shipped("cuba-4000"), 2), 1u);
  EXPECT_EQ(worthwhile_threads(shipped("brunel"), 2), 2u);
  EXPECT_EQ(worthwhile_threads(shipped("brunel"), 1), 1u);
  EXPECT_EQ(worthwhile_threads(mixed(), 16), 16u);  // who knows how often the recorded input fires
  CircuitSimulator simulator(shipped("cuba-4000"), {1, 16, 0});
  EXPECT_EQ(simulator.threads(), 1u);
}

TEST(Circuit, SourcesThatFireOftenAreWorthThreads) {
  for (const double rate_hz : {1.0, 1000.0}) {
    Circuit circuit;
    CellPopulation source;
    source.name = "source";
    source.kind = CellKind::poisson;
    source.neurons = 2000;
    source.rate_hz = rate_hz;
    CellPopulation target;
    target.name = "target";
    target.neurons = 2000;
    const std::size_t from = circuit.add_population(source), to = circuit.add_population(target);
    CellProjection projection;
    projection.rule = ConnectionRule::fixed_in_degree;
    projection.in_degree = 100;
    circuit.add_projection(from, to, projection);
    EXPECT_EQ(worthwhile_threads(circuit, 2), rate_hz > 1 ? 2u : 1u);
  }
}

TEST(Circuit, EveryInstructionSetGivesTheSameBytes) {
  const Circuit circuit = mixed();
  std::vector<ReferenceSpike> first;
  for (const std::string& set : instruction_sets()) {
    force_instruction_set(set);
    CircuitSimulator simulator(circuit, {5, 2, 0, true}, recorded_input());
    simulator.run(800);
    if (first.empty()) first = spikes_of(simulator);
    EXPECT_EQ(spikes_of(simulator), first) << set;
  }
  force_instruction_set("");
}

TEST(Circuit, BalancedNetworkFiresAsPublished) {
  CircuitSimulator simulator(shipped("cuba-4000"), {1, 2, 0});
  simulator.run(12'000);
  double spikes = 0, cv = 0;
  for (std::size_t p = 0; p < 2; ++p) {
    const SpikeStatistics each = spike_statistics(simulator.spike_train(p), 0.1, 2000);
    spikes += static_cast<double>(each.spikes);
    cv += each.interval_cv / 2;
  }
  // Brian2, GeNN and NEST on the same equations: 5.0 to 5.7 Hz.
  EXPECT_GT(spikes / 4000, 4.8);
  EXPECT_LT(spikes / 4000, 6.3);
  EXPECT_GT(cv, 0.35);
  EXPECT_LT(cv, 0.9);
}

TEST(Circuit, LargerBalancedNetworkFiresMoreSlowly) {
  CircuitSimulator simulator(shipped("cuba-20000"), {1, 2, 0});
  simulator.run(4'000);
  const double spikes = static_cast<double>(
      spike_statistics(simulator.spike_train(0), 0.1, 2000).spikes +
      spike_statistics(simulator.spike_train(1), 0.1, 2000).spikes);
  EXPECT_NEAR(spikes / 20'000 / 0.2, 2.9, 0.5);
}

TEST(Circuit, BrunelsNetworkIsAsynchronousAndIrregular) {
  CircuitSimulator simulator(shipped("brunel"), {1, 2, 0});
  simulator.run(3000);
  const SpikeTrain train = simulator.spike_train(0);
  const SpikeStatistics statistics = spike_statistics(train, 0.1, 1000);
  // The paper's self-consistent rate for these numbers (mean input and noise of its equation 4 in
  // the first-passage time of its equation 21, solved numerically) is 37.9 Hz.
  EXPECT_NEAR(statistics.rate_hz, 37.9, 2);
  EXPECT_GT(statistics.interval_cv, 0.3);
  EXPECT_LT(statistics.interval_cv, 0.7);
  // Asynchronous: the population's rate in bins of a millisecond swings by half of itself (the
  // damped oscillation of a finite network; 0.54 in a plain program of twenty lines), where
  // synchronous states swing between nothing and many times the mean.
  double sum = 0, squares = 0;
  for (std::uint32_t step = 1000; step < 3000; step += 10) {
    const double count = train.offsets[step + 10] - train.offsets[step];
    sum += count / 200;
    squares += count * count / 200;
  }
  EXPECT_NEAR(std::sqrt(squares - sum * sum) / sum, 0.54, 0.12);
}

TEST(Circuit, MemoryIsAskedForBeforeItIsTaken) {
  Circuit circuit = shipped("cuba-20000");
  try {
    CircuitSimulator(circuit, {1, 1, 1 << 20});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("memory"), std::string::npos);
  }
}

TEST(Circuit, RecordedSpikesOfAnotherSizeAreRefused) {
  auto trains = recorded_input();
  trains[0].inputs = 71;
  EXPECT_THROW(CircuitSimulator(mixed(), {1, 1, 0}, trains), Error);
}

}  // namespace
}  // namespace volley::test
