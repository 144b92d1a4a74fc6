#include "reference_network.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

namespace {

constexpr double pi = 3.14159265358979323846;

double normal(double x) { return 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }

/// The smooth step whose derivative a surrogate uses, k its sharpness.
double smooth_step(Estimator estimator, double d, double k) {
  switch (estimator) {
    case Estimator::atan: return std::atan(pi / 2 * k * d) / pi;
    case Estimator::fast_sigmoid: return d / (1 + k * std::abs(d));
    case Estimator::sigmoid: return 1 / (1 + std::exp(-k * d));
    case Estimator::triangle: {
      const double away = std::min(std::abs(d), 1 / k);
      return std::copysign(k * away - k * k * away * away / 2, d);
    }
    case Estimator::gaussian: return normal(k * d);
    case Estimator::multi_gaussian:
      return 1.15 * normal(k * d) - 0.15 * normal((k * d - 1) / 6) -
             0.15 * normal((k * d + 1) / 6);
    default: return 0;
  }
}

/// ds/dv: by finite differences of the smooth step, or of the clipped ramp.
double reference_slope(const SpikeQuantizer& quantizer, double d, double half) {
  if (quantizer.estimator == Estimator::denoise ||
      quantizer.estimator == Estimator::straight_through)
    return std::abs(d) < half ? 1 / (2 * half) : 0.0;
  const double h = 1e-5, k = quantizer.surrogate_sharpness();
  const auto step = [&](double at) { return smooth_step(quantizer.estimator, at, k); };
  return (8 * (step(d + h) - step(d - h)) - (step(d + 2 * h) - step(d - 2 * h))) / (12 * h);
}

class Reference {
public:
  Reference(const Plan& plan, const Parameters<double>& parameters,
            const std::vector<SpikeTrain>& samples, QuantisationNoise& noise, bool frozen,
            const TrainingOptions& training)
      : plan_(plan), parameters_(parameters), samples_(samples), noise_(noise), frozen_(frozen),
        training_(training),
        steps_(samples.front().steps), rows_(samples.size() * steps_),
        output_(plan.populations.size()) {
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

  ReferenceResult result;

private:
  Matrix zeros(std::size_t columns) const {
    return Matrix(rows_, std::vector<double>(columns, 0.0));
  }

  std::vector<double> weights(std::size_t id) {
    const PlanProjection& projection = plan_.projections[id];
    const std::vector<double>& w = parameters_.weight[id];
    if (w.empty() || projection.spec.weights.bits != 1) return w;
    auto& noise = noise_.projection[id];
    const std::size_t rows = projection.rows, columns = projection.columns;
    std::vector<double> hat(w.size()), q(w.size());
    if (!frozen_) noise.quantised.resize(w.size()), noise.slope.resize(w.size());
    for (std::size_t c = 0; c < columns; ++c) {
      const double n = static_cast<double>(rows);
      double mean = 0, spread = 0;
      for (std::size_t r = 0; r < rows; ++r) mean += w[r * columns + c] / n;
      for (std::size_t r = 0; r < rows; ++r)
        spread += std::pow(w[r * columns + c] - mean, 2) / n;
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t at = r * columns + c;
        if (!frozen_) {
          noise.quantised[at] = w[at] >= mean ? 1.0 : 0.0;
          noise.slope[at] = 1 / (1.6 * (std::sqrt(spread * n / (n - 1)) + 1e-8));
        }
        q[at] = noise.quantised[at] +
                (frozen_ ? noise.slope[at] * (w[at] - noise.weight[at]) : 0.0);
      }
      double mean_q = 0, covariance = 0, variance = 0;
      for (std::size_t r = 0; r < rows; ++r) mean_q += q[r * columns + c] / n;
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t at = r * columns + c;
        covariance += (w[at] - mean) * (q[at] - mean_q) / n;
        variance += (q[at] - mean_q) * (q[at] - mean_q) / n;
      }
      const double a = covariance / (variance + projection.spec.weights.lambda + 1e-8);
      for (std::size_t r = 0; r < rows; ++r)
        hat[r * columns + c] = mean + a * (q[r * columns + c] - mean_q);
    }
    if (!frozen_) noise.weight = w;
    return hat;
  }

