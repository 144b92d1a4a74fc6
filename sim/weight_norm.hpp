// Weight normalisation (Salimans and Kingma, arXiv 1602.07868): every column of a weight matrix, the
// inputs of one output, has a trainable length. Owns the arithmetic, forward and backward; must not
// know networks.
//
//   u = g w / n,  n = sqrt(sum w^2 + 1e-12) over the column
//   dL/dg = (sum w dL/du) / n,  dL/dw = (g / n) (dL/du - w (sum w dL/du) / n^2)
#pragma once

#include <cstddef>
#include <vector>

namespace volley {

/// n of every column of weights [rows][columns].
template <class Real>
std::vector<Real> column_norms(const std::vector<Real>& weights, std::size_t columns);

/// Writes u [rows][columns] and n [columns]; gain is [columns].
template <class Real>
void normalise_columns(const std::vector<Real>& weights, const std::vector<Real>& gain,
                       std::vector<Real>& normed, std::vector<Real>& norm);

/// Turns dL/du into dL/dw in place and writes dL/dg.
template <class Real>
void normalise_columns_backward(const std::vector<Real>& weights, const std::vector<Real>& gain,
                                const std::vector<Real>& norm, std::vector<Real>& gradient,
                                std::vector<Real>& gain_gradient);

}  // namespace volley
