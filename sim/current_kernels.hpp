// Float currents of one step at inference: rows of weights added where spikes are, whole lists of
// spikes in one call. One text, compiled per instruction set by Highway and chosen at run time;
// every sum is taken in the order of the spikes, so that results are those of add_rows() to the
// bit. Must not know networks or time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// destination[i] += sum over k of weights[rows[k] * stride + i], i below n, in the order of k.
void sum_rows(float* destination, std::size_t n, const float* weights, std::size_t stride,
              const std::uint32_t* rows, std::size_t count);

}  // namespace volley
