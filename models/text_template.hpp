// Text with holes: @name@ stands for a value, any other @ for itself. What the generators of C and
// Verilog write with, whose own braces fmt would take for its. Must not know any language.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace volley {

/// A value: text, or a number written in decimal.
struct Filling {
  Filling(const char* own) : text(own) {}
  Filling(std::string own) : text(std::move(own)) {}
  template <class Integer>
    requires std::is_integral_v<Integer>
  Filling(Integer number) : text(std::to_string(number)) {}

  std::string text;
};

/// The text with every hole filled. Holes of unknown names are our own mistake (assert).
std::string fill_in(std::string_view text,
                    std::initializer_list<std::pair<std::string_view, Filling>> values);

}  // namespace volley
