// Weight quantisers for the tests: every kind of levels, and every group, estimator and way of
// choosing zeros at least once.
#pragma once

#include <string>
#include <vector>

#include "models/quantizer.hpp"

namespace volley {

struct WeightCase {
  std::string name;
  WeightQuantizer quantizer;
};

std::vector<WeightCase> weight_cases();

}  // namespace volley
