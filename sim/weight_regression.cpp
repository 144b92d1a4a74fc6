// The regression half g of sim/weight_quantizer.hpp, forward and backward, for every quantiser.
#include <cmath>

#include "sim/weight_levels.hpp"

namespace volley {

namespace {

/// Calls body(value) with value(index, cell) = q.
template <class Real, class Body>
void with_values(const WeightQuantizer& quantizer, const WeightStatistics& statistics,
                 const std::vector<Real>& weights, const Body& body) {
  if (float_levels(quantizer))
    body([&](std::size_t at, std::size_t) {
      return statistics.level[at] != 0 ? static_cast<double>(weights[at]) : 0.0;
    });
  else
    body([&](std::size_t at, std::size_t cell) {
      return static_cast<double>(statistics.level[at]) - statistics.offset[cell];
    });
}

/// Divides the sums of cells' groups by what they have summed.
void to_means(const WeightCells& cells, bool shared, std::vector<double>& sums) {
  WeightCells::pool(shared, sums);
  for (std::size_t cell = 0; cell < sums.size(); ++cell) sums[cell] /= cells.size(cell, shared);
}

/// Calls body(open) with open(index, cell) = whether q follows w there.
template <class Real, class Body>
void with_open(const WeightQuantizer& quantizer, const WeightStatistics& statistics,
               const std::vector<Real>& weights, const Body& body) {
  if (!quantizer.on_grid()) return body([](std::size_t, std::size_t) { return true; });
  body([&, top = top_level(quantizer)](std::size_t at, std::size_t cell) {
    const double raw = std::nearbyint(static_cast<double>(weights[at]) *
                                      statistics.gradient_scale[cell]) +
                       statistics.zero[cell];
    return raw >= 0 && raw <= top;
  });
}

/// a and b held constant, or no quantiser at all.
template <class Real, class Open>
void pass_straight(const WeightQuantizer& quantizer, const WeightCells& cells,
                   const WeightStatistics& statistics, const Open& open,
                   std::vector<Real>& gradient) {
  const bool unit = quantizer.estimator == WeightEstimator::straight_through;
  cells.blocks([&](const WeightCells::Block& block) {
    block.each([&](std::size_t at, std::size_t cell) {
      const double gain =
          unit ? 1.0 : statistics.gradient_scale[cell] * statistics.slope[cell];
      gradient[at] = open(at, cell) ? static_cast<Real>(static_cast<double>(gradient[at]) * gain)
                                    : Real(0);
    });
  });
}

}  // namespace

template <class Real>
void regress_weights(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                     std::size_t columns, std::vector<Real>& quantised,
                     WeightStatistics& statistics) {
  const WeightCells cells(quantizer, weights.size(), columns);
  const std::size_t count = cells.count();
  quantised.resize(weights.size());
  for (auto* values : {&statistics.mean, &statistics.quantised_mean, &statistics.slope,
                       &statistics.denominator})
    values->assign(count, 0.0);
  std::vector<double>&mean = statistics.mean, &quantised_mean = statistics.quantised_mean;
  cells.blocks([&](const WeightCells::Block& block) {
    block.each([&](std::size_t at, std::size_t cell) {
      mean[cell] += static_cast<double>(weights[at]);
    });
  });
  to_means(cells, cells.shared_intercept, mean);
  std::vector<double> variance;
  find_levels(quantizer, cells, weights, mean, statistics, variance);
  if (!quantizer.intercept) std::fill(mean.begin(), mean.end(), 0.0);

  with_values(quantizer, statistics, weights, [&](const auto& value) {
    if (quantizer.intercept) {
      cells.blocks([&](const WeightCells::Block& block) {
        block.each([&](std::size_t at, std::size_t cell) {
          quantised_mean[cell] += value(at, cell);
        });
      });
      to_means(cells, cells.shared_intercept, quantised_mean);
    }
    cells.blocks([&](const WeightCells::Block& block) {
      block.each([&](std::size_t at, std::size_t cell) {
        const double q = value(at, cell) - quantised_mean[cell];
        statistics.slope[cell] += (static_cast<double>(weights[at]) - mean[cell]) * q;
        statistics.denominator[cell] += q * q;
      });
    });
    to_means(cells, cells.shared_slope, statistics.slope);
    to_means(cells, cells.shared_slope, statistics.denominator);
    for (std::size_t cell = 0; cell < count; ++cell) {
      const double unit = float_levels(quantizer) ? variance[cell] : 1.0;
      statistics.denominator[cell] += quantizer.lambda * unit + 1e-8;
      statistics.slope[cell] /= statistics.denominator[cell];
    }
    cells.blocks([&](const WeightCells::Block& block) {
      block.each([&](std::size_t at, std::size_t cell) {
        quantised[at] = static_cast<Real>(
            mean[cell] + statistics.slope[cell] * (value(at, cell) - quantised_mean[cell]));
      });
    });
  });
}

template <class Real>
void regress_weights_backward(const WeightQuantizer& quantizer, const std::vector<Real>& weights,
                              std::size_t columns, const WeightStatistics& statistics,
                              std::vector<Real>& gradient) {
  const WeightCells cells(quantizer, weights.size(), columns);
  if (quantizer.estimator != WeightEstimator::denoise)
    return with_open(quantizer, statistics, weights, [&](const auto& open) {
      pass_straight(quantizer, cells, statistics, open, gradient);
    });
  std::vector<double> mean_gradient(cells.count(), 0.0), shared(mean_gradient);
  with_values(quantizer, statistics, weights, [&](const auto& value) {
    cells.blocks([&](const WeightCells::Block& block) {
      block.each([&](std::size_t at, std::size_t cell) {
        const double g = static_cast<double>(gradient[at]);
        mean_gradient[cell] += g;
        shared[cell] += g * (value(at, cell) - statistics.quantised_mean[cell]);
      });
    });
    if (quantizer.intercept) to_means(cells, cells.shared_intercept, mean_gradient);
    else std::fill(mean_gradient.begin(), mean_gradient.end(), 0.0);
    to_means(cells, cells.shared_slope, shared);
    for (std::size_t cell = 0; cell < shared.size(); ++cell)
      shared[cell] /= statistics.denominator[cell];
    with_open(quantizer, statistics, weights, [&](const auto& open) {
      cells.blocks([&](const WeightCells::Block& block) {
        block.each([&](std::size_t at, std::size_t cell) {
          const double q = value(at, cell) - statistics.quantised_mean[cell];
          const double centred = static_cast<double>(weights[at]) - statistics.mean[cell];
          const double own = static_cast<double>(gradient[at]) - mean_gradient[cell];
          const double a = statistics.slope[cell];
          const double scale = open(at, cell) ? statistics.gradient_scale[cell] : 0.0;
          gradient[at] = static_cast<Real>(
              mean_gradient[cell] + shared[cell] * q +
              scale * (a * own + shared[cell] * (centred - 2 * a * q)));
        });
      });
    });
  });
}

template void regress_weights(const WeightQuantizer&, const std::vector<float>&, std::size_t,
                              std::vector<float>&, WeightStatistics&);
template void regress_weights(const WeightQuantizer&, const std::vector<double>&, std::size_t,
                              std::vector<double>&, WeightStatistics&);
template void regress_weights_backward(const WeightQuantizer&, const std::vector<float>&,
                                       std::size_t, const WeightStatistics&, std::vector<float>&);
template void regress_weights_backward(const WeightQuantizer&, const std::vector<double>&,
                                       std::size_t, const WeightStatistics&, std::vector<double>&);

}  // namespace volley
