// The rate view of time: a network of T + 1 activation levels is trained in one step and run as an
// integrate-and-fire network over T steps (sim/rate_view.hpp). Owns what may have that view; must
// not know how it runs.
#pragma once

#include <string>

#include "models/recipe.hpp"

namespace volley {

/// Refuses what a firing rate cannot stand for: recurrence, delays, maximum pooling, and neurons of
/// more than leak, threshold and reset.
/// @throws Error naming `where` and the population or projection
void check_rate_view(const Network& network, const std::string& where);

/// The levels of a lif population whose recipe gives none: as many as the rate view has steps, else
/// 1. Steps that are out of range are check_training's to refuse.
int default_levels(const DatasetOptions& dataset, const TrainingOptions& training);

/// The recipe's data as the network that is trained takes them: in the rate view in one step.
DatasetOptions trained_dataset(const Recipe& recipe);

}  // namespace volley
