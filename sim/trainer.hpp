// The training loop: batches in a seeded order, gradients, optimiser, running moments, evaluation,
// the best epoch. Prints nothing and opens no file: observers do. Must not know windows or formats.
#pragma once

#include <span>
#include <vector>

#include "datasets/load_spikes.hpp"
#include "models/checkpoint.hpp"
#include "sim/batch_gradient.hpp"
#include "sim/batch_source.hpp"
#include "sim/evaluate.hpp"
#include "sim/optimizer.hpp"
#include "sim/schedule.hpp"
#include "sim/trace.hpp"
#include "sim/training_history.hpp"
#include "sim/training_watch.hpp"

namespace volley {

/// What others may watch. Called from the training thread, between batches.
class TrainingObserver {
public:
  virtual ~TrainingObserver() = default;
  /// After each batch; `done` and `total` count batches of the epoch.
  virtual void batch(const BatchRecord&, std::uint64_t /*done*/, std::uint64_t /*total*/) {}
  virtual void epoch(const EpochRecord&) {}
  /// The network as it now stands is the best so far by early_stop_metric; before epoch(). Also
  /// where a resumed run first makes up for an evaluation that was stopped.
  virtual void best(const EpochRecord&) {}
  virtual void warning(const TrainingWarning&) {}
  /// Asked after each batch, and between recordings of the evaluation (from any thread, one at a
  /// time): true to stop, with everything kept.
  virtual bool stop() { return false; }
  /// Asked after each batch: true to be given a trace of the batch's first sample.
  virtual bool wants_trace() { return false; }
  virtual void trace(SampleTrace) {}
};

class Trainer {
public:
  /// Starts from scratch, or goes on where a checkpoint of the same recipe stood: the result is
  /// then the same to the byte as without the break.
  /// @throws Error where the data does not fit the network (addresses, classes), or is empty, and
  /// where early stopping lacks a test split or a recording does not fit the memory budget.
  Trainer(const Recipe& recipe, const LabelledSpikes& train, const LabelledSpikes* test,
          const Checkpoint* resume = nullptr);

  /// Trains to the recipe's end, until patience is over or until an observer stops it. After the
  /// last epoch the running moments are re-averaged over recalibration_samples with the final
  /// weights.
  /// @throws Error where the loss or a gradient is no longer a number; parameters and position are
  /// then those before the batch
  void run(TrainingObserver& observer);

  /// Everything at this point, ready to save.
  Checkpoint checkpoint() const;
  FrozenNetwork frozen() const;
  const TrainingPosition& position() const { return position_; }
  const TrainingHistory& history() const { return history_; }
  /// How batches are cut to fit the memory budget, and what they are predicted to need.
  const MicroBatches& micro_batches() const { return batch_gradient_.cut(); }

private:
  bool run_epoch(TrainingObserver& observer);  ///< false: an observer stopped it
  /// @param following members of the next batch of this epoch, if there is one
  BatchRecord run_batch(std::span<const std::size_t> members,
                        std::span<const std::size_t> following, TrainingObserver& observer);
  bool close_epoch(EpochRecord& record, TrainingObserver& observer);
  bool make_up(TrainingObserver& observer);
  bool judges_by_loss() const;
  void judge(EpochRecord& record, TrainingObserver& observer);
  bool end_early();  ///< true: patience is over, and the run finished
  double progress() const;              ///< part of the training done, 0 to 1
  ProjectionSparsity sparsity() const;  ///< at this position
  void recalibrate();
  bool evaluate_epoch(EpochRecord& record, TrainingObserver& observer) const;

  Recipe recipe_;
  const LabelledSpikes& train_;
  const LabelledSpikes* test_;
  ClockedEngine<float> engine_;
  Parameters<float> parameters_, gradient_;
  NetworkMoments running_;
  Optimizer<float> optimiser_;
  TrainingPosition position_;
  BatchSource source_;
  BatchGradient batch_gradient_;
  BatchOutcome outcome_;  ///< of the last batch
  TrainingWatch watch_;
  TrainingHistory history_;
};

}  // namespace volley
