// Extended neurons: closed forms, and the bound by which the event engine lets them sleep.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "sim/event_population.hpp"
#include "sim/neuron_kernels.hpp"

namespace volley {
namespace {

/// One neuron in double, fed step by step.
struct OneNeuron {
  explicit OneNeuron(const Population& population)
      : spec(population), beta(population.beta), dynamics(neuron_dynamics(spec, &beta)) {}

  void step(double current) {
    neuron_row(dynamics,
               {&current, &v, &status, &v, &status, &synapse, &adaptation, &refractory, &relative},
               1);
  }
  bool fired() const { return status > 0; }

  Population spec;
  double beta;
  NeuronDynamics<double> dynamics;
  double v = 0, synapse = 0, adaptation = 0, relative = 0;
  NeuronStatus status = 0;
  std::int32_t refractory = 0;
};

TEST(Neurons, a_synaptic_current_answers_an_impulse_with_a_difference_of_exponentials) {
  Population spec;
  spec.kind = NeuronKind::leaky_integrator;
  spec.beta = 0.9;
  spec.synapse_beta = 0.6;
  OneNeuron neuron(spec);
  for (int t = 0; t < 30; ++t) {
    neuron.step(t == 0 ? 1 : 0);
    EXPECT_NEAR(neuron.synapse, std::pow(0.6, t), 1e-12);
    EXPECT_NEAR(neuron.v, (std::pow(0.9, t + 1) - std::pow(0.6, t + 1)) / 0.3, 1e-12);
  }
}

TEST(Neurons, spikes_raise_an_adaptive_threshold) {
  Population spec;
  spec.beta = 0;
  spec.reset = Reset::none;
  spec.adaptation = 0.5;
  spec.adaptation_beta = 0.8;
  OneNeuron neuron(spec);
  for (int k = 0; k < 20; ++k) {  // fires at every step: after k spikes the trace is a partial sum
    neuron.step(100);
    ASSERT_TRUE(neuron.fired());
    EXPECT_NEAR(neuron.adaptation, (1 - std::pow(0.8, k)) / 0.2, 1e-12);
  }
  const double a = 0.8 * neuron.adaptation + 1;
  OneNeuron below = neuron, at = neuron;
  below.step(1 + 0.5 * a - 1e-9);
  at.step(1 + 0.5 * a + 1e-9);
  EXPECT_FALSE(below.fired());
  EXPECT_TRUE(at.fired());
}

TEST(Neurons, subtraction_takes_off_the_resting_threshold) {
  Population spec;
  spec.beta = 1;
  spec.adaptation = 2;
  OneNeuron neuron(spec);
  neuron.step(1.5);
  ASSERT_TRUE(neuron.fired());
  neuron.step(0);
  EXPECT_DOUBLE_EQ(neuron.v, 0.5);
  EXPECT_DOUBLE_EQ(neuron.relative, -1.5);
  neuron.step(5);
  ASSERT_TRUE(neuron.fired()) << "5.5 against 1 + 2 * 0.95";
  neuron.step(0);
  EXPECT_DOUBLE_EQ(neuron.v, 4.5);
}

TEST(Neurons, a_refractory_period_is_kept_while_the_membrane_integrates) {
  for (const int steps : {1, 2, 5}) {
    Population spec;
    spec.beta = 1;
    spec.refractory_steps = steps;
    OneNeuron neuron(spec);
    for (int t = 0; t < 40; ++t) {
      neuron.step(1);
      EXPECT_EQ(neuron.fired(), t % (steps + 1) == 0) << steps << " at " << t;
      // Nothing but spikes takes from the membrane.
      EXPECT_DOUBLE_EQ(neuron.v, t + 1 - (t + steps) / (steps + 1));
    }
  }
}

TEST(Neurons, every_spike_of_several_levels_adapts_and_resets) {
  Population spec;
  spec.beta = 0.5;
  spec.threshold = 0.5;
  spec.adaptation = 0.25;
  spec.adaptation_beta = 0.5;
  spec.quantizer.levels = 3;
  OneNeuron neuron(spec);
  neuron.step(2.75);  // 5 thresholds, of which 3 count
  EXPECT_EQ(neuron.status, 3);
  neuron.step(1);  // v = 0.5 (2.75 - 1.5) + 1, a = 3
  EXPECT_DOUBLE_EQ(neuron.v, 1.625);
  EXPECT_DOUBLE_EQ(neuron.adaptation, 3);
  EXPECT_DOUBLE_EQ(neuron.relative, 0.875);
  EXPECT_EQ(neuron.status, 1) << "0.875 / 0.5";
  neuron.step(0);
  EXPECT_DOUBLE_EQ(neuron.v, 0.5625);
  EXPECT_DOUBLE_EQ(neuron.adaptation, 2.5);
  EXPECT_EQ(neuron.status, 0);
  std::vector<std::uint32_t> spikes;
  const NeuronStatus statuses[] = {2, 0, refractory_status, 1};
  append_spikes(statuses, 4, 10, spikes);
  EXPECT_EQ(spikes, (std::vector<std::uint32_t>{10, 10, 13}));
}

TEST(Neurons, several_spikes_begin_one_refractory_period) {
  for (const Reset reset : {Reset::subtract, Reset::zero}) {
    Population spec;
    spec.beta = 1;
    spec.reset = reset;
    spec.refractory_steps = 2;
    spec.quantizer.levels = 15;
    OneNeuron neuron(spec);
    neuron.step(4.5);
    EXPECT_EQ(neuron.status, 4);
    for (int k = 0; k < 2; ++k) {
      neuron.step(3);
      EXPECT_EQ(neuron.status, refractory_status);
    }
    EXPECT_DOUBLE_EQ(neuron.v, reset == Reset::zero ? 6 : 6.5);
    neuron.step(0);
    EXPECT_EQ(neuron.status, 6);
  }
}

/// Steps every neuron at every step.
struct Stepped {
  Stepped(const Population& spec, const std::vector<float>& betas, const std::vector<float>& bias)
      : neurons(spec, betas, bias), columns(bias.size() / betas.size()) {}
  std::vector<std::uint32_t> step(const std::vector<float>& current) {
    neurons.step(0, columns, current.data());
    std::vector<std::uint32_t> spikes;
    neurons.append_fired(0, columns, spikes);
    return spikes;
  }
  FrozenNeurons neurons;
  std::size_t columns;
};

Population columns_of_three() {
  Population spec;
  spec.shape = {3, 4, 5};
  return spec;
}

/// @param drive biases lie within +-spread around it
std::size_t check(const Population& spec, const std::vector<float>& betas, double drive,
                  double spread, double input_rate, std::uint64_t seed, std::int64_t steps) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {4});
  boost::random::uniform_real_distribution<double> unit(0, 1);
  std::vector<float> bias;
  for (std::size_t n = 0; n < 60; ++n)
    bias.push_back(static_cast<float>(drive + spread * (2 * unit(engine) - 1)));
  Stepped stepped(spec, betas, bias);
  EventPopulation events(spec, bias, betas);
  std::size_t spikes = 0;
  for (std::int64_t t = 0; t < steps; ++t) {
    std::vector<float> current(60, 0.0f);
    for (std::size_t column = 0; column < 20; ++column) {
      if (unit(engine) >= input_rate) continue;
      for (std::size_t n = column * 3; n < column * 3 + 3; ++n) {
        current[n] = static_cast<float>(2 * unit(engine) - 0.8);
        events.currents()[n] += current[n];
      }
      events.touch(column);
    }
    StepSpikes spiked(60);
    events.finish_step(t, spiked);
    const std::vector<std::uint32_t> fired(spiked.list().begin(), spiked.list().end());
    const auto wanted = stepped.step(current);
    spikes += wanted.size();
    EXPECT_EQ(fired, wanted) << "step " << t << " seed " << seed;
    if (fired != wanted) return spikes;
  }
  return spikes;
}

