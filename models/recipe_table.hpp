// A TOML table read strictly: every key asked for is checked for type and range, every key not
// asked for is an error. Owns positions and wording; must not know what a recipe holds.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <toml++/toml.h>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace volley {

/// Numbers allowed for a key, both ends included unless `above` (then the lower end is excluded).
struct NumberRange {
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
  bool above = false;
};

/// Where nodes come from that the file itself does not hold, in the words of messages.
using NodePlaces = std::map<const toml::node*, std::string>;

class StrictTable {
public:
  /// @param path   name of the table in messages, for example "network.population[2]"; may be empty
  /// @param places of nodes put into the tree after reading; must outlive the table; may be null
  StrictTable(const toml::table& table, std::string path, std::string origin,
              const NodePlaces* places = nullptr);

  bool has(std::string_view key) const { return table_.contains(key); }

  /// Each returns the fallback where the key is absent and marks the key as known.
  /// @throws Error with file, line and column for a wrong type or a value out of range
  double number(std::string_view key, double fallback, NumberRange range);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                       std::int64_t high);
  bool boolean(std::string_view key, bool fallback);
  std::string text(std::string_view key, const std::string& fallback);
  /// One text, or a list of texts; empty where absent.
  std::vector<std::string> texts(std::string_view key);
  /// The value of a key as it stands, null where absent.
  const toml::node* any(std::string_view key) { return find(key); }
  /// One number, or as many as `least` to `most` in an array; empty where absent.
  std::vector<std::int64_t> integers(std::string_view key, std::size_t least, std::size_t most,
                                     std::int64_t low, std::int64_t high);
  /// The value whose name the key gives.
  template <class Value>
  Value choice(std::string_view key, Value fallback,
               const std::vector<std::pair<std::string, Value>>& names) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    const std::string given = text(key, {});
    std::vector<std::string> known;
    for (const auto& [name, value] : names) {
      if (name == given) return value;
      known.push_back(name);
    }
    fail(*node, key, "'" + given + "' is not known", choices(given, known));
  }
  /// The table under a key; an empty one where absent.
  StrictTable table(std::string_view key);
  /// The tables of an array of tables, none where absent.
  std::vector<StrictTable> tables(std::string_view key);

  /// Refuses every key that was not asked for. Call after the last question.
  /// @param elsewhere keys that other kinds of this table know
  /// @param kind      what this table describes, for "has no meaning for ..."
  void finish(const std::vector<std::string>& elsewhere = {}, const std::string& kind = {}) const;

  /// @throws Error at this table, or at the key where it is present
  [[noreturn]] void fail(std::string_view key, const std::string& what,
                         const std::string& how = {}) const;
  [[noreturn]] void fail(const toml::node& node, std::string_view key, const std::string& what,
                         const std::string& how) const;
  /// "file:line:column" of the key, or of the table.
  std::string position(std::string_view key = {}) const;
  std::string path(std::string_view key = {}) const;
  /// The same of a node inside.
  std::string position_of(const toml::node& node) const { return place(node); }

private:
  const toml::node* find(std::string_view key);
  static std::string choices(const std::string& given, const std::vector<std::string>& known);
  std::string place(const toml::node& node) const;

  const toml::table& table_;
  std::string path_, origin_;
  const NodePlaces* places_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace volley
