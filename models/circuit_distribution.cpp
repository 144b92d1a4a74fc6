#include "models/circuit_distribution.hpp"

namespace volley {

namespace {

const auto distribution_words =
    words({DistributionKind::constant, DistributionKind::normal, DistributionKind::uniform,
           DistributionKind::lognormal, DistributionKind::exponential, DistributionKind::one_bit});

const std::vector<std::string> distribution_keys = {"value", "mean", "sd",        "low",
                                                    "high",  "magnitude", "positive"};

}  // namespace

void require(const StrictTable& table, const char* key, const std::string& example) {
  if (!table.has(key))
    table.fail({}, std::string(key) + " is missing", "write " + example + ", for example");
}

Distribution read_distribution(StrictTable& parent, const char* key, Distribution fallback) {
  const toml::node* node = parent.any(key);
  if (node == nullptr) return fallback;
  if (node->is_number())
    return {DistributionKind::constant, parent.number(key, 0, any_number), 0};
  if (!node->is_table())
    parent.fail(*node, key, "is neither a number nor a distribution",
                "write a number, or { distribution = \"normal\", mean = 1, sd = 0.1 }");
  StrictTable table = parent.table(key);
  require(table, "distribution", "distribution = \"normal\"");
  Distribution made;
  made.kind = table.choice("distribution", DistributionKind::constant, distribution_words);
  const auto number = [&](const char* name, NumberRange range) {
    require(table, name, std::string(name) + " = 1");
    return table.number(name, 0, range);
  };
  switch (made.kind) {
    case DistributionKind::constant: made.a = number("value", any_number); break;
    case DistributionKind::normal:
    case DistributionKind::lognormal:
      made.a = number("mean", any_number);
      made.b = number("sd", not_negative);
      break;
    case DistributionKind::uniform:
      made.a = number("low", any_number);
      made.b = number("high", any_number);
      if (made.a > made.b) table.fail("high", "is below low", "write the larger one here");
      break;
    case DistributionKind::exponential: made.a = number("mean", any_number); break;
    case DistributionKind::one_bit:
      made.a = number("magnitude", any_number);
      made.b = table.number("positive", 0.5, probability_range);
      break;
  }
  table.finish(distribution_keys, std::string("distribution \"") + to_string(made.kind) + "\"");
  return made;
}

}  // namespace volley
