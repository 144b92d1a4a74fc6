// The product of a few rows with a square of weights that is used again and again: what flows back
// through recurrence, step by step. BLAS would pack the weights anew at every step. One text,
// compiled per instruction set by Highway and chosen at run time. Must not know networks.
#pragma once

#include <cstddef>
#include <vector>

namespace volley {

/// out [columns][rows] is the transpose of matrix [rows][columns].
template <class Real>
void transpose_matrix(const Real* matrix, std::size_t rows, std::size_t columns,
                      std::vector<Real>& out);

/// c[m][n] += a[m][k] * b[k][n], row-major; each sum in the order of k, whatever m is.
void add_row_product(std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b,
                     float* c);
void add_row_product(std::size_t m, std::size_t n, std::size_t k, const double* a,
                     const double* b, double* c);

}  // namespace volley
