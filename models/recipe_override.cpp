// Changes to recipes from the command line.
#include "models/recipe_override.hpp"

#include <algorithm>
#include <cctype>

#include "base/error.hpp"

namespace volley {

namespace {

bool is_word(const std::string& value) {
  if (value.empty() || std::isalpha(static_cast<unsigned char>(value.front())) == 0) return false;
  for (const char* special : {"true", "false", "inf", "nan"})
    if (value == special) return false;
  return std::all_of(value.begin(), value.end(), [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '-';
  });
}

}  // namespace

RecipeOverride parse_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error("'" + text + "' is not a path and a value", "--set",
                "write path=value, for example training.learning_rate=0.01");
  const std::string value = text.substr(equals + 1);
  return {text.substr(0, equals), is_word(value) ? "\"" + value + "\"" : value, "--set " + text};
}

}  // namespace volley
