#include "datasets/formats/columns.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/error.hpp"

namespace volley {

namespace {

const char* const how = "name the columns in their order, for example --columns \"t x y p\"";

std::string lower_case(std::string text) {
  for (char& letter : text)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

/// Cuts a unit off a name: "time_us", "t[s]", "timestamp (ms)". 0 where there is none.
double cut_unit(std::string& name) {
  using Unit = std::pair<const char*, double>;
  std::string plain;
  for (const char letter : name)
    plain += letter == '[' || letter == '(' || letter == ' ' || letter == '.' ? '_' : letter;
  while (plain.ends_with(']') || plain.ends_with(')')) plain.pop_back();
  for (const auto& [unit, us] : {Unit{"_us", 1.0}, Unit{"_usec", 1.0}, Unit{"_ms", 1e3},
                                 Unit{"_ns", 1e-3}, Unit{"_sec", 1e6}, Unit{"_s", 1e6}})
    if (plain.ends_with(unit)) {
      plain.resize(plain.size() - std::string_view(unit).size());
      while (plain.ends_with('_')) plain.pop_back();
      name = plain;
      return us;
    }
  return 0;
}

bool one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* each) { return name == each; });
}

struct ColumnFacts {
  bool climbs = true, fraction = false, two_valued = true;
  double range = 0;
};

ColumnFacts facts_of(const SampleRows& rows, std::size_t column) {
  ColumnFacts facts;
  bool minus = false, zero = false;
  double before = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double value = rows[row][column];
    if (row > 0 && value < before) facts.climbs = false;
    if (value != std::floor(value)) facts.fraction = true;
    if (value != 0 && value != 1 && value != -1) facts.two_valued = false;
    minus = minus || value == -1;
    zero = zero || value == 0;
    before = value;
  }
  if (minus && zero) facts.two_valued = false;
  facts.range = rows.empty() ? 0 : rows.back()[column] - rows.front()[column];
  return facts;
}

}  // namespace

int ColumnPlan::last() const { return std::max({t, x, y, p}); }

ColumnPlan plan_by_names(const std::vector<std::string>& names, const std::string& file) {
  ColumnPlan plan;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string name = lower_case(names[i]);
    const double unit = cut_unit(name);
    const int place = static_cast<int>(i);
    if (one_of(name, {"t", "ts", "time", "timestamp", "timestamps", "times", "us"}) && plan.t < 0) {
      plan.t = place;
      plan.unit_told = unit != 0 || name == "us";
      if (unit != 0) plan.unit_us = unit;
    } else if (one_of(name, {"x", "xs", "col", "column", "units", "unit", "channel", "neuron"}) &&
               plan.x < 0) {
      plan.x = place;
    } else if (one_of(name, {"y", "ys", "row"}) && plan.y < 0) {
      plan.y = place;
    } else if (one_of(name, {"p", "ps", "pol", "polarity", "polarities", "on", "sign"}) &&
               plan.p < 0) {
      plan.p = place;
    }
  }
  if (plan.t < 0 || plan.x < 0)
    throw Error(std::string("has no column for ") + (plan.t < 0 ? "t" : "x"), file, how);
  return plan;
}

ColumnPlan plan_by_numbers(const SampleRows& rows, const std::string& file) {
  const std::size_t columns = rows.empty() ? 0 : rows.front().size();
  if (columns < 4)
    throw Error(
        "has " + std::to_string(columns) + " columns of numbers without names, 4 are wanted", file,
        how);
  std::vector<ColumnFacts> facts;
  for (std::size_t column = 0; column < 4; ++column) facts.push_back(facts_of(rows, column));
  ColumnPlan plan;
  // The polarity stands last most often; a column that could be it is not taken for the time.
  for (int column = 3; column >= 0 && plan.p < 0; --column)
    if (facts[static_cast<std::size_t>(column)].two_valued) plan.p = column;
  for (int column = 0; column < 4; ++column) {
    const ColumnFacts& each = facts[static_cast<std::size_t>(column)];
    if (column == plan.p || !each.climbs) continue;
    if (plan.t < 0) {
      plan.t = column;
      continue;
    }
    const ColumnFacts& best = facts[static_cast<std::size_t>(plan.t)];
    if (each.fraction != best.fraction ? each.fraction : each.range > best.range) plan.t = column;
  }
  if (plan.t < 0) throw Error("has no column of times that never step back", file, how);
  if (plan.p < 0) throw Error("has no column of polarities (0 or -1, and 1)", file, how);
  for (int column = 0; column < 4; ++column)
    if (column != plan.t && column != plan.p) (plan.x < 0 ? plan.x : plan.y) = column;
  return plan;
}

ColumnPlan plan_columns(const std::vector<std::string>& names, const SampleRows& rows,
                        const StreamOptions& options, const std::string& file) {
  ColumnPlan plan;
  if (!options.columns.empty()) {
    std::vector<std::string> told(1);
    for (const char letter : options.columns) {
      if (letter != ' ' && letter != ',')
        told.back() += letter;
      else if (!told.back().empty())
        told.emplace_back();
    }
    plan = plan_by_names(told, "--columns");
  } else {
    plan = names.empty() ? plan_by_numbers(rows, file) : plan_by_names(names, file);
  }
  const std::size_t columns = rows.empty() ? 0 : rows.front().size();
  if (!rows.empty() && plan.last() >= static_cast<int>(columns))
    throw Error("has " + std::to_string(columns) + " columns, fewer than were named", file, how);
  if (options.time_unit_us > 0) {
    plan.unit_us = options.time_unit_us;
    plan.unit_told = true;
  }
  if (!plan.unit_told && !rows.empty() && facts_of(rows, static_cast<std::size_t>(plan.t)).fraction)
    plan.unit_us = 1e6;
  return plan;
}

}  // namespace volley