  /// Calls body(source neuron, target neuron, weight row, weight column) for every synapse; pooling
  /// and flattening have no weight.
  template <class Body>
  void synapses(const PlanProjection& p, const Body& body) const {
    const Shape &from = p.source_shape, &to = p.target_shape;
    if (p.spec.kind == ProjectionKind::dense) {
      for (std::size_t i = 0; i < from.size(); ++i)
        for (std::size_t o = 0; o < to.size(); ++o) body(i, o, i, o);
      return;
    }
    if (p.spec.kind == ProjectionKind::flatten) {
      for (std::size_t i = 0; i < from.size(); ++i) body(i, i, 0, 0);
      return;
    }
    const auto index = [](const Shape& shape, int c, int y, int x) {
      return static_cast<std::size_t>((y * shape.width + x) * shape.channels + c);
    };
    const bool conv = p.spec.kind == ProjectionKind::conv2d;
    for (int oy = 0; oy < to.height; ++oy)
      for (int ox = 0; ox < to.width; ++ox)
        for (int ky = 0; ky < p.spec.kernel_height; ++ky)
          for (int kx = 0; kx < p.spec.kernel_width; ++kx) {
            const int y = oy * p.spec.stride + ky - p.spec.padding;
            const int x = ox * p.spec.stride + kx - p.spec.padding;
            if (y < 0 || x < 0 || y >= from.height || x >= from.width) continue;
            for (int i = 0; i < from.channels; ++i)
              for (int o = 0; o < to.channels; ++o) {
                if (!conv && i != o) continue;
                const int row = (i * p.spec.kernel_height + ky) * p.spec.kernel_width + kx;
                body(index(from, i, y, x), index(to, o, oy, ox), static_cast<std::size_t>(row),
                     static_cast<std::size_t>(o));
              }
          }
  }

