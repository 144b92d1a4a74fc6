#include "sim/epoch_judge.hpp"

namespace volley {

bool judge_epoch(const TrainingOptions& options, const EpochRecord& record,
                 TrainingPosition& position) {
  position.judged = position.epoch;
  const bool by_loss = options.early_stop_metric == EarlyStopMetric::train_loss;
  const double value = by_loss ? record.train_loss
                       : options.early_stop_metric == EarlyStopMetric::accuracy
                           ? record.test_accuracy
                           : record.test_balanced_accuracy;
  if (value < 0 && !by_loss) return false;  // not evaluated
  const bool better = by_loss ? value < position.best_value : value > position.best_value;
  if (position.best_epoch > 0 && !better) return false;
  position.best_epoch = position.epoch;
  position.best_value = value;
  return true;
}

bool out_of_patience(const TrainingOptions& options, const TrainingPosition& position) {
  return options.patience > 0 && position.best_epoch > 0 &&
         position.epoch - position.best_epoch >= options.patience;
}

}  // namespace volley
