// Rows of weights added where spikes are: currents of both engines, gradients of weights. On rows
// of float or double; one text, compiled per instruction set by Highway and chosen at run time.
// Must not know networks or threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/conv_table.hpp"

namespace volley {

/// destination[i] += sum over k of weights[rows[k] * n + i], added in the order of k.
void add_rows(float* destination, std::size_t n, const float* weights, const std::uint32_t* rows,
              std::size_t count);
void add_rows(double* destination, std::size_t n, const double* weights, const std::uint32_t* rows,
              std::size_t count);

/// Convolution from one spike: map[target] += taps[tap] for each reach; rows of `columns` values.
void scatter_taps(float* map, const float* taps, const ConvReach* reaches, std::size_t count,
                  std::size_t columns);
void scatter_taps(double* map, const double* taps, const ConvReach* reaches, std::size_t count,
                  std::size_t columns);

/// The same for a graded spike: map[target] += value * taps[tap].
void scatter_scaled_taps(float* map, const float* taps, const ConvReach* reaches,
                         std::size_t count, std::size_t columns, float value);
void scatter_scaled_taps(double* map, const double* taps, const ConvReach* reaches,
                         std::size_t count, std::size_t columns, double value);

/// Its transpose for the weights' gradient: taps[tap] += map[target].
void gather_taps(float* taps, const float* map, const ConvReach* reaches, std::size_t count,
                 std::size_t columns);
void gather_taps(double* taps, const double* map, const ConvReach* reaches, std::size_t count,
                 std::size_t columns);

/// The same for a graded spike: taps[tap] += value * map[target].
void gather_scaled_taps(float* taps, const float* map, const ConvReach* reaches,
                        std::size_t count, std::size_t columns, float value);
void gather_scaled_taps(double* taps, const double* map, const ConvReach* reaches,
                        std::size_t count, std::size_t columns, double value);

/// For the gradient of a source map: map[position][channel] += columns[target][tap][channel] over
/// the reaches of each position (`offsets` as in ConvTable).
void gather_columns(float* map, const float* columns, const std::uint32_t* offsets,
                    const ConvReach* reaches, std::size_t positions, std::size_t channels,
                    std::size_t taps);
void gather_columns(double* map, const double* columns, const std::uint32_t* offsets,
                    const ConvReach* reaches, std::size_t positions, std::size_t channels,
                    std::size_t taps);

/// destination[i] += factor * source[i]
void add_scaled(float* destination, std::size_t n, const float* source, float factor);
void add_scaled(double* destination, std::size_t n, const double* source, double factor);

}  // namespace volley
