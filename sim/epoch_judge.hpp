// Which epoch was best so far and whether training goes on. Owns no state: all of it stands in the
// position, so that a resumed run judges the same. Must not know engines.
#pragma once

#include "models/checkpoint.hpp"
#include "sim/training_history.hpp"

namespace volley {

/// Compares position.epoch, just done, with the best one before by early_stop_metric; equal is not
/// better. An epoch without that metric counts as judged only. @return whether it is the best now
bool judge_epoch(const TrainingOptions& options, const EpochRecord& record,
                 TrainingPosition& position);

/// Whether `patience` epochs have passed since the best one.
bool out_of_patience(const TrainingOptions& options, const TrainingPosition& position);

}  // namespace volley
