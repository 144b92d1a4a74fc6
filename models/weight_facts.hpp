// What a weight quantiser says about a network before it runs: whether its settings belong
// together, and how many bits its weights take. Must not know the arithmetic.
#pragma once

#include <cstdint>
#include <string>

#include "models/quantizer.hpp"

namespace volley {

/// @throws Error for values out of range and for settings that have no meaning together, naming
/// the recipe's keys; `where` is the projection
void check_weights(const WeightQuantizer& quantizer, const std::string& where);

/// Most members of a group of the pattern N:M.
inline constexpr int longest_pattern = 64;

/// Share of the weights whose q is not zeroed by sparsity (at its end) or pattern; 1 without.
double kept_share(const WeightQuantizer& quantizer);

/// Bits that a weight takes with the places of the kept ones: log2(C(M, N)) / M for N:M,
/// the entropy of the share kept for unstructured sparsity; and on the kept ones 32, bits, 1 for
/// sign and 0 for unipolar. Ternary: log2(3).
double bits_per_weight(const WeightQuantizer& quantizer);

/// Bytes of a matrix: its bits, and 4 for every slope and intercept.
std::uint64_t weight_bytes(const WeightQuantizer& quantizer, std::uint64_t rows,
                           std::uint64_t columns);

/// "32 bits", "ternary, 1.58 bits", "2:4, 0 or 1, 0.646 bits", "90 % zero, 3.67 bits".
std::string weight_words(const WeightQuantizer& quantizer);

}  // namespace volley
