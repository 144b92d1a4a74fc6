// Constant tables in C. Must not know networks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace volley {

/// "static const TYPE NAME[n] = { ... };" Floats are written in hexadecimal: no digit is lost.
std::string c_table(const std::string& name, std::span<const float> values);
std::string c_table(const std::string& name, std::span<const std::int32_t> values);
/// In the smallest type of 8, 16 or 32 bits that holds them; `bits` of at least so many.
std::string c_table(const std::string& name, std::span<const std::uint32_t> values, int bits = 8);
/// Bits [rows][columns] in rows of 32-bit words, written in hexadecimal.
std::string c_bit_table(const std::string& name, std::span<const std::uint8_t> bits,
                        std::size_t columns);

/// A literal: 0x1.8p-1f, -5.
std::string c_number(float value);
std::string c_number(std::int32_t value);

constexpr std::size_t c_words(std::size_t bits) { return (bits + 31) / 32; }

}  // namespace volley
