#include "sim/weight_norm.hpp"

#include <cmath>

#include "base/parallel.hpp"

namespace volley {

template <class Real>
std::vector<Real> column_norms(const std::vector<Real>& weights, std::size_t columns) {
  std::vector<double> squares(columns, 1e-12);
  for (std::size_t at = 0; at < weights.size(); at += columns)
    for (std::size_t c = 0; c < columns; ++c)
      squares[c] += static_cast<double>(weights[at + c]) * static_cast<double>(weights[at + c]);
  std::vector<Real> norms(columns);
  for (std::size_t c = 0; c < columns; ++c) norms[c] = static_cast<Real>(std::sqrt(squares[c]));
  return norms;
}

template <class Real>
void normalise_columns(const std::vector<Real>& weights, const std::vector<Real>& gain,
                       std::vector<Real>& normed, std::vector<Real>& norm) {
  const std::size_t columns = gain.size();
  norm = column_norms(weights, columns);
  std::vector<Real> factor(columns);
  for (std::size_t c = 0; c < columns; ++c) factor[c] = gain[c] / norm[c];
  normed.resize(weights.size());
  parallel_for(weights.size() / columns, [&](std::size_t row) {
    for (std::size_t c = 0; c < columns; ++c)
      normed[row * columns + c] = factor[c] * weights[row * columns + c];
  });
}

template <class Real>
void normalise_columns_backward(const std::vector<Real>& weights, const std::vector<Real>& gain,
                                const std::vector<Real>& norm, std::vector<Real>& gradient,
                                std::vector<Real>& gain_gradient) {
  const std::size_t columns = gain.size();
  std::vector<double> product(columns, 0.0);
  for (std::size_t at = 0; at < weights.size(); at += columns)
    for (std::size_t c = 0; c < columns; ++c)
      product[c] +=
          static_cast<double>(weights[at + c]) * static_cast<double>(gradient[at + c]);
  std::vector<Real> factor(columns), along(columns);
  gain_gradient.resize(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    const double n = static_cast<double>(norm[c]);
    gain_gradient[c] = static_cast<Real>(product[c] / n);
    factor[c] = gain[c] / norm[c];
    along[c] = static_cast<Real>(product[c] / (n * n));
  }
  parallel_for(weights.size() / columns, [&](std::size_t row) {
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t at = row * columns + c;
      gradient[at] = factor[c] * (gradient[at] - weights[at] * along[c]);
    }
  });
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template std::vector<Real> column_norms(const std::vector<Real>&, std::size_t);                 \
  template void normalise_columns(const std::vector<Real>&, const std::vector<Real>&,             \
                                  std::vector<Real>&, std::vector<Real>&);                        \
  template void normalise_columns_backward(const std::vector<Real>&, const std::vector<Real>&,    \
                                           const std::vector<Real>&, std::vector<Real>&,          \
                                           std::vector<Real>&);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
