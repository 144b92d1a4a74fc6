// The product of a few rows with weights that are used again and again: what flows back through
// recurrence and convolutions, step by step. BLAS would pack the weights anew at every step. One
// text, compiled per instruction set by Highway and chosen at run time. Must not know networks.
#pragma once

#include <cstddef>
#include <vector>

namespace volley {

/// out [columns][rows] is the transpose of matrix [rows][columns].
template <class Real>
void transpose_matrix(const Real* matrix, std::size_t rows, std::size_t columns,
                      std::vector<Real>& out);

/// c[m][n] += a[m][k] * b[k][n], row-major; each sum in the order of k, whatever m is. Rows of a
/// may overlap, as the windows of a map do.
struct RowProduct {
  std::size_t m, n, k;
  std::size_t a_stride, c_stride;  ///< distances of rows
};
void add_row_product(const RowProduct& shape, const float* a, const float* b, float* c);
void add_row_product(const RowProduct& shape, const double* a, const double* b, double* c);

}  // namespace volley
