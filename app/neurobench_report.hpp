// NeuroBench's metrics in words and as JSON, with what they assume. Must not know how they were
// counted.
#pragma once

#include <string>

#include "app/console.hpp"
#include "sim/neurobench.hpp"

namespace volley {

std::string neurobench_text(const NeurobenchMetrics& metrics);
/// NeuroBench's names as keys; the energy table beside them.
Json neurobench_json(const NeurobenchMetrics& metrics);

}  // namespace volley
