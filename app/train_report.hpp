// What a training run is told to need and to have come to. Must not know how it is printed.
#pragma once

#include <filesystem>
#include <string>

#include "app/console.hpp"
#include "sim/trainer.hpp"

namespace volley {

/// Predicted memory of a batch, and how it is cut where it does not fit the budget.
std::string memory_line(const Trainer& trainer, const Recipe& recipe);

/// Whether the run ended early and which epoch was the best, a line each; empty where no epoch was
/// judged.
std::string outcome_lines(const Trainer& trainer, const Recipe& recipe,
                          const std::filesystem::path& best);

/// Share of the time of the epochs after the first (of the first where it is alone) in which training
/// waited for its samples.
double loading_share(const TrainingHistory& history);

/// The same and the last epoch's figures for --json.
Json training_summary(const Trainer& trainer, const TrainingHistory& history,
                      const Recipe& recipe);

}  // namespace volley
