// Which tensors a recipe's network needs, under which names and in which shapes. Private to the
// checkpoint files; must not know HDF5.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/checkpoint.hpp"

namespace volley {

using TensorShapes = std::map<std::string, std::vector<std::size_t>>;

TensorShapes parameter_shapes(const Network& network);
TensorShapes statistic_shapes(const Network& network);

/// Prefixes of the optimiser's tensors: "first_moment/" and, but for sgd, "second_moment/".
std::vector<std::string> optimiser_moments(const TrainingOptions& options);

/// Every tensor needed is there in its shape and finite, and nothing else; the optimiser is empty
/// or whole. @throws Error naming `where` and the path of the tensor, "/parameters/a->b/weight"
void check_tensors(const Checkpoint& checkpoint, const std::string& where);

}  // namespace volley
