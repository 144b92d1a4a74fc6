// Currents of 1-bit weights. The weights of a source neuron are one row of bits; rows of spikes are
// added as bits by carry-save adders, 512 columns at a time, and become numbers once. Integer sums
// are exact, so the currents are those of add_code_rows() and add_code_currents() to the bit,
// whatever the order and the instruction set. Must not know networks or time.
//
// Carry-save: planes p0, p1, .. hold the bits of 1, 2, .. of all columns' counts; eight rows pass
// seven full adders (three operations each) before a carry reaches p3.
#pragma once

#include <cstddef>
#include <cstdint>

namespace volley {

/// Words of a row of bits are padded to one, two, four or a multiple of eight.
std::size_t bit_row_words(std::size_t columns);

/// I = scale * (sum of bits) + offset * (number of spikes), by column.
struct BitRows {
  const std::uint64_t* bits;  ///< [rows][words]: bit c of a row is its weight's code, zeros behind
  std::size_t words;          ///< bit_row_words()
  const float *scale, *offset;
};

/// currents[i] += scale[i] * (sum over k of bit i of rows[k]) + offset[i] * count for n columns, as
/// add_code_currents() has it; count at most 65535.
void add_bit_rows(float* currents, std::size_t n, const BitRows& weights,
                  const std::uint32_t* rows, std::size_t count);

}  // namespace volley
