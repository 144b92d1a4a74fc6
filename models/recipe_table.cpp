// Strict reading of TOML tables, and the nearest known word for a mistyped one.
#include "models/recipe_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace volley {

namespace {

// Levenshtein's distance, one row at a time; longer words than any key count as far away.
std::size_t distance(std::string_view a, std::string_view b) {
  if (a.size() > 64 || b.size() > 64) return 64;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t smallest = std::max<std::size_t>(3, word.size() / 2 + 1);
  for (const std::string& candidate : known)
    if (distance(word, candidate) < smallest) {
      smallest = distance(word, candidate);
      best = candidate;
    }
  return best;
}

// Words in messages come from the file: short and printable.
std::string quoted(std::string_view word) {
  std::string text = "'";
  for (const char c : word.substr(0, 60))
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return text + (word.size() > 60 ? "...'" : "'");
}

std::string describe(const NumberRange& range) {
  const bool open = range.high == std::numeric_limits<double>::max();
  if (open && range.low == std::numeric_limits<double>::lowest()) return "a finite number";
  if (open) return fmt::format("{} {}", range.above ? "above" : "at least", range.low);
  if (range.above) return fmt::format("above {} and at most {}", range.low, range.high);
  return fmt::format("within {} and {}", range.low, range.high);
}

}  // namespace

StrictTable::StrictTable(const toml::table& table, std::string path, std::string origin,
                         const NodePlaces* places)
    : table_(table), path_(std::move(path)), origin_(std::move(origin)), places_(places) {}

std::string StrictTable::place(const toml::node& node) const {
  if (places_ != nullptr)
    if (const auto found = places_->find(&node); found != places_->end()) return found->second;
  const toml::source_position at = node.source().begin;
  return at.line == 0 ? origin_ : fmt::format("{}:{}:{}", origin_, at.line, at.column);
}

const toml::node* StrictTable::find(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

std::string StrictTable::position(std::string_view key) const {
  const toml::node* node = key.empty() ? nullptr : table_.get(key);
  return place(node != nullptr ? *node : table_);
}

std::string StrictTable::path(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void StrictTable::fail(std::string_view key, const std::string& what,
                       const std::string& how) const {
  throw Error(path(key) + ": " + what, position(key), how);
}

void StrictTable::fail(const toml::node& node, std::string_view key, const std::string& what,
                       const std::string& how) const {
  throw Error(path(key) + ": " + what, place(node), how);
}

std::string StrictTable::choices(const std::string& given, const std::vector<std::string>& known) {
  std::string text = "use one of";
  for (const std::string& word : known) text += (word == known.front() ? " " : ", ") + word;
  const std::string near = nearest(given, known);
  return near.empty() ? text : "did you mean '" + near + "'? " + text;
}

double StrictTable::number(std::string_view key, double fallback, NumberRange range) {
  const toml::node* node = find(key);
  if (node == nullptr) return fallback;
  if (!node->is_number()) fail(*node, key, "is not a number", "write a number, for example 0.5");
  const double value = node->value<double>().value_or(std::nan(""));
  if (!std::isfinite(value) || value < range.low || value > range.high ||
      (range.above && value <= range.low))
    fail(*node, key, fmt::format("{} is out of range", value), "it must be " + describe(range));
  return value;
}

std::int64_t StrictTable::integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                                  std::int64_t high) {
  const toml::node* node = find(key);
  if (node == nullptr) return fallback;
  if (!node->is_integer()) fail(*node, key, "is not a whole number", "write it without a point");
  const std::int64_t value = node->as_integer()->get();
  if (value < low || value > high)
    fail(*node, key, fmt::format("{} is out of range", value),
         fmt::format("it must be within {} and {}", low, high));
  return value;
}

bool StrictTable::boolean(std::string_view key, bool fallback) {
  const toml::node* node = find(key);
  if (node == nullptr) return fallback;
  if (!node->is_boolean()) fail(*node, key, "is neither true nor false", "write true or false");
  return node->as_boolean()->get();
}

std::string StrictTable::text(std::string_view key, const std::string& fallback) {
  const toml::node* node = find(key);
  if (node == nullptr) return fallback;
  if (!node->is_string()) fail(*node, key, "is not a text", "write it in double quotes");
  const std::string& value = node->as_string()->get();
  if (value.size() > 256) fail(*node, key, "is longer than 256 bytes", "shorten it");
  return value;
}

std::vector<std::string> StrictTable::texts(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  if (node->is_string()) return {text(key, {})};
  const std::string how = "write a text in double quotes, or several in brackets";
  if (!node->is_array() || node->as_array()->empty())
    fail(*node, key, "is neither a text nor a list of texts", how);
  std::vector<std::string> values;
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_string() || element.as_string()->get().size() > 256)
      fail(element, key, "holds what is not a text of at most 256 bytes", how);
    values.push_back(element.as_string()->get());
  }
  return values;
}

