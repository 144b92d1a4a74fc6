#include "sim/delay_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.hpp"
#include "sim/row_kernels.hpp"

namespace volley {

namespace {
/// Which stored delay a synapse uses: `row` + `column` times these.
struct DelayIndex {
  std::size_t per_row, per_column;
  explicit DelayIndex(const PlanProjection& projection)
      : per_row(projection.spec.delays.kind == DelayKind::synapse  ? projection.columns
                : projection.spec.delays.kind == DelayKind::source ? 1
                                                                   : 0),
        per_column(projection.spec.delays.kind == DelayKind::synapse ? 1 : 0) {}
};
}  // namespace

double delay_sigma(const Projection& projection, double fraction_done) {
  const Delays& delays = projection.delays;
  if (!delays.learn || fraction_done >= delay_anneal_end) return 0;
  const double half = 0.5 * (delays.longest - projection.delay_steps);
  const double first = delays.sigma > 0 ? delays.sigma : std::max(half, least_delay_sigma);
  const double last = std::min(first, least_delay_sigma);
  return first * std::pow(last / first, fraction_done / delay_anneal_end);
}

int rounded_delay(const Projection& projection, double delay) {
  const double whole = std::floor(delay + 0.5);
  return static_cast<int>(std::clamp<double>(whole, projection.delay_steps,
                                             projection.delays.longest));
}

template <class Real>
void make_delay_kernel(const PlanProjection& projection, const std::vector<Real>& delays,
                       double sigma, DelayKernel<Real>& kernel) {
  const std::size_t taps = projection.taps, count = delays.size();
  kernel.sigma = sigma;
  kernel.values.assign(taps * count, Real(0));
  constexpr std::size_t block = 1024;
  parallel_for((count + block - 1) / block, [&](std::size_t part) {
    for (std::size_t k = part * block; k < std::min(count, (part + 1) * block); ++k) {
      const double delay = static_cast<double>(delays[k]);
      const int nearest = rounded_delay(projection.spec, delay) - projection.spec.delay_steps;
      if (sigma <= 0) {
        kernel.values[static_cast<std::size_t>(nearest) * count + k] = Real(1);
        continue;
      }
      const double centre = delay - projection.spec.delay_steps;
      const auto exponent = [&](double tap) {
        return -0.5 * (tap - centre) * (tap - centre) / (sigma * sigma);
      };
      // Relative to the nearest tap, so that a narrow kernel does not vanish altogether.
      const double highest = exponent(nearest);
      double sum = 0;
      for (std::size_t tap = 0; tap < taps; ++tap) {
        const double value = std::exp(exponent(static_cast<double>(tap)) - highest);
        kernel.values[tap * count + k] = static_cast<Real>(value);
        sum += value;
      }
      for (std::size_t tap = 0; tap < taps; ++tap)
        kernel.values[tap * count + k] =
            static_cast<Real>(static_cast<double>(kernel.values[tap * count + k]) / sum);
    }
  });
}

template <class Real>
void tap_weights(const PlanProjection& projection, std::span<const Real> weights,
                 const DelayKernel<Real>& kernel, std::size_t tap, Real* out) {
  const DelayIndex index(projection);
  const std::size_t columns = projection.columns;
  const Real* own = kernel.values.data() + tap * (kernel.values.size() / projection.taps);
  parallel_for(projection.rows, [&](std::size_t row) {
    for (std::size_t c = 0; c < columns; ++c)
      out[row * columns + c] =
          weights[row * columns + c] * own[row * index.per_row + c * index.per_column];
  });
}

template <class Real>
void all_tap_weights(const PlanProjection& projection, std::span<const Real> weights,
                     const DelayKernel<Real>& kernel, std::vector<Real>& out) {
  out.resize(projection.taps * weights.size());
  for (std::size_t tap = 0; tap < projection.taps; ++tap)
    tap_weights(projection, weights, kernel, tap, out.data() + tap * weights.size());
}

template <class Real>
void delayed_weight_gradient(const PlanProjection& projection, std::span<const Real> weights,
                             const DelayKernel<Real>& kernel, const SpikeRows& spikes,
                             const BatchRows& rows, const SourceAffine<Real>& affine,
                             const std::vector<Real>& current_gradient,
                             std::vector<Real>& weight_gradient,
                             std::vector<Real>& delay_gradient) {
  const std::size_t taps = projection.taps, columns = projection.columns;
  const std::size_t count = kernel.values.size() / taps;
  const bool learned = kernel.sigma > 0;
  const DelayIndex index(projection);
  SpikeRows acting;
  // No spike acts so late: what is left is the intercepts'.
  acting.view_delayed(spikes, rows, std::numeric_limits<std::size_t>::max());
  volley::weight_gradient(projection, acting, affine, current_gradient, weight_gradient);
  SourceAffine<Real> slopes = affine;
  slopes.intercept.assign(slopes.period(), Real(0));

  delay_gradient.assign(count, Real(0));
  // A delay that all synapses share is summed by row first, so that threads do not matter.
  const bool shared = projection.spec.delays.kind == DelayKind::projection;
  std::vector<double> partial(shared ? projection.rows : 0, 0.0);
  std::vector<double> centre(learned ? count : 0, 0.0);
  for (std::size_t tap = 0; learned && tap < taps; ++tap)
    for (std::size_t k = 0; k < count; ++k)
      centre[k] += static_cast<double>(tap) * static_cast<double>(kernel.values[tap * count + k]);

  std::vector<Real> own;
  for (std::size_t tap = 0; tap < taps; ++tap) {
    acting.view_delayed(spikes, rows, projection.delay(tap));
    volley::weight_gradient(projection, acting, slopes, current_gradient, own);
    const Real* values = kernel.values.data() + tap * count;
    parallel_for(projection.rows, [&](std::size_t row) {
      for (std::size_t c = 0; c < columns; ++c) {
        const std::size_t at = row * columns + c;
        const std::size_t k = row * index.per_row + c * index.per_column;
        const Real seen = values[k] * own[at];
        weight_gradient[at] += seen;
        if (!learned) continue;
        const double slope = static_cast<double>(seen) * static_cast<double>(weights[at]) *
                             (static_cast<double>(tap) - centre[k]) /
                             (kernel.sigma * kernel.sigma);
        if (shared) partial[row] += slope;
        else delay_gradient[k] += static_cast<Real>(slope);
      }
    });
  }
  double sum = 0;
  for (const double slope : partial) sum += slope;
  if (shared) delay_gradient[0] = static_cast<Real>(sum);
}

void clamp_delays(const Plan& plan, Parameters<float>& parameters) {
  for (const PlanProjection& projection : plan.projections)
    for (float& delay : parameters.delay[projection.id])
      delay = std::clamp(delay, static_cast<float>(projection.spec.delay_steps),
                         static_cast<float>(projection.spec.delays.longest));
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void make_delay_kernel(const PlanProjection&, const std::vector<Real>&, double,        \
                                  DelayKernel<Real>&);                                            \
  template void tap_weights(const PlanProjection&, std::span<const Real>,                         \
                            const DelayKernel<Real>&, std::size_t, Real*);                        \
  template void all_tap_weights(const PlanProjection&, std::span<const Real>,                     \
                                const DelayKernel<Real>&, std::vector<Real>&);                    \
  template void delayed_weight_gradient(                                                          \
      const PlanProjection&, std::span<const Real>, const DelayKernel<Real>&, const SpikeRows&,   \
      const BatchRows&, const SourceAffine<Real>&, const std::vector<Real>&, std::vector<Real>&,  \
      std::vector<Real>&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
