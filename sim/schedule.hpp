// The learning rate over a run. Must not know optimisers.
#pragma once

#include <cstdint>

#include "models/recipe.hpp"

namespace volley {

/// With p the share of the run done after this step and r = min(1, p / warm_up), learning_rate
/// times
///   cosine     r, then the half cosine (1 + cos(pi (p - warm_up) / (1 - warm_up))) / 2, 0 at last
///   step       r * schedule_factor^(whole epochs done / schedule_steps, rounded down)
///   constant   r
///   one_cycle  Smith (arXiv 1803.09820): linear from 1/10 to 1 over the first 45 % of the steps,
///              back to 1/10 over the next 45 %, then on to 1/1000
/// @param step  optimiser steps already taken
/// @param total of the whole run, a multiple of options.epochs
double scheduled_rate(const TrainingOptions& options, std::uint64_t step, std::uint64_t total);

}  // namespace volley
