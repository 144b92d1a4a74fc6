#include "models/text_template.hpp"

#include <algorithm>
#include <cassert>

namespace volley {

std::string fill_in(std::string_view text,
                    std::initializer_list<std::pair<std::string_view, Filling>> values) {
  std::string result;
  while (true) {
    const std::size_t begin = text.find('@');
    result += text.substr(0, begin);
    if (begin == std::string_view::npos) return result;
    text.remove_prefix(begin + 1);
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789");
    if (end == 0 || end == std::string_view::npos || text[end] != '@') {
      result += '@';
      continue;
    }
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& value) {
      return value.first == text.substr(0, end);
    });
    assert(found != values.end());
    if (found != values.end()) result += found->second.text;
    text.remove_prefix(end + 1);
  }
}

}  // namespace volley
