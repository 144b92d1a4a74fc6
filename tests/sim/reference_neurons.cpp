#include <algorithm>
#include <cmath>

#include "reference_forward.hpp"
#include "reference_spikes.hpp"
#include "reference_synapses.hpp"
#include "sim/user_estimator.hpp"

namespace volley {

/// [row][neuron] throughout.
struct Reference::Scan {
  const PlanPopulation& population;
  QuantisationNoise::Of& noise;
  Matrix v, s, fires;              // membrane, spikes, whether there is one
  Matrix u, synapse, adaptation;   // u = v - adaptation's share
  double sharpness = 0, log_sharpness = 0;
  RandomEngine random = {};
};

void Reference::scan(const PlanPopulation& population, const Matrix& current) {
  const Matrix none = zeros(population.neurons);
  auto& noise = noise_.population[population.id];
  Scan scan{population, noise, none, none, none, none, none, none};
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  const auto& learned = parameters_.log_sharpness[population.id];
  scan.log_sharpness = learned.empty() ? 0.0 : learned.front();
  scan.sharpness =
      learned.empty() ? quantizer.surrogate_sharpness() : std::exp(scan.log_sharpness);
  if (quantizer.estimator == Estimator::custom && scan.sharpness == 0)
    scan.sharpness = user_estimator(quantizer.custom).default_sharpness;
  if (!frozen_) {
    noise.log_sharpness = scan.log_sharpness;
    noise.spike = noise.fires = noise.hard = noise.per_sharpness = noise.refractory = none;
  }
  for (std::size_t row = 0; row < rows_; ++row) {
    if (row % steps_ == 0)
      scan.random = random_stream(noise_.moment.seed, StreamPurpose::spikes,
                                  {noise_.moment.step, population.id, row / steps_});
    const std::vector<double> in = arriving(scan, current, row);
    for (std::size_t n = 0; n < population.neurons; ++n) step(scan, row, n, in[n]);
    for (std::size_t n = 0; population.spiking() && n < population.neurons; ++n)
      fire(scan, row, n);
  }
  if (!frozen_) remember(scan);
  result.membranes[population.id] = scan.u;
  result.spikes[population.id] = scan.s;
}

std::vector<double> Reference::arriving(const Scan& scan, const Matrix& current,
                                        std::size_t row) const {
  std::vector<double> in = current[row];
  for (const std::size_t id : scan.population.recurrent) {
    const PlanProjection& p = plan_.projections[id];
    const auto& bias = parameters_.bias[id];
    for (std::size_t o = 0; !bias.empty() && o < in.size(); ++o) in[o] += bias[o % bias.size()];
    synapses(plan_, p, [&](std::size_t i, std::size_t o, std::size_t r, std::size_t c) {
      in[o] += quantised_[id][r * p.columns + c] *
               delayed(scan.s, p, taps(p, r, c), row, row % steps_, i, 0.0, &scan.noise.spike);
    });
  }
  return in;
}

/// Truncation holds what the step before left as it was, so that nothing flows back through it.
void Reference::step(Scan& scan, std::size_t row, std::size_t n, double arriving) const {
  const Population& spec = scan.population.spec;
  const QuantisationNoise::Of& noise = scan.noise;
  const std::size_t t = row % steps_;
  const bool cut = t > 0 && frozen_ && detached(t - 1, t);
  const auto before = [&](const Matrix& now, const Matrix& held) {
    return t == 0 ? 0.0 : (cut ? held : now)[row - 1][n];
  };
  double kept = before(scan.v, noise.potential);
  if (scan.population.spiking() && t > 0) {
    const bool attached = spec.quantizer.attached_reset && !cut;
    const double spikes = (attached ? scan.s : noise.spike)[row - 1][n];
    const double any = (attached ? scan.fires : noise.fires)[row - 1][n];
    if (spec.reset == Reset::subtract) kept -= spec.threshold * spikes;
    if (spec.reset == Reset::zero) kept *= 1 - any;
  }
  const auto& logits = parameters_.beta_logit[scan.population.id];
  const double beta =
      logits.empty() ? spec.beta : 1 / (1 + std::exp(-logits[n % logits.size()]));
  const double in = spec.synapse_beta * before(scan.synapse, noise.synapse) + arriving;
  scan.synapse[row][n] = in;
  scan.v[row][n] = beta * kept + in;
  scan.adaptation[row][n] = spec.adaptation_beta * before(scan.adaptation, noise.adaptation) +
                            before(scan.s, noise.spike);
  scan.u[row][n] = scan.v[row][n] - spec.adaptation * scan.adaptation[row][n];
}

/// The spikes of one neuron at one step, and its discretisation error.
void Reference::fire(Scan& scan, std::size_t row, std::size_t n) {
  const Population& spec = scan.population.spec;
  const SpikeQuantizer& quantizer = spec.quantizer;
  QuantisationNoise::Of& noise = scan.noise;
  const double distance = scan.u[row][n] - spec.threshold;
  if (!frozen_) {
    const int spikes = spikes_of(scan, row, n, distance);
    scan.s[row][n] = noise.spike[row][n] = spikes;
    scan.fires[row][n] = noise.fires[row][n] = spikes > 0 ? 1 : 0;
  } else {
    const double moved = scan.u[row][n] - noise.membrane[row][n];
    const double sharper =
        noise.per_sharpness[row][n] * (scan.log_sharpness - noise.log_sharpness);
    scan.s[row][n] = noise.spike[row][n] + noise.slope[row][n] * moved + sharper;
    scan.fires[row][n] = noise.fires[row][n] + noise.fire_slope[row][n] * moved + sharper;
  }
  if (quantizer.discretisation == 0 || noise.refractory[row][n] > 0) return;
  const double half = quantizer.window * spec.threshold / 2;
  const double unquantised =
      quantizer.estimator == Estimator::progressive
          ? ramp(distance, half)
          : smooth_step(Estimator::learned, distance, scan.sharpness, half);
  result.loss += quantizer.discretisation * std::pow(unquantised - noise.hard[row][n], 2) /
                 static_cast<double>(rows_ * scan.population.neurons);
}

int Reference::spikes_of(Scan& scan, std::size_t row, std::size_t n, double distance) {
  const Population& spec = scan.population.spec;
  const SpikeQuantizer& quantizer = spec.quantizer;
  QuantisationNoise::Of& noise = scan.noise;
  const double half = quantizer.window * spec.threshold / 2;
  int spikes = 0;
  while (spikes < quantizer.levels && scan.u[row][n] >= (spikes + 1) * spec.threshold) ++spikes;
  noise.hard[row][n] = spikes;
  if (draws_spikes(quantizer.estimator)) {
    const double uniform = std::ldexp(static_cast<double>(scan.random() >> 11), -53);
    spikes = uniform < reference_probability(quantizer, distance, half, scan.sharpness,
                                             noise_.moment.progress)
                 ? 1
                 : 0;
  }
  if (quantizer.estimator == Estimator::learned)
    noise.per_sharpness[row][n] = derivative(
        [&](double at) { return smooth_step(Estimator::learned, distance, std::exp(at), half); },
        scan.log_sharpness);
  const std::size_t t = row % steps_;
  for (std::size_t back = 1; back <= t; ++back)
    if (static_cast<int>(back) <= spec.refractory_steps && noise.spike[row - back][n] > 0)
      noise.refractory[row][n] = 1;
  if (noise.refractory[row][n] == 0) return spikes;
  noise.per_sharpness[row][n] = 0;
  return 0;
}

double Reference::half_window(const PlanPopulation& population, const Matrix& v,
                              std::size_t n) const {
  const SpikeQuantizer& quantizer = population.spec.quantizer;
  if (quantizer.window_mode == WindowMode::thresholds)
    return quantizer.window * population.spec.threshold / 2;
  const std::size_t channels = population.channels;
  double mean = 0, variance = 0, count = 0;
  for (const auto& row : v)
    for (std::size_t k = n % channels; k < row.size(); k += channels) mean += row[k], ++count;
  mean /= count;
  for (const auto& row : v)
    for (std::size_t k = n % channels; k < row.size(); k += channels)
      variance += (row[k] - mean) * (row[k] - mean) / count;
  return quantizer.window * std::sqrt(variance + 1e-5) / 2;
}

void Reference::remember(const Scan& scan) {
  QuantisationNoise::Of& noise = scan.noise;
  const SpikeQuantizer& quantizer = scan.population.spec.quantizer;
  const double threshold = scan.population.spec.threshold, k = scan.sharpness;
  noise.potential = scan.v;
  noise.synapse = scan.synapse;
  noise.adaptation = scan.adaptation;
  noise.membrane = noise.slope = noise.fire_slope = noise.open = noise.clipped = scan.u;
  for (std::size_t n = 0; scan.population.spiking() && n < scan.population.neurons; ++n) {
    const double half = half_window(scan.population, scan.u, n);
    const double low = threshold - half, high = quantizer.levels * threshold + half;
    for (std::size_t row = 0; row < rows_; ++row) {
      const double at = scan.u[row][n], distance = at - threshold;
      noise.slope[row][n] =
          reference_slope(quantizer, distance, half, threshold, quantizer.levels, k);
      noise.fire_slope[row][n] = reference_slope(quantizer, distance, half, threshold, 1, k);
      noise.open[row][n] = (at > low && at < high) || !quantizer.clip ? 1.0 : 0.0;
      if (noise.refractory[row][n] > 0)
        noise.slope[row][n] = noise.fire_slope[row][n] = noise.open[row][n] = 0;
      noise.clipped[row][n] = quantizer.clip ? std::clamp(at, low, high) : at;
    }
  }
}

}  // namespace volley
