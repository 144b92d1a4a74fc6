// What bounds this machine, one plain task each: streaming from memory, reading a cache,
// multiplying and adding in registers, counting bits, summing sparse rows, adding to scattered
// places. One text, compiled per
// instruction set by Highway and chosen at run time. Must not know clocks, threads or the engines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace volley {

/// Name of the instruction set these kernels run on: that of instruction_set() or, where it counts
/// bits faster, a wider one.
std::string limit_instruction_set();

/// a[i] = b[i] + factor * c[i], the triad of STREAM (McCalpin, 1995); moves 24 bytes an element,
/// not counting that a line of `a` may be read before it is written.
void triad(double* a, const double* b, const double* c, std::size_t n, double factor);

/// Sum of n values, each read once; the order of additions is the instruction set's own.
float sum_values(const float* values, std::size_t n);

/// How many values multiply_add_chain() holds: as many as stay in registers.
std::size_t multiply_add_width();
/// values[i] = values[i] * factor + addend, `rounds` times in registers, for each of
/// multiply_add_width() values: 2 * rounds * width floating-point operations. Fused where the
/// instruction set can.
void multiply_add_chain(float* values, std::size_t rounds, float factor, float addend);

/// sums[i] = sum over k of weights[rows[k] * n + i], added in the order of k: as add_rows() does
/// from zero, in tiles as wide as registers allow.
void sum_rows(float* sums, std::size_t n, const float* weights, const std::uint32_t* rows,
              std::size_t count);

/// currents[target] += weight for every target of the rows of `count` sources, `length` of them in
/// each row: synaptic events with nothing around them.
void add_scattered(float* currents, const std::uint16_t* rows, std::size_t length,
                   const std::uint32_t* sources, std::size_t count, float weight);

/// values[i] *= factor: each read and written once.
void scale_values(float* values, std::size_t n, float factor);

constexpr std::size_t popcount_tile_rows = 4, popcount_tile_columns = 2;
/// Spikes against weights of one bit: counts[r][c] = bits set in both a[r] and b[c], for a of 4 and
/// b of 2 rows of `words` words. 2 * 64 binary operations (AND, add) a word of each pair.
void and_popcount_tile(const std::uint64_t* a, const std::uint64_t* b, std::size_t words,
                       std::uint64_t* counts);

}  // namespace volley
