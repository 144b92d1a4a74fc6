// Dense products through OpenBLAS, one thread each: volley's tasks are its parallelism. Owns the
// only mention of BLAS.
#pragma once

#include <cstddef>

namespace volley {

/// c[m][n] = a[m][k] * b[n][k]^T (+ c where `add`), all row-major. Byte-reproducible for equal
/// sizes on one machine.
void multiply_transposed(std::size_t m, std::size_t n, std::size_t k, const float* a,
                         const float* b, float* c, bool add);
void multiply_transposed(std::size_t m, std::size_t n, std::size_t k, const double* a,
                         const double* b, double* c, bool add);

}  // namespace volley