std::vector<std::int64_t> StrictTable::integers(std::string_view key, std::size_t least,
                                                std::size_t most, std::int64_t low,
                                                std::int64_t high) {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  if (node->is_integer()) return {integer(key, 0, low, high)};
  const toml::array* array = node->as_array();
  const std::string how = fmt::format("write one whole number, or {} in brackets",
                                      least == most ? fmt::format("{}", least)
                                                    : fmt::format("{} to {}", least, most));
  if (array == nullptr || array->size() < least || array->size() > most)
    fail(*node, key, "is not a number or a list of the right length", how);
  std::vector<std::int64_t> values;
  for (const toml::node& element : *array) {
    if (!element.is_integer()) fail(element, key, "holds what is not a whole number", how);
    const std::int64_t value = element.as_integer()->get();
    if (value < low || value > high)
      fail(element, key, fmt::format("{} is out of range", value),
           fmt::format("it must be within {} and {}", low, high));
    values.push_back(value);
  }
  return values;
}

StrictTable StrictTable::table(std::string_view key) {
  static const toml::table nothing;
  const toml::node* node = find(key);
  if (node != nullptr && !node->is_table())
    fail(*node, key, "is not a table", fmt::format("write [{}] or {} = {{ ... }}", path(key), key));
  return {node == nullptr ? nothing : *node->as_table(), path(key), origin_, places_};
}

std::vector<StrictTable> StrictTable::tables(std::string_view key) {
  std::vector<StrictTable> found;
  const toml::node* node = find(key);
  if (node == nullptr) return found;
  const std::string how = fmt::format("begin each one with [[{}]]", path(key));
  if (!node->is_array()) fail(*node, key, "is not a list of tables", how);
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_table()) fail(element, key, "holds what is not a table", how);
    found.emplace_back(*element.as_table(), fmt::format("{}[{}]", path(key), found.size() + 1),
                       origin_, places_);
  }
  return found;
}

void StrictTable::finish(const std::vector<std::string>& elsewhere, const std::string& kind) const {
  const std::vector<std::string> known(known_.begin(), known_.end());
  for (const auto& [key, node] : table_) {
    const std::string_view word = key.str();
    if (known_.find(word) != known_.end()) continue;
    if (std::find(elsewhere.begin(), elsewhere.end(), word) != elsewhere.end())
      fail(node, word, "has no meaning for " + kind, "remove it");
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    const std::string near = nearest(word, known);
    // The key itself where the file has it, else who put it here.
    const toml::source_position at = key.source().begin;
    throw Error("unknown key " + quoted(word) + (path_.empty() ? "" : " in " + path_),
                at.line == 0 ? place(node)
                             : fmt::format("{}:{}:{}", origin_, at.line, at.column),
                near.empty() ? "known here: " + list : "did you mean '" + near + "'?");
  }
}

}  // namespace volley
