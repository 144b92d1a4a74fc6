#include "sim/gemm.hpp"

#include <cblas.h>

namespace volley {

namespace {
[[maybe_unused]] const bool single_threaded = [] {
  openblas_set_num_threads(1);
  return true;
}();

int narrow(std::size_t value) { return static_cast<int>(value); }
}  // namespace

void multiply_transposed(std::size_t m, std::size_t n, std::size_t k, const float* a,
                         const float* b, float* c, bool add) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, narrow(m), narrow(n), narrow(k), 1.0f, a,
              narrow(k), b, narrow(k), add ? 1.0f : 0.0f, c, narrow(n));
}

void multiply_transposed(std::size_t m, std::size_t n, std::size_t k, const double* a,
                         const double* b, double* c, bool add) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, narrow(m), narrow(n), narrow(k), 1.0, a,
              narrow(k), b, narrow(k), add ? 1.0 : 0.0, c, narrow(n));
}

}  // namespace volley
