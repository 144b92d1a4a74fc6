// Traces and histories that look like those of a trained network, made without one; the same every
// time.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "sim/trace.hpp"
#include "sim/training_history.hpp"

namespace volley::fake {

inline SpikeTrain train_of(const std::vector<std::vector<std::uint32_t>>& steps,
                           std::uint32_t inputs) {
  SpikeTrain train;
  train.steps = static_cast<std::uint32_t>(steps.size());
  train.inputs = inputs;
  for (const auto& step : steps) {
    train.indices.insert(train.indices.end(), step.begin(), step.end());
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

/// A ring that moves over the sensor: ON where it comes, OFF where it leaves.
inline PopulationTrace moving_ring(int side, std::uint32_t steps) {
  RandomEngine random = random_stream(7, StreamPurpose::synthetic, {1});
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  std::vector<std::vector<std::uint32_t>> spikes(steps);
  for (std::uint32_t t = 0; t < steps; ++t) {
    const double phase = 6.283 * t / steps;
    const double cx = side * (0.5 + 0.12 * std::cos(phase));
    const double cy = side * (0.5 + 0.12 * std::sin(phase));
    const double vx = -std::sin(phase), vy = std::cos(phase);
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) {
        const double dx = x + 0.5 - cx, dy = y + 0.5 - cy, r = std::hypot(dx, dy);
        const double rim = std::exp(-std::pow((r - side * 0.25) / 1.3, 2));
        const double motion = (dx * vx + dy * vy) / (r + 0.1);
        const double on = 0.13 * rim * std::max(0.0, motion) + 0.0004;
        const double off = 0.13 * rim * std::max(0.0, -motion) + 0.0004;
        const auto pixel = static_cast<std::uint32_t>(y * side + x) * 2;
        if (uniform(random) < off) spikes[t].push_back(pixel);
        if (uniform(random) < on) spikes[t].push_back(pixel + 1);
      }
  }
  return {"input", NeuronKind::input, {2, side, side},
          train_of(spikes, static_cast<std::uint32_t>(2 * side * side)), {}};
}

inline PopulationTrace noisy_layer(const std::string& name, Shape shape, std::uint32_t steps,
                                   std::uint64_t seed, double rate = 0.05) {
  RandomEngine random = random_stream(seed, StreamPurpose::synthetic, {2});
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  const auto neurons = static_cast<std::uint32_t>(shape.size());
  std::vector<double> strength(neurons);
  for (double& value : strength)
    value = uniform(random) < 0.15 ? 0.0 : std::pow(uniform(random), 2);
  std::vector<std::vector<std::uint32_t>> spikes(steps);
  for (std::uint32_t t = 0; t < steps; ++t)
    for (std::uint32_t n = 0; n < neurons; ++n)
      if (uniform(random) < 3 * rate * strength[n] * (1 + 0.8 * std::sin(6.283 * t / 60.0)))
        spikes[t].push_back(n);
  return {name, NeuronKind::lif, shape, train_of(spikes, neurons), {}};
}

inline SampleTrace trace(std::uint32_t steps = 300, int label = 3, int predicted = 3) {
  SampleTrace made;
  made.recording = "Test/3/00032.bin";
  made.label = label;
  made.predicted = predicted;
  made.dt_ms = 1.0;
  made.steps = steps;
  made.populations.push_back(moving_ring(34, steps));
  made.populations.push_back(noisy_layer("hidden", {256, 1, 1}, steps, 11));
  RandomEngine random = random_stream(3, StreamPurpose::synthetic, {3});
  boost::random::uniform_real_distribution<double> uniform(-0.5, 0.5);
  PopulationTrace readout{"readout", NeuronKind::leaky_integrator, {10, 1, 1}, {}, {}};
  std::vector<double> membrane(10, 0.0);
  made.scores.assign(10, 0.0F);
  for (std::uint32_t t = 0; t < steps; ++t)
    for (std::size_t c = 0; c < 10; ++c) {
      const double drive = static_cast<int>(c) == predicted ? 0.09
                           : static_cast<int>(c) == label   ? 0.05
                                                            : -0.01 * static_cast<double>(c % 4);
      membrane[c] = 0.97 * membrane[c] + drive + 0.25 * uniform(random);
      readout.membrane.push_back(static_cast<float>(membrane[c]));
      made.scores[c] += static_cast<float>(membrane[c] / steps);
    }
  made.populations.push_back(std::move(readout));
  return made;
}

/// A convolutional network's trace: maps, pooled maps and a readout.
inline SampleTrace deep_trace(std::uint32_t steps = 300) {
  SampleTrace made = trace(steps, 3, 5);
  PopulationTrace readout = std::move(made.populations.back());
  made.populations.pop_back();
  made.populations.pop_back();
  made.populations.push_back(noisy_layer("conv1", {16, 15, 15}, steps, 21, 0.02));
  made.populations.push_back(noisy_layer("pool1", {16, 7, 7}, steps, 22, 0.05));
  made.populations.back().kind = NeuronKind::relay;
  made.populations.push_back(noisy_layer("conv2", {32, 5, 5}, steps, 23, 0.05));
  made.populations.push_back(noisy_layer("flat", {800, 1, 1}, steps, 24, 0.05));
  made.populations.back().kind = NeuronKind::relay;
  made.populations.push_back(noisy_layer("hidden", {128, 1, 1}, steps, 25));
  made.populations.push_back(std::move(readout));
  return made;
}

inline TrainingHistory history(int epochs = 20, int batches = 100) {
  TrainingHistory made;
  RandomEngine random = random_stream(5, StreamPurpose::synthetic, {4});
  boost::random::uniform_real_distribution<double> uniform(-0.5, 0.5);
  std::uint64_t step = 0;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double loss_sum = 0;
    for (int i = 0; i < batches; ++i) {
      ++step;
      const double trend = 2.2 * std::exp(-static_cast<double>(step) / 250.0);
      const double loss =
          0.12 + trend * (1 + 0.4 * uniform(random)) + 0.12 * (uniform(random) + 0.5);
      loss_sum += loss;
      made.batches.push_back({epoch, step, loss, 1 - loss / 3, 1e-3});
    }
    EpochRecord record;
    record.epoch = epoch;
    record.train_loss = loss_sum / batches;
    record.train_accuracy = 0.985 - 0.5 * std::exp(-epoch / 2.5);
    record.test_accuracy = 0.962 - 0.45 * std::exp(-epoch / 2.5) + 0.01 * uniform(random);
    record.test_balanced_accuracy = record.test_accuracy - 0.008;
    made.epochs.push_back(record);
  }
  return made;
}

}  // namespace volley::fake
