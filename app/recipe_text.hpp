// A recipe in words: what is printed before training and by describe. Must not know files.
#pragma once

#include <string>

#include "app/console.hpp"
#include "models/recipe.hpp"

namespace volley {

/// "input 2x34x34 - hidden 256 - readout 10": the populations in order.
std::string network_line(const Network& network);
/// The dataset's options, one line.
std::string dataset_line(const DatasetOptions& dataset);
/// All training options with their values, defaults included.
std::string training_lines(const TrainingOptions& training);

Json dataset_json(const DatasetOptions& dataset);
Json training_json(const TrainingOptions& training);

}  // namespace volley
