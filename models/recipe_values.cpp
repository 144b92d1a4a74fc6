#include "models/recipe_values.hpp"

#include <fmt/format.h>

#include <cmath>

#include "models/recipe.hpp"
#include "models/recipe_network.hpp"

namespace volley {

namespace {

constexpr std::size_t most_values = 64, most_tables = 64;

NamedValue value_of(StrictTable& table, const std::string& key, const toml::node& node) {
  if (const auto flag = node.value_exact<bool>()) return *flag;
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (node.is_number()) {
    const double number = node.value<double>().value_or(0);
    if (std::isfinite(number)) return number;
  }
  std::vector<double> numbers;
  const toml::array* array = node.as_array();
  bool good = array != nullptr && array->size() <= most_values;
  if (good)
    for (const toml::node& element : *array) {
      const double number = element.value<double>().value_or(std::nan(""));
      good = good && element.is_number() && std::isfinite(number);
      numbers.push_back(number);
    }
  if (!good)
    table.fail(node, key, "is no finite number, text, true, false or array of numbers",
               "see models/recipes/README.md");
  return numbers;
}

NamedValues values_of(StrictTable& parent, const toml::table& table, const std::string& key) {
  NamedValues values;
  for (const auto& [name, node] : table)
    values.values.emplace_back(std::string(name.str()), value_of(parent, key, node));
  if (values.values.size() > most_values)
    parent.fail(table, key, "has more than 64 values", "see models/recipes/README.md");
  return values;
}

std::string value_text(const NamedValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const double* number = std::get_if<double>(&value)) return format_number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return format_text(*text);
  std::string text;
  for (const double number : std::get<std::vector<double>>(value))
    text += (text.empty() ? "" : ", ") + format_number(number);
  return "[" + text + "]";
}

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && key.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                          "0123456789_-") == std::string::npos;
  return bare ? key : format_text(key);
}

}  // namespace

NamedValues parse_named(StrictTable& table, const std::string& key) {
  const toml::node* node = table.any(key);
  NamedValues values;
  if (node != nullptr) {
    if (!node->is_table())
      table.fail(*node, key, "is not a table", "write " + key + " = { key = value }");
    values = values_of(table, *node->as_table(), key);
  }
  values.name = key;
  values.place = table.position(key);
  return values;
}

std::vector<NamedValues> parse_named_list(StrictTable& table, const std::string& key) {
  const toml::node* node = table.any(key);
  if (node == nullptr) return {};
  const std::string how = "write " + key + " = [ { name = \"denoise\" } ]";
  const toml::array* array = node->as_array();
  if (array == nullptr || array->size() > most_tables)
    table.fail(*node, key, "is not an array of at most 64 tables", how);
  std::vector<NamedValues> list;
  for (const toml::node& element : *array) {
    if (!element.is_table()) table.fail(element, key, "holds what is not a table", how);
    NamedValues values = values_of(table, *element.as_table(), key);
    std::erase_if(values.values, [&](const auto& value) {
      if (value.first != "name") return false;
      if (const auto* name = std::get_if<std::string>(&value.second)) values.name = *name;
      return true;
    });
    if (values.name.empty()) table.fail(element, key, "has a table without a name", how);
    values.place = table.position_of(element);
    list.push_back(std::move(values));
  }
  return list;
}

std::string format_named(const NamedValues& values, bool named) {
  std::string text = named ? "name = " + format_text(values.name) : "";
  for (const auto& [key, value] : values.values)
    text += (text.empty() ? "" : ", ") + key_text(key) + " = " + value_text(value);
  return "{ " + text + " }";
}

std::string format_named_list(const std::vector<NamedValues>& list) {
  std::string text = "[\n";
  for (const NamedValues& values : list) text += "  " + format_named(values, true) + ",\n";
  return text + "]";
}

}  // namespace volley
