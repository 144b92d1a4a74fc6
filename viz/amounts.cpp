#include "viz/amounts.hpp"

#include <fmt/format.h>

#include <cmath>

namespace volley {

std::string short_amount(double value) {
  if (!std::isfinite(value)) return "not known";
  constexpr const char* prefixes[] = {"", "k", "M", "G", "T"};
  std::size_t prefix = 0;
  // 999.5 would be written as 1e+03.
  while (std::abs(value) >= 999.5 && prefix + 1 < std::size(prefixes)) value /= 1e3, ++prefix;
  return fmt::format("{:.3g}{}", value, prefixes[prefix]);
}

}  // namespace volley
