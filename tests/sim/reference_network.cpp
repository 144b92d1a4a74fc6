#include "reference_network.hpp"

#include <algorithm>
#include <cmath>

#include "sim/delay_kernel.hpp"
#include "sim/user_estimator.hpp"

namespace volley {

namespace {

constexpr double pi = 3.14159265358979323846;

double normal(double x) { return 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }

double ramp(double d, double half) { return std::clamp(d / (2 * half) + 0.5, 0.0, 1.0); }

/// The smooth step whose derivative a surrogate uses, k its sharpness.
double smooth_step(Estimator estimator, double d, double k, double half) {
  switch (estimator) {
    case Estimator::atan: return std::atan(pi / 2 * k * d) / pi;
    case Estimator::fast_sigmoid: return d / (1 + k * std::abs(d));
    case Estimator::sigmoid:
    case Estimator::stochastic:
    case Estimator::learned: return 1 / (1 + std::exp(-k * d));
    case Estimator::soft_round:
      return std::tanh(k * std::clamp(d / (2 * half), -0.5, 0.5)) / (2 * std::tanh(k / 2));
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

/// Fourth order: the truncation error stays below rounding.
template <class Function>
double derivative(const Function& f, double x) {
  const double h = 1e-5;
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

/// ds/dv: by finite differences of the smooth step, or of the clipped ramp, which climbs `levels`
/// thresholds.
double reference_slope(const SpikeQuantizer& quantizer, double d, double half, double threshold,
                       int levels, double k) {
  switch (quantizer.estimator) {
    case Estimator::denoise:
    case Estimator::straight_through:
    case Estimator::progressive: {
      const double climb = (levels - 1) * threshold + 2 * half;
      return d > -half && d < climb - half ? levels / climb : 0.0;
    }
    case Estimator::custom: return user_estimator(quantizer.custom).slope(d, 2 * half, k);
    default:
      return derivative(
          [&](double at) { return smooth_step(quantizer.estimator, at, k, half); }, d);
  }
}

double reference_probability(const SpikeQuantizer& quantizer, double d, double half, double k,
                             double progress) {
  if (quantizer.estimator == Estimator::stochastic)
    return smooth_step(quantizer.estimator, d, k, half);
  const double share = std::log10(1 + 9 * progress);
  return d >= 0 ? share + (1 - share) * ramp(d, half) : (1 - share) * ramp(d, half);
}

class Reference {
public:
  Reference(const Plan& plan, const Parameters<double>& parameters,
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

  ReferenceResult result;

private:
  Matrix zeros(std::size_t columns) const {
    return Matrix(rows_, std::vector<double>(columns, 0.0));
  }

  std::vector<double> weights(std::size_t id) {
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

  /// Calls body(source neuron, target neuron, weight row, weight column) for every synapse; what
  /// ends in a relay has no weight.
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
    if (p.spec.kind == ProjectionKind::one_to_one || p.spec.kind == ProjectionKind::identity) {
      for (std::size_t i = 0; i < from.size(); ++i) body(i, i, 0, i % p.columns);
      return;
    }
    const auto index = [](const Shape& shape, int c, int y, int x) {
      return static_cast<std::size_t>((y * shape.width + x) * shape.channels + c);
    };
    if (p.spec.kind == ProjectionKind::concat) {
      int first = 0;
      for (const std::size_t id : plan_.populations[p.target].feed_forward)
        if (id < p.id) first += plan_.projections[id].source_shape.channels;
      for (int y = 0; y < from.height; ++y)
        for (int x = 0; x < from.width; ++x)
          for (int c = 0; c < from.channels; ++c)
            body(index(from, c, y, x), index(to, first + c, y, x), 0, 0);
      return;
    }
    const bool conv = p.spec.kind == ProjectionKind::conv2d;
    const int part = conv ? from.channels / p.spec.groups : 1;
    for (int oy = 0; oy < to.height; ++oy)
      for (int ox = 0; ox < to.width; ++ox)
        for (int ky = 0; ky < p.spec.kernel_height; ++ky)
          for (int kx = 0; kx < p.spec.kernel_width; ++kx) {
            const int y = oy * p.spec.stride.height + ky * p.spec.dilation.height -
                          p.spec.padding.height;
            const int x = ox * p.spec.stride.width + kx * p.spec.dilation.width -
                          p.spec.padding.width;
            if (y < 0 || x < 0 || y >= from.height || x >= from.width) continue;
            for (int i = 0; i < from.channels; ++i)
              for (int o = 0; o < to.channels; ++o) {
                if (!conv && i != o) continue;
                if (conv && i / part != o / (to.channels / p.spec.groups)) continue;
                const int row = (i % part * p.spec.kernel_height + ky) * p.spec.kernel_width + kx;
                body(index(from, i, y, x), index(to, o, oy, ox), static_cast<std::size_t>(row),
                     static_cast<std::size_t>(o));
              }
          }
  }

  /// Share of a synapse's weight at each of its delays: the kernel when training begins.
  std::vector<double> taps(const PlanProjection& p, std::size_t row, std::size_t column) const {
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

  /// Sum over the delays of what was there so many steps earlier; `before` the start.
  /// `held` (or null): what stands for values that truncation cuts off.
  double delayed(const Matrix& values, const PlanProjection& p, const std::vector<double>& share,
                 std::size_t row, std::size_t t, std::size_t i, double before,
                 const Matrix* held = nullptr) const {
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

  void run(const PlanPopulation& population) {
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

  void run_input(const PlanPopulation& population) {
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

  void run_relay(const PlanPopulation& population) {
    Matrix y = zeros(population.neurons), s = zeros(population.neurons);
    for (const std::size_t id : population.feed_forward)
      pass_on(population, plan_.projections[id], y, s);
    output_[population.id] = y;
    result.spikes[population.id] = heard_[population.id] = s;
  }

  void pass_on(const PlanPopulation& population, const PlanProjection& p, Matrix& y, Matrix& s) {
    const Matrix &source = output_[p.source], &spikes = heard_[p.source];
    auto& winner = noise_.population[population.id].winner;
    const bool max = p.spec.kind == ProjectionKind::max_pool;
    const double share = p.spec.kind == ProjectionKind::average_pool
                             ? 1.0 / (p.spec.kernel_height * p.spec.kernel_width)
                             : 1.0;
    if (max && !frozen_)
      winner.assign(rows_, std::vector<std::size_t>(population.neurons, SIZE_MAX));
    for (std::size_t row = 0; row < rows_; ++row) {
      synapses(p, [&](std::size_t i, std::size_t o, std::size_t, std::size_t) {
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
    synapses(p, [&](std::size_t i, std::size_t o, std::size_t, std::size_t) {
      if (max && met[o]) return;
      met[o] = true;
      intercept_[population.id][o] += share * intercept_[p.source][i];
    });
  }

  void add_current(std::size_t id, Matrix& current) const {
    const PlanProjection& p = plan_.projections[id];
    const Matrix& source = output_[p.source];
    for (std::size_t row = 0; row < rows_; ++row) {
      synapses(p, [&](std::size_t i, std::size_t o, std::size_t r, std::size_t c) {
        current[row][o] += quantised_[id][r * p.columns + c] *
                           delayed(source, p, taps(p, r, c), row, row % steps_, i,
                                   intercept_[p.source][i]);
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
    Matrix v = zeros(population.neurons), s = v, fires = v;
    Matrix u = v, synapse = v, adaptation = v, leaked = v, refractory = v;
    const auto& logits = parameters_.beta_logit[population.id];
    auto& noise = noise_.population[population.id];
    if (spiking && !frozen_) noise.spike = noise.fires = noise.hard = noise.per_sharpness = v;
    const int levels = spec.quantizer.levels;
    const double half = spec.quantizer.window * spec.threshold / 2;
    const auto& learned = parameters_.log_sharpness[population.id];
    const double log_sharpness = learned.empty() ? 0.0 : learned.front();
    double k = learned.empty() ? spec.quantizer.surrogate_sharpness() : std::exp(log_sharpness);
    if (spec.quantizer.estimator == Estimator::custom && k == 0)
      k = user_estimator(spec.quantizer.custom).default_sharpness;
    if (!frozen_) noise.log_sharpness = log_sharpness;
    RandomEngine random;
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::size_t t = row % steps_;
      if (t == 0)
        random = random_stream(noise_.moment.seed, StreamPurpose::spikes,
                               {noise_.moment.step, population.id, row / steps_});
      for (std::size_t n = 0; n < population.neurons; ++n) {
        v[row][n] = current[row][n];
        if (t > 0) {
          const bool cut = frozen_ && detached(t - 1, t);
          const double before = cut ? noise.membrane[row - 1][n] : v[row - 1][n];
          const bool attached = (spec.quantizer.attached_reset && !cut) || !spiking;
          const double spike = attached ? s[row - 1][n] : noise.spike[row - 1][n];
          const double fire = attached ? fires[row - 1][n] : noise.fires[row - 1][n];
          double kept = before;
          if (spiking && spec.reset == Reset::subtract) kept = before - spec.threshold * spike;
          if (spiking && spec.reset == Reset::zero) kept = before * (1 - fire);
          const double beta =
              logits.empty() ? spec.beta : 1 / (1 + std::exp(-logits[n % logits.size()]));
          leaked[row][n] = beta * kept;
          v[row][n] += leaked[row][n];
        }
      }
      for (const std::size_t id : population.recurrent) {
        const PlanProjection& p = plan_.projections[id];
        for (std::size_t o = 0; o < population.neurons; ++o) {
          const auto& bias = parameters_.bias[id];
          if (!bias.empty()) v[row][o] += bias[o % bias.size()];
        }
        synapses(p, [&](std::size_t i, std::size_t o, std::size_t r, std::size_t c) {
          v[row][o] += quantised_[id][r * p.columns + c] *
                       delayed(s, p, taps(p, r, c), row, t, i, 0.0, &noise.spike);
        });
      }
      for (std::size_t n = 0; n < population.neurons; ++n) {
        synapse[row][n] = v[row][n] - leaked[row][n];  // what came in at this step
        if (t > 0) synapse[row][n] += spec.synapse_beta * synapse[row - 1][n];
        v[row][n] = leaked[row][n] + synapse[row][n];
        if (t > 0)
          adaptation[row][n] = spec.adaptation_beta * adaptation[row - 1][n] + s[row - 1][n];
        u[row][n] = v[row][n] - spec.adaptation * adaptation[row][n];
      }
      for (std::size_t n = 0; spiking && n < population.neurons; ++n) {
        const double distance = u[row][n] - spec.threshold;
        if (!frozen_) {
          for (std::size_t back = 1; back <= t; ++back)
            if (static_cast<int>(back) <= spec.refractory_steps && noise.spike[row - back][n] > 0)
              refractory[row][n] = 1;
          int spikes = 0;
          while (spikes < levels && u[row][n] >= (spikes + 1) * spec.threshold) ++spikes;
          if (refractory[row][n] > 0) spikes = 0;
          noise.hard[row][n] = spikes;
          if (draws_spikes(spec.quantizer.estimator))
            spikes = std::ldexp(static_cast<double>(random() >> 11), -53) <
                             reference_probability(spec.quantizer, distance, half, k,
                                                   noise_.moment.progress)
                         ? 1
                         : 0;
          if (!learned.empty())
            noise.per_sharpness[row][n] = derivative(
                [&](double at) {
                  return smooth_step(Estimator::learned, distance, std::exp(at), half);
                },
                log_sharpness);
          s[row][n] = noise.spike[row][n] = spikes;
          fires[row][n] = noise.fires[row][n] = spikes > 0 ? 1 : 0;
        } else {
          const double moved = u[row][n] - noise.membrane[row][n];
          const double sharper = noise.per_sharpness[row][n] * (log_sharpness - noise.log_sharpness);
          s[row][n] = noise.spike[row][n] + noise.slope[row][n] * moved + sharper;
          fires[row][n] = noise.fires[row][n] + noise.fire_slope[row][n] * moved + sharper;
        }
        const double unquantised = spec.quantizer.estimator == Estimator::progressive
                                       ? ramp(distance, half)
                                       : smooth_step(Estimator::learned, distance, k, half);
        result.loss += spec.quantizer.discretisation *
                       std::pow(unquantised - noise.hard[row][n], 2) /
                       static_cast<double>(rows_ * population.neurons);
      }
    }
    if (spiking && !frozen_) remember(population, u, refractory, k);
    else if (!frozen_) noise.membrane = u;
    result.membranes[population.id] = u;
    result.spikes[population.id] = s;
  }

  /// Slopes and clipped membranes, the windows taken from the batch where they are to be.
  void remember(const PlanPopulation& population, const Matrix& v, const Matrix& refractory,
                double sharpness) {
    const SpikeQuantizer& quantizer = population.spec.quantizer;
    const double threshold = population.spec.threshold;
    const std::size_t channels = population.channels;
    auto& noise = noise_.population[population.id];
    noise.membrane = noise.slope = noise.fire_slope = noise.open = noise.clipped = v;
    for (std::size_t n = 0; n < population.neurons; ++n) {
      double half = quantizer.window * threshold / 2;
      if (quantizer.window_mode == WindowMode::deviation) {
        double mean = 0, variance = 0, count = 0;
        for (const auto& row : v)
          for (std::size_t k = n % channels; k < row.size(); k += channels) mean += row[k], ++count;
        mean /= count;
        for (const auto& row : v)
          for (std::size_t k = n % channels; k < row.size(); k += channels)
            variance += (row[k] - mean) * (row[k] - mean) / count;
        half = quantizer.window * std::sqrt(variance + 1e-5) / 2;
      }
      for (std::size_t row = 0; row < rows_; ++row) {
        const double at = v[row][n], distance = at - threshold;
        const double low = threshold - half, high = quantizer.levels * threshold + half;
        noise.slope[row][n] =
            reference_slope(quantizer, distance, half, threshold, quantizer.levels, sharpness);
        noise.fire_slope[row][n] = reference_slope(quantizer, distance, half, threshold, 1, sharpness);
        noise.open[row][n] = (at > low && at < high) || !quantizer.clip ? 1.0 : 0.0;
        if (refractory[row][n] > 0)
          noise.slope[row][n] = noise.fire_slope[row][n] = noise.open[row][n] = 0;
        noise.clipped[row][n] = quantizer.clip ? std::clamp(at, low, high) : at;
      }
    }
  }

  void transform(const PlanPopulation& population) {
    const SpikeQuantizer& quantizer = population.spec.quantizer;
    const Matrix& s = result.spikes[population.id];
    const double kept = 1 - population.spec.dropout;
    Matrix& heard = heard_[population.id] = s;
    for (std::size_t b = 0; population.spec.dropout > 0 && b < samples_.size(); ++b) {
      std::vector<char> dropped(population.neurons);
      draw_dropped(dropout_, population.spec.dropout, population.id, b, dropped);
      for (std::size_t t = 0; t < steps_; ++t)
        for (std::size_t n = 0; n < population.neurons; ++n)
          if (dropped[n] != 0) heard[b * steps_ + t][n] = 0;
    }
    Matrix scaled = heard;  // m s / (1 - p)
    for (auto& row : scaled)
      for (double& one : row) one /= kept;
    output_[population.id] = scaled;
    if (quantizer.estimator != Estimator::denoise) return;
    auto& noise = noise_.population[population.id];
    Matrix x = noise.clipped;
    for (std::size_t row = 0; frozen_ && row < rows_; ++row)
      for (std::size_t n = 0; n < population.neurons; ++n)
        x[row][n] += noise.open[row][n] *
                     (result.membranes[population.id][row][n] - noise.membrane[row][n]);
    const std::size_t channels = population.channels;
    const bool tensor = quantizer.slope == SlopeGroup::tensor;
    const auto in_group = [&](std::size_t n, std::size_t c) { return tensor || n % channels == c; };
    std::vector<double> mean_x(channels), mean_s(channels);
    std::vector<double> covariance(channels), variance(channels), spread(channels);
    const bool standardised = quantizer.target == RegressionTarget::standardised;
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
          spread[c] += (x[row][n] - mean_x[c]) * (x[row][n] - mean_x[c]) / count;
        }
      if (standardised) covariance[c] /= std::sqrt(spread[c] + 1e-5);
    }
    const bool fixed = quantizer.gradient == AffineGradient::constant;
    if (fixed && !frozen_) noise.gain = noise.offset = std::vector<double>(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      double top = covariance[c], bottom = variance[c];
      if (quantizer.slope == SlopeGroup::mixed) {
        top = bottom = 0;
        for (std::size_t k = 0; k < channels; ++k) {
          top += covariance[k] / static_cast<double>(channels);
          bottom += variance[k] / static_cast<double>(channels);
        }
      }
      double a = top / (bottom + quantizer.lambda + 1e-8), b = 0;
      if (quantizer.form != AffineForm::scale) b = -a * mean_s[c];
      if (quantizer.form == AffineForm::full && !standardised) b += mean_x[c];
      if (fixed && !frozen_) noise.gain[c] = a, noise.offset[c] = b;
      if (fixed) a = noise.gain[c], b = noise.offset[c];
      for (std::size_t n = c; n < population.neurons; n += channels)
        intercept_[population.id][n] = b;
      for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t n = c; n < population.neurons; n += channels)
          output_[population.id][row][n] = a * scaled[row][n] + b;
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
  DropoutStream dropout_;
  std::size_t steps_, rows_;
  std::vector<Matrix> output_;  // y
  std::vector<Matrix> heard_;   // spikes that dropout let through
  std::vector<std::vector<double>> intercept_;  // y of a silent neuron, by population
  std::vector<std::vector<double>> quantised_;
};

}  // namespace

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
