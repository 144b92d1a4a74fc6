#include "models/recipe_weights.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"
#include "models/recipe_network.hpp"
#include "models/weight_facts.hpp"

namespace volley {

namespace {

constexpr const char* level_names[] = {"uniform", "ternary", "sign", "unipolar"};
constexpr const char* grid_names[] = {"symmetric", "asymmetric"};
constexpr const char* range_names[] = {"minmax", "std", "absmax"};
constexpr const char* group_names[] = {"channel", "tensor", "sub_channel", "mixed"};
constexpr const char* estimator_names[] = {"denoise", "constant", "straight_through"};

template <class Choice, std::size_t count>
Choice read_choice(StrictTable& table, const char* key, Choice fallback,
                   const char* const (&names)[count]) {
  std::vector<std::pair<std::string, Choice>> known;
  for (std::size_t k = 0; k < count; ++k) known.emplace_back(names[k], static_cast<Choice>(k));
  return table.choice(key, fallback, known);
}

template <class Choice, std::size_t count>
std::string write_choice(const char* key, Choice choice, const char* const (&names)[count]) {
  return fmt::format("{} = \"{}\"", key, names[static_cast<std::size_t>(choice)]);
}

/// Refuses keys that are there although they mean nothing.
void refuse(StrictTable& table, std::initializer_list<const char*> keys, const char* why) {
  for (const char* key : keys)
    if (table.has(key)) table.fail(key, std::string("has no meaning ") + why, "remove it");
}

void read_levels(StrictTable& table, WeightQuantizer& weights) {
  weights.levels = read_choice(table, "weight_levels", weights.levels, level_names);
  if (weights.levels != WeightLevels::uniform) {
    refuse(table, {"weight_bits"}, "beside these weight_levels");
  } else {
    const std::int64_t bits = table.integer("weight_bits", 32, 1, 32);
    if (bits > 8 && bits != 32)
      table.fail("weight_bits", std::to_string(bits) + " bits are not supported",
                 "use 32 (float) or 1 to 8");
    weights.bits = static_cast<int>(bits);
  }
  if (!weights.on_grid()) {
    refuse(table, {"weight_grid", "weight_range", "weight_deviations"},
           "but for uniform weight_levels of 2 to 8 bits");
    return;
  }
  weights.grid = read_choice(table, "weight_grid", weights.grid, grid_names);
  weights.range = read_choice(table, "weight_range", weights.range, range_names);
  if (weights.range == WeightRange::deviation)
    weights.deviations = table.number("weight_deviations", 0.0, {0.0, 1e3});
  else
    refuse(table, {"weight_deviations"}, "without weight_range = \"std\"");
}

/// "2:4".
void read_pattern(StrictTable& table, WeightQuantizer& weights) {
  const std::string text = table.text("weight_pattern", {});
  const char* end = text.data() + text.size();
  const auto [colon, first] = std::from_chars(text.data(), end, weights.kept);
  if (first == std::errc{} && colon != end && *colon == ':') {
    const auto [last, second] = std::from_chars(colon + 1, end, weights.of);
    if (second == std::errc{} && last == end && weights.kept >= 1 && weights.kept < weights.of &&
        weights.of <= longest_pattern)
      return;
  }
  table.fail("weight_pattern",
             fmt::format("is not \"N:M\" with 1 <= N < M <= {}", longest_pattern),
             "write \"2:4\" to keep two of every four, for example");
}

void read_zeros(StrictTable& table, WeightQuantizer& weights) {
  weights.sparsity = table.number("weight_sparsity", 0.0, {0.0, 0.9999});
  if (weights.sparsity > 0)
    weights.sparsity_ramp = table.number("weight_sparsity_ramp", 0.0, {0.0, 1.0});
  else
    refuse(table, {"weight_sparsity_ramp"}, "without weight_sparsity");
  if (table.has("weight_pattern")) {
    read_pattern(table, weights);
    weights.interleaved = table.boolean("weight_interleaved", true);
  } else {
    refuse(table, {"weight_interleaved"}, "without weight_pattern");
  }
}

}  // namespace

WeightQuantizer read_weights(StrictTable& table) {
  WeightQuantizer weights;
  read_levels(table, weights);
  weights.lambda = table.number("weight_lambda", weights.lambda, {0.0, 1e6});
  read_zeros(table, weights);
  if (!weights.quantised()) {
    refuse(table, {"weight_group", "weight_group_size", "weight_intercept", "weight_estimator"},
           "for float weights");
    return weights;
  }
  weights.group = read_choice(table, "weight_group", weights.group, group_names);
  if (weights.group == WeightGroup::sub_channel) {
    weights.group_size =
        static_cast<int>(table.integer("weight_group_size", 0, 2, std::int64_t{1} << 30));
    if (weights.group_size == 0)
      table.fail("weight_group", "weight_group_size is missing",
                 "write weight_group_size = 64, for example");
  } else {
    refuse(table, {"weight_group_size"}, "without weight_group = \"sub_channel\"");
  }
  weights.estimator =
      read_choice(table, "weight_estimator", weights.estimator, estimator_names);
  weights.intercept = table.boolean("weight_intercept",
                                    weights.estimator != WeightEstimator::straight_through);
  try {
    check_weights(weights, {});
  } catch (const Error& error) {
    table.fail({}, error.problem(), error.how());
  }
  return weights;
}

std::vector<std::string> format_weights(const WeightQuantizer& weights) {
  std::vector<std::string> keys;
  if (weights.levels == WeightLevels::uniform)
    keys.push_back(fmt::format("weight_bits = {}", weights.bits));
  else
    keys.push_back(write_choice("weight_levels", weights.levels, level_names));
  keys.push_back("weight_lambda = " + format_number(weights.lambda));
  if (!weights.quantised()) return keys;
  if (weights.on_grid()) {
    keys.push_back(write_choice("weight_grid", weights.grid, grid_names));
    keys.push_back(write_choice("weight_range", weights.range, range_names));
    if (weights.range == WeightRange::deviation)
      keys.push_back("weight_deviations = " + format_number(weights.deviations));
  }
  if (weights.sparsity > 0) {
    keys.push_back("weight_sparsity = " + format_number(weights.sparsity));
    keys.push_back("weight_sparsity_ramp = " + format_number(weights.sparsity_ramp));
  }
  if (weights.of > 0) {
    keys.push_back(fmt::format("weight_pattern = \"{}:{}\"", weights.kept, weights.of));
    keys.push_back(fmt::format("weight_interleaved = {}", weights.interleaved));
  }
  keys.push_back(write_choice("weight_group", weights.group, group_names));
  if (weights.group == WeightGroup::sub_channel)
    keys.push_back(fmt::format("weight_group_size = {}", weights.group_size));
  keys.push_back(fmt::format("weight_intercept = {}", weights.intercept));
  keys.push_back(write_choice("weight_estimator", weights.estimator, estimator_names));
  return keys;
}

}  // namespace volley
