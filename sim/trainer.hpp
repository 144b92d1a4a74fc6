// The training loop: batches in a seeded order, gradients, optimiser, running moments, evaluation.
// Prints nothing and opens no file: observers do. Must not know windows or formats.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "datasets/load_spikes.hpp"
#include "models/checkpoint.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/evaluate.hpp"
#include "sim/gradient_l1.hpp"
#include "sim/loss.hpp"
#include "sim/optimizer.hpp"
#include "sim/trace.hpp"
#include "sim/training_history.hpp"

namespace volley {

/// What others may watch. Called from the training thread, between batches.
class TrainingObserver {
public:
  virtual ~TrainingObserver() = default;
  /// After each batch; `done` and `total` count batches of the epoch.
  virtual void batch(const BatchRecord&, std::uint64_t /*done*/, std::uint64_t /*total*/) {}
  virtual void epoch(const EpochRecord&) {}
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
  /// @throws Error where the data does not fit the network (addresses, classes), or is empty.
  Trainer(const Recipe& recipe, const LabelledSpikes& train, const LabelledSpikes* test,
          const Checkpoint* resume = nullptr);

  /// Trains to the recipe's end or until an observer stops it. After the last epoch the running
  /// moments are re-averaged over recalibration_samples with the final weights.
  void run(TrainingObserver& observer);

  /// Everything at this point, ready to save.
  Checkpoint checkpoint() const;
  FrozenNetwork frozen() const;
  const TrainingPosition& position() const { return position_; }
  const TrainingHistory& history() const { return history_; }

private:
  bool run_epoch(TrainingObserver& observer);  ///< false: an observer stopped it
  BatchRecord run_batch(std::span<const std::size_t> members);
  std::vector<std::size_t> epoch_order() const;
  std::uint64_t batches_per_epoch() const;
  ProjectionSparsity sparsity() const;  ///< at this position
  TrainingMoment moment() const;
  void recalibrate();
  bool evaluate_epoch(EpochRecord& record, TrainingObserver& observer) const;
  SampleTrace first_sample_trace(std::size_t sample) const;

  Recipe recipe_;
  const LabelledSpikes& train_;
  const LabelledSpikes* test_;
  ClockedEngine<float> engine_;
  Parameters<float> parameters_, gradient_;
  NetworkMoments running_;
  AdamW<float> optimiser_;
  std::optional<GradientL1<float>> gradient_l1_;
  LossOptions loss_;
  TrainingPosition position_;
  TrainingHistory history_;
  std::vector<SpikeTrain> shifted_;
  std::vector<const SpikeTrain*> batch_;
  std::vector<int> labels_;
  std::vector<float> logit_gradient_;
};

}  // namespace volley
