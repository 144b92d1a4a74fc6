// A name with named values, as a recipe gives them to what the reader of recipes does not know: a
// transform of recordings, an encoder. Owns the checks of type and range and their words; must not
// know any room of the house.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace volley {

using NamedValue = std::variant<bool, double, std::string, std::vector<double>>;

struct NamedValues {
  std::string name;
  std::vector<std::pair<std::string, NamedValue>> values;  ///< in the order given
  std::string place;  ///< for messages, for example "recipe.toml:7:3"; not compared

  friend bool operator==(const NamedValues& a, const NamedValues& b) {
    return a.name == b.name && a.values == b.values;
  }
};

/// Reads them strictly: every value asked for is checked, every one not asked for is an error.
class NamedReader {
public:
  /// @param given outlives the reader
  explicit NamedReader(const NamedValues& given) : given_(given) {}

  bool has(std::string_view key) const;
  /// Each returns the fallback where the key is absent. Ends of the range are included.
  /// @throws Error at the place of what was given, naming the key
  double number(std::string_view key, double fallback, double low, double high);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                       std::int64_t high);
  bool boolean(std::string_view key, bool fallback);
  std::string choice(std::string_view key, const std::string& fallback,
                     const std::vector<std::string>& names);
  /// One number or an array of numbers; empty where absent.
  std::vector<double> numbers(std::string_view key, double low, double high);
  /// Refuses what was not asked for; lists what was.
  void finish() const;
  [[noreturn]] void fail(const std::string& what, const std::string& how) const;

private:
  const NamedValue* find(std::string_view key);

  const NamedValues& given_;
  std::set<std::string, std::less<>> known_;
};

/// "a, b, c", or "none".
std::string joined_names(const std::vector<std::string>& names);

}  // namespace volley