  void run(const PlanPopulation& population) {
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

  void run_input(const PlanPopulation& population) {
    Matrix& y = output_[population.id] = zeros(population.neurons);
    for (std::size_t b = 0; b < samples_.size(); ++b)
      for (std::uint32_t t = 0; t < steps_; ++t)
        for (std::size_t k = 0; k < samples_[b].step(t).size(); ++k) {
          const auto values = samples_[b].values_at(t);
          y[b * steps_ + t][samples_[b].step(t)[k]] =
              values.empty() ? 1.0 : static_cast<double>(values[k]);
        }
    result.spikes[population.id] = y;
  }

  void run_relay(const PlanPopulation& population) {
    const PlanProjection& p = plan_.projections[population.feed_forward.front()];
    const Matrix &source = output_[p.source], &spikes = result.spikes[p.source];
    Matrix y = zeros(population.neurons), s = zeros(population.neurons);
    auto& winner = noise_.population[population.id].winner;
    const bool max = p.spec.kind == ProjectionKind::max_pool;
    if (max && !frozen_)
      winner.assign(rows_, std::vector<std::size_t>(population.neurons, SIZE_MAX));
    for (std::size_t row = 0; row < rows_; ++row) {
      synapses(p, [&](std::size_t i, std::size_t o, std::size_t, std::size_t) {
        if (!max) {
          y[row][o] += source[row][i];
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
    output_[population.id] = y;
    result.spikes[population.id] = s;
  }

  void add_current(std::size_t id, Matrix& current) const {
    const PlanProjection& p = plan_.projections[id];
    const Matrix& source = output_[p.source];
    for (std::size_t row = 0; row < rows_; ++row) {
      synapses(p, [&](std::size_t i, std::size_t o, std::size_t r, std::size_t c) {
        current[row][o] += quantised_[id][r * p.columns + c] * source[row][i];
      });
      const auto& bias = parameters_.bias[id];
      for (std::size_t o = 0; !bias.empty() && o < current[row].size(); ++o)
        current[row][o] += bias[o % bias.size()];
    }
  }

  void normalise(const PlanPopulation& population, Matrix& current) const {
    const auto& gamma = parameters_.gamma[population.id];
    const std::size_t channels = population.channels;
    const double count = static_cast<double>(rows_ * population.neurons / channels);
    for (std::size_t c = 0; c < gamma.size(); ++c) {
      double mean = 0, variance = 0;
      for (const auto& row : current)
        for (std::size_t n = c; n < row.size(); n += channels) mean += row[n] / count;
      for (const auto& row : current)
        for (std::size_t n = c; n < row.size(); n += channels)
          variance += (row[n] - mean) * (row[n] - mean) / count;
      for (auto& row : current)
        for (std::size_t n = c; n < row.size(); n += channels)
          row[n] = gamma[c] * (row[n] - mean) / std::sqrt(variance + 1e-5) +
                   parameters_.shift[population.id][c];
    }
  }

  void scan(const PlanPopulation& population, const Matrix& current) {
    const Population& spec = population.spec;
    const bool spiking = population.spiking();
    Matrix v = zeros(population.neurons), s = v;
    auto& noise = noise_.population[population.id];
    if (spiking && !frozen_) noise.slope = noise.spike = noise.clipped = noise.open = v;
    const double half = spec.quantizer.window * spec.threshold / 2;
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::size_t t = row % steps_;
      for (std::size_t n = 0; n < population.neurons; ++n) {
        v[row][n] = current[row][n];
        if (t > 0) {
          const bool cut = frozen_ && detached(t - 1, t);
          const double before = cut ? noise.membrane[row - 1][n] : v[row - 1][n];
          const double spike = (spec.quantizer.attached_reset && !cut) || !spiking
                                   ? s[row - 1][n]
                                   : noise.spike[row - 1][n];
          double kept = before;
          if (spiking && spec.reset == Reset::subtract) kept = before - spec.threshold * spike;
          if (spiking && spec.reset == Reset::zero) kept = before * (1 - spike);
          v[row][n] += spec.beta * kept;
        }
      }
      for (const std::size_t id : population.recurrent) {
        const PlanProjection& p = plan_.projections[id];
        const auto delay = static_cast<std::size_t>(p.spec.delay_steps);
        for (std::size_t o = 0; o < population.neurons; ++o) {
          if (!parameters_.bias[id].empty()) v[row][o] += parameters_.bias[id][o];
          for (std::size_t i = 0; t >= delay && i < population.neurons; ++i)
            v[row][o] += quantised_[id][i * p.columns + o] *
                         (frozen_ && detached(t - delay, t) ? noise.spike : s)[row - delay][i];
        }
      }
      for (std::size_t n = 0; spiking && n < population.neurons; ++n) {
        const double distance = v[row][n] - spec.threshold;
        if (!frozen_) {
          const bool inside = std::abs(distance) < half;
          noise.spike[row][n] = distance >= 0 ? 1.0 : 0.0;
          noise.slope[row][n] = reference_slope(spec.quantizer, distance, half);
          noise.open[row][n] = inside || !spec.quantizer.clip ? 1.0 : 0.0;
          noise.clipped[row][n] =
              spec.quantizer.clip ? std::clamp(v[row][n], spec.threshold - half,
                                               spec.threshold + half)
                                  : v[row][n];
          s[row][n] = noise.spike[row][n];
        } else {
          s[row][n] = noise.spike[row][n] +
                      noise.slope[row][n] * (v[row][n] - noise.membrane[row][n]);
        }
      }
    }
    if (!frozen_) noise.membrane = v;
    result.membranes[population.id] = v;
    result.spikes[population.id] = s;
  }

  void transform(const PlanPopulation& population) {
    const SpikeQuantizer& quantizer = population.spec.quantizer;
    const Matrix& s = result.spikes[population.id];
    output_[population.id] = s;
    if (quantizer.estimator != Estimator::denoise) return;
    const auto& noise = noise_.population[population.id];
    Matrix x = noise.clipped;
    for (std::size_t row = 0; frozen_ && row < rows_; ++row)
      for (std::size_t n = 0; n < population.neurons; ++n)
        x[row][n] += noise.open[row][n] *
                     (result.membranes[population.id][row][n] - noise.membrane[row][n]);
    const std::size_t channels = population.channels;
    const bool tensor = quantizer.slope == SlopeGroup::tensor;
    const auto in_group = [&](std::size_t n, std::size_t c) { return tensor || n % channels == c; };
    std::vector<double> mean_x(channels), mean_s(channels);
    std::vector<double> covariance(channels), variance(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      double count = 0;
      for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t n = 0; n < population.neurons; ++n) {
          if (!in_group(n, c)) continue;
          ++count;
          mean_x[c] += x[row][n];
          mean_s[c] += s[row][n];
        }
      mean_x[c] /= count;
      mean_s[c] /= count;
      for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t n = 0; n < population.neurons; ++n) {
          if (!in_group(n, c)) continue;
          covariance[c] += (x[row][n] - mean_x[c]) * (s[row][n] - mean_s[c]) / count;
          variance[c] += (s[row][n] - mean_s[c]) * (s[row][n] - mean_s[c]) / count;
        }
    }
    for (std::size_t c = 0; c < channels; ++c) {
      double top = covariance[c], bottom = variance[c];
      if (quantizer.slope == SlopeGroup::mixed) {
        top = bottom = 0;
        for (std::size_t k = 0; k < channels; ++k) {
          top += covariance[k] / static_cast<double>(channels);
          bottom += variance[k] / static_cast<double>(channels);
        }
      }
      const double a = top / (bottom + quantizer.lambda + 1e-8);
      for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t n = c; n < population.neurons; n += channels)
          output_[population.id][row][n] = quantizer.form == AffineForm::scale
                                               ? a * s[row][n]
                                               : mean_x[c] + a * (s[row][n] - mean_s[c]);
    }
  }

  /// Whether the gradient is cut between two steps.
  bool detached(std::size_t earlier, std::size_t later) const {
    const auto chunk = static_cast<std::size_t>(training_.truncate_steps);
    return chunk > 0 && earlier / chunk != later / chunk;
  }

  void spend_spikes() {
    for (const PlanPopulation& population : plan_.populations) {
      if (population.spec.kind != NeuronKind::lif || population.id == plan_.readout) continue;
      const std::size_t channels = population.channels;
      for (std::size_t c = 0; c < channels; ++c) {
        double rate = 0, cells = 0;
        for (const auto& row : result.spikes[population.id])
          for (std::size_t n = c; n < row.size(); n += channels) rate += row[n], ++cells;
        const double over = std::max(0.0, rate / cells - training_.rate_target);
        result.penalty +=
            training_.rate_weight * over * over / static_cast<double>(channels);
      }
    }
  }

  void spend_operations() {
    for (const PlanProjection& p : plan_.projections) {
      if (!p.spec.trainable()) continue;
      const auto delay = static_cast<std::size_t>(p.spec.delay_steps);
      for (std::size_t row = 0; row < rows_; ++row)
        if (row % steps_ + delay < steps_)
          synapses(p, [&](std::size_t i, std::size_t, std::size_t, std::size_t) {
            const double spike = result.spikes[p.source][row][i];
            result.synaptic_operations += p.source == plan_.input ? spike != 0 : spike;
          });
    }
    result.synaptic_operations /= static_cast<double>(samples_.size());
    const double over =
        std::max(0.0, result.synaptic_operations / training_.synops_target - 1);
    result.penalty += training_.synops_weight * over * over;
  }

  void read(const PlanPopulation& population) {
    const Matrix& values = output_[population.id];
    result.logits.assign(samples_.size() * population.neurons, 0.0);
    if (training_.readout != ReadoutScore::mean) {
      for (std::size_t b = 0; b < samples_.size(); ++b)
        for (std::size_t c = 0; c < population.neurons; ++c) {
          double& score = result.logits[b * population.neurons + c];
          score = values[(b + 1) * steps_ - 1][c];
          for (std::size_t t = 0; training_.readout == ReadoutScore::max && t < steps_; ++t)
            score = std::max(score, values[b * steps_ + t][c]);
        }
      return;
    }
    for (std::size_t row = 0; row < rows_; ++row)
      for (std::size_t c = 0; c < population.neurons; ++c)
        result.logits[row / steps_ * population.neurons + c] +=
            values[row][c] / static_cast<double>(steps_);
  }

  const Plan& plan_;
  const Parameters<double>& parameters_;
  const std::vector<SpikeTrain>& samples_;
  QuantisationNoise& noise_;
  bool frozen_;
  const TrainingOptions& training_;
  std::size_t steps_, rows_;
  std::vector<Matrix> output_;  // y
  std::vector<std::vector<double>> quantised_;
};

}  // namespace

ReferenceResult run_reference(const Plan& plan, const Parameters<double>& parameters,
                              const std::vector<SpikeTrain>& samples,
                              const std::vector<int>& labels, const LossOptions& loss,
                              QuantisationNoise& noise, bool frozen,
                              const TrainingOptions& training) {
  ReferenceResult result =
      std::move(Reference(plan, parameters, samples, noise, frozen, training).result);
  std::vector<double> ignored;
  result.loss = score_loss<double>(loss, result.logits, labels, ignored).loss + result.penalty;
  return result;
}

}  // namespace volley
