// Which column of a table of events is what: by names, by what is told, or by the numbers. Must not
// know text or arrays.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "datasets/stream_options.hpp"

namespace volley {

/// Places of t, x, y and p among the columns; -1: y is 0, p is 1.
struct ColumnPlan {
  int t = -1, x = -1, y = -1, p = -1;
  double unit_us = 1;      ///< microseconds of one unit of t
  bool unit_told = false;  ///< by a name or an option, so that fractions change nothing

  int last() const;  ///< the highest place
};

/// A few rows of numbers from the front of a table.
using SampleRows = std::vector<std::vector<double>>;

/// A plan from column names in any case ("t", "ts", "timestamp", "time_us", "time[s]", "x", "y",
/// "p", "pol", "polarity", "on"). Other names are passed over.
/// @throws Error where there is no t or no x
ColumnPlan plan_by_names(const std::vector<std::string>& names, const std::string& file);

/// A plan from the numbers: t never steps back and goes furthest (or has fractions), p has at most
/// two values, 0 or -1 and 1; x and y are the others in their order.
/// @throws Error where fewer than 4 columns or no such t are found
ColumnPlan plan_by_numbers(const SampleRows& rows, const std::string& file);

/// options.columns where given, else by names where there are any, else by numbers; then the unit:
/// of the options, else told by a name, else seconds where a t has a fraction, else microseconds.
ColumnPlan plan_columns(const std::vector<std::string>& names, const SampleRows& rows,
                        const StreamOptions& options, const std::string& file);

}  // namespace volley
