#include "reference_network.hpp"

#include <algorithm>
#include <cmath>

#include "reference_forward.hpp"
#include "reference_synapses.hpp"
#include "sim/delay_kernel.hpp"

namespace volley {

Reference::Reference(const Plan& plan, const Parameters<double>& parameters,
                     const std::vector<SpikeTrain>& samples, QuantisationNoise& noise, bool frozen,
                     const TrainingOptions& training, const DropoutStream& dropout)
    : plan_(plan), parameters_(parameters), samples_(samples), noise_(noise), frozen_(frozen),
      training_(training), dropout_(dropout),
      steps_(samples.front().steps), rows_(samples.size() * steps_),
      output_(plan.populations.size()), heard_(plan.populations.size()),
      intercept_(plan.populations.size()) {
  result.spikes.resize(plan.populations.size());
  result.membranes.resize(plan.populations.size());
  if (!frozen) {
    noise.population.assign(plan.populations.size(), {});
    noise.projection.assign(plan.projections.size(), {});
  }
  for (std::size_t id = 0; id < plan.projections.size(); ++id) quantised_.push_back(weights(id));
  for (const std::size_t id : plan.order) run(plan.populations[id]);
  if (training.rate_weight > 0) spend_spikes();
  if (training.synops_target > 0) spend_operations();
}

std::vector<double> Reference::weights(std::size_t id) {
  const PlanProjection& projection = plan_.projections[id];
  if (projection.spec.kind == ProjectionKind::identity)
    return std::vector<double>(projection.columns, projection.spec.gain);
  std::vector<double> w = parameters_.weight[id];
  for (std::size_t c = 0; projection.spec.weight_norm && c < projection.columns; ++c) {
    double squares = 1e-12;
    for (std::size_t r = 0; r < projection.rows; ++r)
      squares += std::pow(w[r * projection.columns + c], 2);
    for (std::size_t r = 0; r < projection.rows; ++r)
      w[r * projection.columns + c] *= parameters_.norm_gain[id][c] / std::sqrt(squares);
  }
  if (w.empty() || !projection.spec.weights.quantised()) return w;
  return reference_weights(projection.spec.weights, w, projection.rows, projection.columns,
                           noise_.projection[id], frozen_);
}

std::vector<double> Reference::taps(const PlanProjection& p, std::size_t row,
                                    std::size_t column) const {
  if (p.spec.delays.kind == DelayKind::fixed) return {1.0};
  const std::vector<double>& delays = parameters_.delay[p.id];
  double delay = delays[0];
  if (p.spec.delays.kind == DelayKind::source) delay = delays[row];
  if (p.spec.delays.kind == DelayKind::synapse) delay = delays[row * p.columns + column];
  std::vector<double> share;
  double sum = 0;
  for (int k = p.spec.delay_steps; k <= p.spec.delays.longest; ++k) {
    const double away = k - delay, width = delay_sigma(p.spec, noise_.moment.progress);
    share.push_back(p.spec.delays.learn ? std::exp(-away * away / (2 * width * width))
                                        : (std::abs(away) < 0.5 ? 1.0 : 0.0));
    sum += share.back();
  }
  for (double& one : share) one /= sum;
  return share;
}

double Reference::delayed(const Matrix& values, const PlanProjection& p,
                          const std::vector<double>& share, std::size_t row, std::size_t t,
                          std::size_t i, double before, const Matrix* held) const {
  double sum = 0;
  for (std::size_t k = 0; k < share.size(); ++k) {
    const std::size_t delay = static_cast<std::size_t>(p.spec.delay_steps) + k;
    if (t < delay) {
      sum += share[k] * before;
      continue;
    }
    const bool cut = held != nullptr && frozen_ && detached(t - delay, t);
    sum += share[k] * (cut ? *held : values)[row - delay][i];
  }
  return sum;
}

void Reference::run(const PlanPopulation& population) {
  intercept_[population.id].assign(population.neurons, 0.0);
  if (population.spec.kind == NeuronKind::input) return run_input(population);
  if (population.spec.kind == NeuronKind::relay) return run_relay(population);
  Matrix current = zeros(population.neurons);
  for (const std::size_t id : population.feed_forward) add_current(id, current);
  normalise(population, current);
  scan(population, current);
  if (population.spec.kind == NeuronKind::lif) transform(population);
  else output_[population.id] = result.membranes[population.id];
  if (population.id == plan_.readout) read(population);
}

void Reference::run_input(const PlanPopulation& population) {
  Matrix& y = output_[population.id] = zeros(population.neurons);
  for (std::size_t b = 0; b < samples_.size(); ++b)
    for (std::uint32_t t = 0; t < steps_; ++t)
      for (std::size_t k = 0; k < samples_[b].step(t).size(); ++k) {
        const auto values = samples_[b].values_at(t);
        y[b * steps_ + t][samples_[b].step(t)[k]] =
            values.empty() ? 1.0 : static_cast<double>(values[k]);
      }
  result.spikes[population.id] = heard_[population.id] = y;
}

void Reference::run_relay(const PlanPopulation& population) {
  Matrix y = zeros(population.neurons), s = zeros(population.neurons);
  for (const std::size_t id : population.feed_forward)
    pass_on(population, plan_.projections[id], y, s);
  output_[population.id] = y;
  result.spikes[population.id] = heard_[population.id] = s;
}

void Reference::pass_on(const PlanPopulation& population, const PlanProjection& p, Matrix& y,
                        Matrix& s) {
  const Matrix &source = output_[p.source], &spikes = heard_[p.source];
  auto& winner = noise_.population[population.id].winner;
  const bool max = p.spec.kind == ProjectionKind::max_pool;
  const double share = p.spec.kind == ProjectionKind::average_pool
                           ? 1.0 / (p.spec.kernel_height * p.spec.kernel_width)
                           : 1.0;
  if (max && !frozen_)
    winner.assign(rows_, std::vector<std::size_t>(population.neurons, SIZE_MAX));
  for (std::size_t row = 0; row < rows_; ++row) {
    synapses(plan_, p, [&](std::size_t i, std::size_t o, std::size_t, std::size_t) {
      if (!max) {
        y[row][o] += share * source[row][i];
        s[row][o] += spikes[row][i];
        return;
      }
      if (frozen_) return;
      std::size_t& best = winner[row][o];
      if (best == SIZE_MAX || spikes[row][i] > spikes[row][best]) best = i;
    });
    for (std::size_t o = 0; max && o < population.neurons; ++o) {
      y[row][o] = source[row][winner[row][o]];
      s[row][o] = spikes[row][winner[row][o]];
    }
  }
  std::vector<bool> met(population.neurons, false);  // max pooling: any member, all are alike
  synapses(plan_, p, [&](std::size_t i, std::size_t o, std::size_t, std::size_t) {
    if (max && met[o]) return;
    met[o] = true;
    intercept_[population.id][o] += share * intercept_[p.source][i];
  });
}

void Reference::add_current(std::size_t id, Matrix& current) const {
  const PlanProjection& p = plan_.projections[id];
  const Matrix& source = output_[p.source];
  synapses(plan_, p, [&](std::size_t i, std::size_t o, std::size_t r, std::size_t c) {
    const double weight = quantised_[id][r * p.columns + c], before = intercept_[p.source][i];
    const std::vector<double> share = taps(p, r, c);
    for (std::size_t row = 0; row < rows_; ++row)
      current[row][o] += weight * delayed(source, p, share, row, row % steps_, i, before);
  });
  const auto& bias = parameters_.bias[id];
  for (std::size_t row = 0; row < rows_ && !bias.empty(); ++row)
    for (std::size_t o = 0; o < current[row].size(); ++o) current[row][o] += bias[o % bias.size()];
}

void Reference::normalise(const PlanPopulation& population, Matrix& current) const {
  const auto& gamma = parameters_.gamma[population.id];
  const std::size_t channels = population.channels;
  const auto parts = static_cast<std::size_t>(population.spec.normalise_steps);
  for (std::size_t part = 0; part < parts && !gamma.empty(); ++part) {
    std::vector<std::vector<double>*> rows;
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::size_t t = row % steps_;
      if (t == part || (part + 1 == parts && t > part)) rows.push_back(&current[row]);
    }
    const double count = static_cast<double>(rows.size() * population.neurons / channels);
    for (std::size_t c = 0; c < channels; ++c) {
      double mean = 0, variance = 0;
      for (const auto* row : rows)
        for (std::size_t n = c; n < row->size(); n += channels) mean += (*row)[n] / count;
      for (const auto* row : rows)
        for (std::size_t n = c; n < row->size(); n += channels)
          variance += ((*row)[n] - mean) * ((*row)[n] - mean) / count;
      for (auto* row : rows)
        for (std::size_t n = c; n < row->size(); n += channels)
          (*row)[n] = gamma[c] * ((*row)[n] - mean) / std::sqrt(variance + 1e-5) +
                      parameters_.shift[population.id][c];
    }
  }
}

ReferenceResult run_reference(const Plan& plan, const Parameters<double>& parameters,
                              const std::vector<SpikeTrain>& samples,
                              const std::vector<int>& labels, const LossOptions& loss,
                              QuantisationNoise& noise, bool frozen,
                              const TrainingOptions& training, const DropoutStream& dropout) {
  ReferenceResult result =
      std::move(Reference(plan, parameters, samples, noise, frozen, training, dropout).result);
  std::vector<double> ignored;
  result.loss +=
      score_loss<double>(loss, result.logits, labels, ignored).loss + result.penalty;
  return result;
}

}  // namespace volley
