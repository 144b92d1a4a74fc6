// The lazy, predicting membranes against stepping every neuron at every step.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "sim/event_population.hpp"

namespace volley {
namespace {

/// Steps all neurons by the plain recurrence.
struct Plain {
  Population spec;
  std::vector<float> bias, v;

  std::vector<std::uint32_t> step(const std::vector<float>& current) {
    std::vector<std::uint32_t> fired;
    const auto beta = static_cast<float>(spec.beta);
    const auto threshold = static_cast<float>(spec.threshold);
    for (std::size_t n = 0; n < v.size(); ++n) {
      float kept = v[n];
      if (kept >= threshold && spec.reset == Reset::subtract) {
        const volatile float taken = threshold * static_cast<float>(spikes(kept));
        kept -= taken;
      }
      if (kept >= threshold && spec.reset == Reset::zero) kept = 0.0f;
      const volatile float leaked = beta * kept;
      v[n] = leaked + (current[n] + bias[n]);
      fired.insert(fired.end(), spikes(v[n]), static_cast<std::uint32_t>(n));
    }
    return fired;
  }

  std::size_t spikes(float at) const {
    const float levels = std::floor(at / static_cast<float>(spec.threshold));
    if (!(levels > 0)) return 0;
    return std::min(static_cast<std::size_t>(levels),
                    static_cast<std::size_t>(spec.quantizer.levels));
  }
};

void check(double beta, Reset reset, double bias_low, double bias_high, double input_rate,
           std::uint64_t seed, std::int64_t steps, int levels = 1) {
  Plain plain;
  plain.spec.quantizer.levels = levels;
  plain.spec.shape = {3, 4, 5};
  plain.spec.beta = beta;
  plain.spec.reset = reset;
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {2});
  boost::random::uniform_real_distribution<double> unit(0, 1);
  for (std::size_t n = 0; n < 60; ++n)
    plain.bias.push_back(static_cast<float>(bias_low + (bias_high - bias_low) * unit(engine)));
  plain.v.assign(60, 0.0f);
  EventPopulation events(plain.spec, plain.bias);
  std::size_t spikes = 0;
  for (std::int64_t t = 0; t < steps; ++t) {
    std::vector<float> current(60, 0.0f);
    for (std::size_t column = 0; column < 20; ++column) {
      if (unit(engine) >= input_rate) continue;
      for (std::size_t n = column * 3; n < column * 3 + 3; ++n) {
        current[n] = static_cast<float>(levels * (2 * unit(engine) - 0.8));
        events.currents()[n] += current[n];
      }
      events.touch(column);
    }
    StepSpikes spiked(60);
    events.finish_step(t, spiked);
    const std::vector<std::uint32_t> fired(spiked.list().begin(), spiked.list().end());
    const auto wanted = plain.step(current);
    spikes += wanted.size();
    ASSERT_EQ(fired, wanted) << "step " << t << " beta " << beta << " seed " << seed;
  }
  if (bias_high > 0.5 || input_rate > 0.05) {
    EXPECT_GT(spikes, 0u);
  }
}

TEST(EventPopulation, fires_as_if_every_neuron_were_stepped) {
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
    for (const double beta : {0.0, 0.5, 0.9, 0.99, 0.9999, 1.0})
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        check(beta, reset, -0.3, 0.3, 0.1, seed, 400);
        check(beta, reset, 0.0, 1.2 * (1 - beta) + 1e-3, 0.003, seed, 2000);
        check(beta, reset, -0.1, 0.0, 0.02, seed, 400);
      }
}

TEST(EventPopulation, several_levels_fire_as_if_every_neuron_were_stepped) {
  for (const int levels : {2, 3, 15})
    for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
      for (const double beta : {0.0, 0.5, 0.9, 0.9999, 1.0}) {
        check(beta, reset, -0.3, 0.3, 0.1, 1, 400, levels);
        check(beta, reset, 0.0, 1.2 * (1 - beta) + 1e-3, 0.003, 2, 2000, levels);
        check(beta, reset, 0.5, 2.5, 0.02, 3, 400, levels);
      }
}

TEST(EventPopulation, swept_or_not_fires_as_if_every_neuron_were_stepped) {
  for (const int levels : {1, 3})
    for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
      for (const double beta : {0.0, 0.5, 0.9, 1.0})
        for (const double rate : {0.45, 0.55, 0.9})
          check(beta, reset, -0.3, 0.3, rate, 4, 300, levels);
}

TEST(EventPopulation, busy_columns_are_swept_until_they_are_quiet) {
  Population spec;
  spec.shape = {3, 4, 5};
  EventPopulation events(spec, std::vector<float>(60, -0.01f));
  StepSpikes fired(60);
  const auto step = [&](std::int64_t t, std::size_t touched) {
    for (std::size_t column = 0; column < touched; ++column) events.touch(column);
    events.finish_step(t, fired);
    return events.swept();
  };
  EXPECT_FALSE(step(0, 9));
  EXPECT_TRUE(step(1, 10));
  EXPECT_EQ(events.updates(), 19u);
  EXPECT_TRUE(step(2, 3));
  EXPECT_EQ(events.updates(), 39u);
  std::int64_t t = 3;
  while (step(t, 1)) ++t;
  EXPECT_EQ(t, 10);  // eight quiet steps
  const std::uint64_t before = events.updates();
  EXPECT_FALSE(step(11, 1));
  EXPECT_EQ(events.updates(), before + 1);
}

TEST(EventPopulation, rest_close_to_the_threshold_is_watched) {
  // v* equals the threshold up to rounding: whether it is reached is a matter of the last bits.
  for (const double beta : {0.5, 0.75, 0.9, 0.95, 0.99}) {
    const double bias = 1 - beta;
    check(beta, Reset::subtract, bias, bias, 0.001, 1, 5000);
    check(beta, Reset::zero, bias * (1 - 1e-7), bias * (1 + 1e-7), 0.001, 2, 5000);
  }
}

TEST(EventPopulation, works_only_where_something_happens) {
  Population spec;
  spec.shape = {1, 10, 10};
  EventPopulation events(spec, std::vector<float>(100, -0.01f));
  std::vector<std::uint32_t> fired;
  for (std::int64_t t = 0; t < 1000; ++t) {
    if (t == 500) {
      events.currents()[42] = 3.0f;
      events.touch(42);
    }
    StepSpikes spiked(100);
    events.finish_step(t, spiked);
    fired.insert(fired.end(), spiked.list().begin(), spiked.list().end());
  }
  EXPECT_EQ(fired, (std::vector<std::uint32_t>{42, 42}));  // 3 - 1, then 0.9 * 2 - 0.01
  EXPECT_LE(events.updates(), 5u);
}

}  // namespace
}  // namespace volley