TEST(Neurons, sleep_changes_no_spike) {
  std::size_t spikes = 0;
  const double decays[] = {0.0, 0.5, 0.9, 0.995, 1.0};
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
    for (const double beta : decays)
      for (const double synapse : decays)
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
          Population spec = columns_of_three();
          spec.reset = reset;
          spec.learn_tau = LearnTau::channel;
          spec.synapse_beta = synapse;
          spec.adaptation = seed % 2 == 0 ? 0.0 : 0.2;
          spec.adaptation_beta = 0.97;
          spec.refractory_steps = seed < 2 ? 0 : 4;
          const auto own = static_cast<float>(beta);
          const std::vector<float> betas{own, 0.9f * own, 0.5f * own};
          spikes += check(spec, betas, -0.05, 0.1, 0.05, seed, 250);
          spikes += check(spec, betas, 0.0, 0.2, 0.01, seed, 250);
          spikes += check(spec, betas, (1 - beta) * (1 - synapse), 1e-3, 0.003, seed, 600);
        }
  EXPECT_GT(spikes, 10000u);
}

TEST(Neurons, sleep_changes_no_spike_of_several_levels) {
  std::size_t spikes = 0;
  const double decays[] = {0.0, 0.9, 0.995, 1.0};
  for (const int levels : {2, 15, 255})
    for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
      for (const double beta : decays)
        for (const double synapse : decays) {
          Population spec = columns_of_three();
          spec.reset = reset;
          spec.learn_tau = LearnTau::channel;
          spec.threshold = 0.2;
          spec.synapse_beta = synapse;
          spec.adaptation = levels == 2 ? 0.0 : 0.05;
          spec.adaptation_beta = 0.97;
          spec.refractory_steps = levels == 15 ? 3 : 0;
          spec.quantizer.levels = levels;
          const auto own = static_cast<float>(beta);
          const std::vector<float> betas{own, 0.9f * own, 0.5f * own};
          spikes += check(spec, betas, -0.05, 0.1, 0.05, 1, 250);
          spikes += check(spec, betas, 0.2 * (1 - beta) * (1 - synapse), 1e-3, 0.003, 2, 400);
        }
  EXPECT_GT(spikes, 10000u);
}

TEST(Neurons, rest_close_to_the_threshold_is_watched) {
  // The limit of v is the threshold up to rounding.
  for (const double beta : {0.5, 0.9, 0.99})
    for (const double synapse : {0.5, 0.9, 0.99}) {
      Population spec = columns_of_three();
      spec.synapse_beta = synapse;
      const auto own = static_cast<float>(beta);
      const double drive = (1 - beta) * (1 - synapse);
      check(spec, {own, own, own}, drive, drive * 1e-7, 0.001, 1, 3000);
    }
}

TEST(Neurons, work_is_done_only_where_something_happens) {
  Population spec;
  spec.shape = {1, 10, 10};
  spec.synapse_beta = 0.5;
  spec.adaptation = 0.1;
  spec.refractory_steps = 2;
  EventPopulation events(spec, std::vector<float>(100, -0.01f), {0.9f});
  std::vector<std::uint32_t> fired;
  for (std::int64_t t = 0; t < 2000; ++t) {
    if (t == 500) {
      events.currents()[42] = 3.0f;
      events.touch(42);
    }
    StepSpikes spiked(100);
    events.finish_step(t, spiked);
    fired.insert(fired.end(), spiked.list().begin(), spiked.list().end());
  }
  EXPECT_GE(fired.size(), 2u);
  EXPECT_LE(events.updates(), 30u);
}

}  // namespace
}  // namespace volley
