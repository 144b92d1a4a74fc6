#include "base/named_values.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace volley {

namespace {

std::string number_text(double value) {
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string range_text(double low, double high) {
  return "give a number from " + number_text(low) + " to " + number_text(high);
}

}  // namespace

std::string joined_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

bool NamedReader::has(std::string_view key) const {
  return std::any_of(given_.values.begin(), given_.values.end(),
                     [&](const auto& value) { return value.first == key; });
}

const NamedValue* NamedReader::find(std::string_view key) {
  known_.emplace(key);
  for (const auto& [name, value] : given_.values)
    if (name == key) return &value;
  return nullptr;
}

void NamedReader::fail(const std::string& what, const std::string& how) const {
  throw Error(given_.name + ": " + what, given_.place, how);
}

double NamedReader::number(std::string_view key, double fallback, double low, double high) {
  const NamedValue* value = find(key);
  if (value == nullptr) return fallback;
  const double* number = std::get_if<double>(value);
  if (number == nullptr) fail("'" + std::string(key) + "' is not a number", range_text(low, high));
  if (!(*number >= low && *number <= high))
    fail("'" + std::string(key) + "' = " + number_text(*number) + " is out of range",
         range_text(low, high));
  return *number;
}

std::int64_t NamedReader::integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                                  std::int64_t high) {
  const double value = number(key, static_cast<double>(fallback), static_cast<double>(low),
                              static_cast<double>(high));
  if (value != std::floor(value))
    fail("'" + std::string(key) + "' is not a whole number", range_text(static_cast<double>(low),
                                                                        static_cast<double>(high)));
  return static_cast<std::int64_t>(value);
}

bool NamedReader::boolean(std::string_view key, bool fallback) {
  const NamedValue* value = find(key);
  if (value == nullptr) return fallback;
  const bool* flag = std::get_if<bool>(value);
  if (flag == nullptr) fail("'" + std::string(key) + "' is neither true nor false", "give one");
  return *flag;
}

std::string NamedReader::choice(std::string_view key, const std::string& fallback,
                                const std::vector<std::string>& names) {
  const NamedValue* value = find(key);
  if (value == nullptr) return fallback;
  const std::string* text = std::get_if<std::string>(value);
  if (text == nullptr || std::find(names.begin(), names.end(), *text) == names.end())
    fail("'" + std::string(key) + "'" + (text == nullptr ? " is not a text" : " = '" + *text +
         "' is not known"), "use one of: " + joined_names(names));
  return *text;
}

std::vector<double> NamedReader::numbers(std::string_view key, double low, double high) {
  const NamedValue* value = find(key);
  if (value == nullptr) return {};
  std::vector<double> numbers;
  if (const double* one = std::get_if<double>(value)) numbers.push_back(*one);
  else if (const auto* several = std::get_if<std::vector<double>>(value)) numbers = *several;
  else fail("'" + std::string(key) + "' holds no numbers", range_text(low, high));
  for (const double number : numbers)
    if (!(number >= low && number <= high))
      fail("'" + std::string(key) + "' holds " + number_text(number) + ", which is out of range",
           range_text(low, high));
  return numbers;
}

void NamedReader::finish() const {
  for (const auto& [name, value] : given_.values)
    if (!known_.contains(name))
      fail("'" + name + "' is not known",
           "keys of " + given_.name + ": " +
               joined_names(std::vector<std::string>(known_.begin(), known_.end())));
}

}  // namespace volley
