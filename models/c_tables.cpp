#include "models/c_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace volley {

namespace {

/// An empty table gets one zero: C has none of no elements.
template <class Value, class Format>
std::string table(const std::string& type, const std::string& name, std::span<const Value> values,
                  std::size_t per_line, const Format& format) {
  std::string text = fmt::format("static const {} {}[{}] = {{", type, name,
                                 std::max<std::size_t>(values.size(), 1));
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += i % per_line == 0 ? "\n  " : " ";
    text += format(values[i]);
    if (i + 1 < values.size()) text += ',';
  }
  if (values.empty()) text += "\n  0";
  return text + "\n};\n";
}

}  // namespace

std::string c_number(float value) {
  if (value == 0) return std::signbit(value) ? "-0.0f" : "0.0f";
  return fmt::format("{:a}f", value);
}

std::string c_number(std::int32_t value) {
  return value == INT32_MIN ? "(-2147483647 - 1)" : fmt::format("{}", value);
}

std::string c_table(const std::string& name, std::span<const float> values) {
  return table("float", name, values, 6, [](float value) { return c_number(value); });
}

std::string c_table(const std::string& name, std::span<const std::int32_t> values) {
  return table("int32_t", name, values, 8, [](std::int32_t value) { return c_number(value); });
}

std::string c_table(const std::string& name, std::span<const std::uint32_t> values, int bits) {
  const std::uint32_t largest =
      values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  const int needed = std::max(bits, largest > 65535 ? 32 : largest > 255 ? 16 : 8);
  return table(fmt::format("uint{}_t", needed), name, values, 16,
               [](std::uint32_t value) { return fmt::format("{}u", value); });
}

std::string c_bit_table(const std::string& name, std::span<const std::uint8_t> bits,
                        std::size_t columns) {
  const std::size_t words = c_words(columns);
  std::vector<std::uint32_t> packed(bits.size() / columns * words, 0);
  for (std::size_t at = 0; at < bits.size(); ++at)
    packed[at / columns * words + at % columns / 32] |= std::uint32_t{bits[at]}
                                                        << (at % columns % 32);
  return table<std::uint32_t>("uint32_t", name, packed, 7,
                              [](std::uint32_t word) { return fmt::format("0x{:08x}u", word); });
}

}  // namespace volley
