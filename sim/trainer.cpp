#include "sim/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.hpp"
#include "sim/batch_trace.hpp"
#include "sim/epoch_judge.hpp"
#include "sim/fold.hpp"

namespace volley {

namespace {

[[noreturn]] void fail_diverged(const std::string& what, std::uint64_t step, int epoch) {
  throw Error(fmt::format("training diverged at step {}: {}", step, what),
              "epoch " + std::to_string(epoch),
              "lower learning_rate, or set gradient_clip = 1; what was saved before is kept");
}

/// The accuracies of what all ranks tested.
void add_up_confusion(const Ranks& ranks, Evaluation& evaluation) {
  std::vector<std::uint64_t> counts{evaluation.correct, evaluation.samples,
                                    evaluation.synaptic_operations};
  for (const auto& row : evaluation.confusion) counts.insert(counts.end(), row.begin(), row.end());
  ranks.add_up(counts);
  evaluation.correct = counts[0];
  evaluation.samples = counts[1];
  evaluation.synaptic_operations = counts[2];
  auto next = counts.begin() + 3;
  for (auto& row : evaluation.confusion)
    for (std::uint32_t& count : row) count = static_cast<std::uint32_t>(*next++);
}

}  // namespace

Trainer::Trainer(const Recipe& recipe, const LabelledSpikes& train, const LabelledSpikes* test,
                 const Checkpoint* resume, const Ranks& ranks)
    : recipe_(recipe),
      ranks_(ranks),
      train_(train),
      test_(test),
      engine_(compile(recipe.network)),
      parameters_(initial_parameters<float>(engine_.plan(), recipe.training.seed)),
      gradient_(zero_parameters<float>(engine_.plan())),
      running_(initial_moments(engine_.plan())),
      optimiser_(engine_.plan(), recipe.training),
      source_(engine_.plan(), train, recipe,
              resume == nullptr ? recipe.training.seed : resume->position.seed),
      batch_gradient_(engine_, recipe.training, train.labels,
                      cut_batch(engine_.plan(), recipe.training, source_.longest()), ranks),
      watch_(engine_.plan(), parameters_) {
  check_training(recipe, recipe.name);
  if (ranks.size() > recipe.training.batch_size)
    throw Error(fmt::format("{} ranks cannot share batches of {}", ranks.size(),
                            recipe.training.batch_size),
                "training.batch_size", "start fewer processes: mpirun -n N, or raise batch_size");
  if (test != nullptr) check_data(engine_.plan(), *test, "test split");
  else if (recipe.training.patience > 0 &&
           recipe.training.early_stop_metric != EarlyStopMetric::train_loss)
    throw Error("training is to stop early by the test split, and there is none",
                "training.patience",
                "test on a split, or set early_stop_metric = \"train_loss\" or patience = 0");
  engine_.set_readout(recipe.training.readout);
  engine_.set_truncation(static_cast<std::size_t>(recipe.training.truncate_steps));
  position_.seed = recipe.training.seed;
  if (resume == nullptr) return;
  position_ = resume->position;
  from_tensors(engine_.plan(), resume->parameters, parameters_);
  running_ = moments_from_tensors(engine_.plan(), resume->statistics);
  if (position_.step == 0) return;
  from_tensors(engine_.plan(), resume->optimiser, optimiser_.first_moment(), "first_moment/");
  if (optimiser_.has_second_moment())
    from_tensors(engine_.plan(), resume->optimiser, optimiser_.second_moment(), "second_moment/");
}

double Trainer::progress() const {
  return static_cast<double>(position_.step) /
         (static_cast<double>(source_.batches_per_epoch()) *
          static_cast<double>(recipe_.training.epochs));
}

ProjectionSparsity Trainer::sparsity() const { return sparsity_at(engine_.plan(), progress()); }

void Trainer::run(TrainingObserver& observer) {
  if (!make_up(observer)) return;
  while (!position_.finished && run_epoch(observer)) {
  }
}

/// Does what a stop between an epoch's last batch and its judgement left undone.
bool Trainer::make_up(TrainingObserver& observer) {
  if (position_.batch > 0) return true;
  if (position_.judged < position_.epoch && !judges_by_loss()) {
    EpochRecord record;
    record.epoch = position_.epoch;
    if (!evaluate_epoch(record, observer)) return false;
    judge(record, observer);
  }
  end_early();
  return true;
}

bool Trainer::run_epoch(TrainingObserver& observer) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const std::vector<std::size_t> order = source_.order(position_.epoch);
  const std::uint64_t total = source_.batches_per_epoch(), first_batch = position_.batch;
  EpochRecord record;
  record.epoch = position_.epoch + 1;
  std::vector<double> rates(engine_.plan().populations.size(), 0.0);
  std::size_t seen = 0;
  bool stopped = false;
  while (position_.batch < total) {
    const auto members = source_.members(order, position_.batch);
    const auto following = position_.batch + 1 < total
                               ? source_.members(order, position_.batch + 1)
                               : std::span<const std::size_t>();
    const BatchRecord batch = run_batch(members, following, observer);
    seen += members.size();
    record.learning_rate = batch.learning_rate;
    record.gradient_norm += batch.gradient_norm;
    record.penalty += batch.penalty;
    record.synaptic_operations += outcome_.synaptic_operations;
    for (std::size_t p = 0; p < rates.size(); ++p) rates[p] += outcome_.rates[p];
    history_.batches.push_back(batch);
    observer.batch(batch, position_.batch, total);
    if (observer.wants_trace()) {
      SampleTrace trace = first_sample_trace(engine_, recipe_.training.readout);
      trace.recording = train_.names[members[outcome_.held]];
      trace.label = train_.labels[members[outcome_.held]];
      trace.dt_ms = recipe_.dataset.dt_ms;
      observer.trace(std::move(trace));
    }
    stopped = ranks_.any(observer.stop());
    if (stopped && position_.batch < total) return false;
  }
  record.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  record.loading_seconds = source_.take_seconds();
  record.samples_per_second =
      record.seconds > 0 ? static_cast<double>(seen) / record.seconds : 0.0;
  const double samples = static_cast<double>(train_.trains.size());
  record.train_loss = position_.epoch_loss / samples;
  record.train_accuracy = position_.epoch_correct / samples;
  const double batches = static_cast<double>(std::max<std::uint64_t>(1, total - first_batch));
  for (double* mean : {&record.gradient_norm, &record.penalty, &record.synaptic_operations})
    *mean /= batches;
  for (const PlanPopulation& population : engine_.plan().populations)
    if (population.spec.kind == NeuronKind::lif)
      record.rates.push_back({population.spec.name, rates[population.id] / batches,
                              population.spec.quantizer.levels});
  ++position_.epoch;
  position_.batch = 0;
  position_.epoch_loss = position_.epoch_correct = 0;
  watch_.end_epoch(record.epoch, position_.step,
                   [&](const TrainingWarning& warning) { observer.warning(warning); });
  if (position_.epoch >= recipe_.training.epochs) {
    recalibrate();
    position_.finished = true;
  }
  stopped = !close_epoch(record, observer) || stopped;
  history_.epochs.push_back(record);
  observer.epoch(record);
  return !stopped;
}

BatchRecord Trainer::run_batch(std::span<const std::size_t> members,
                               std::span<const std::size_t> following,
                               TrainingObserver& observer) {
  source_.gather(members, position_.epoch, following);
  const BatchConditions conditions{{position_.seed, position_.step, progress()},
                                   sparsity(),
                                   {position_.seed, position_.step}};
  outcome_ = batch_gradient_.run(source_.trains(), source_.labels(), conditions, parameters_,
                                 gradient_);
  const int epoch = position_.epoch + 1;
  if (!std::isfinite(outcome_.loss + outcome_.penalty))
    fail_diverged("the loss is no longer a number", position_.step + 1, epoch);
  const std::vector<double> norms = tensor_norms(engine_.plan(), gradient_);
  watch_.batch(epoch, position_.step, members.size(), outcome_.rates, norms,
               [&](const TrainingWarning& warning) { observer.warning(warning); });
  if (!std::isfinite(global_norm(norms)))
    fail_diverged("the gradient is no longer a number", position_.step + 1, epoch);
  blend_moments(running_, outcome_.moments,
                position_.step == 0 ? 1.0 : recipe_.training.momentum);
  const std::uint64_t total =
      source_.batches_per_epoch() * static_cast<std::uint64_t>(recipe_.training.epochs);
  const double rate = scheduled_rate(recipe_.training, position_.step, total);
  optimiser_.step(engine_.plan(), parameters_, gradient_, norms, rate, position_.step);
  clamp_delays(engine_.plan(), parameters_);
  ++position_.step;
  ++position_.batch;
  position_.epoch_loss += outcome_.loss * static_cast<double>(members.size());
  position_.epoch_correct += static_cast<double>(outcome_.correct);
  BatchRecord record;
  record.epoch = epoch;
  record.step = position_.step;
  record.loss = outcome_.loss;
  record.accuracy = static_cast<double>(outcome_.correct) / static_cast<double>(members.size());
  record.learning_rate = rate;
  record.gradient_norm = global_norm(norms);
  record.penalty = outcome_.penalty;
  return record;
}

void Trainer::recalibrate() {
  engine_.set_sparsity(sparsity());
  const auto wanted = static_cast<std::size_t>(recipe_.training.recalibration_samples);
  const std::vector<std::size_t> order = source_.order(position_.epoch);
  const std::size_t samples = std::min(wanted, order.size());
  const std::size_t size = batch_gradient_.cut().largest;
  std::vector<const SpikeTrain*> batch;
  // The moments are for inference, where no spike is drawn and delays are whole.
  engine_.set_moment({position_.seed, position_.step, 1.0, false});
  double seen = 0;
  for (std::size_t first = 0; first < samples; first += size) {
    batch.clear();
    for (std::size_t k = first; k < std::min(samples, first + size); ++k)
      batch.push_back(&train_.trains[order[k]]);
    engine_.forward(batch, parameters_);
    const double count = static_cast<double>(batch.size());
    seen += count;
    blend_moments(running_, engine_.moments(), count / seen);
  }
}

/// Evaluates and judges the epoch just done; where that ends the run, evaluates again. Returns
/// false where an observer stops it: a stop before the judgement leaves it to make_up.
bool Trainer::close_epoch(EpochRecord& record, TrainingObserver& observer) {
  // The loss is known already, and would not be after a break.
  if (judges_by_loss()) judge(record, observer);
  if (!evaluate_epoch(record, observer)) return false;
  if (!judges_by_loss()) judge(record, observer);
  return !end_early() || evaluate_epoch(record, observer);
}

bool Trainer::judges_by_loss() const {
  return recipe_.training.early_stop_metric == EarlyStopMetric::train_loss;
}

void Trainer::judge(EpochRecord& record, TrainingObserver& observer) {
  record.best = judge_epoch(recipe_.training, record, position_);
  if (record.best) observer.best(record);
}

bool Trainer::end_early() {
  if (position_.finished || !out_of_patience(recipe_.training, position_)) return false;
  recalibrate();
  position_.finished = true;
  return true;
}

/// Leaves the accuracies at -1 and returns false where an observer stops it.
bool Trainer::evaluate_epoch(EpochRecord& record, TrainingObserver& observer) const {
  if (test_ == nullptr) return true;
  const FrozenPlan plan(frozen());
  const Share own = ranks_.share(test_->trains.size());
  bool stopped = false;
  Evaluation evaluation = evaluate(
      plan, EngineKind::event, std::span(test_->trains).subspan(own.first, own.size()),
      std::span(test_->labels).subspan(own.first, own.size()), [&](std::size_t done) {
        if (!stopped && done < own.size()) stopped = observer.stop();
        return !stopped;
      });
  if (ranks_.any(stopped)) return false;
  add_up_confusion(ranks_, evaluation);
  record.test_accuracy = evaluation.accuracy();
  record.test_balanced_accuracy = evaluation.balanced_accuracy();
  const auto recordings = static_cast<double>(test_->trains.size());
  record.test_synaptic_operations =
      static_cast<double>(evaluation.synaptic_operations) / std::max(1.0, recordings);
  if (evaluation.confusion.size() <= most_confusion_classes)
    record.test_confusion = std::move(evaluation.confusion);
  return true;
}

Checkpoint Trainer::checkpoint() const {
  Checkpoint checkpoint;
  checkpoint.recipe = recipe_;
  checkpoint.parameters = to_tensors(engine_.plan(), parameters_);
  checkpoint.statistics = to_tensors(engine_.plan(), running_);
  checkpoint.statistics.merge(to_tensors(engine_.plan(), sparsity()));
  Optimizer<float> copy = optimiser_;
  checkpoint.optimiser = to_tensors(engine_.plan(), copy.first_moment(), "first_moment/");
  if (copy.has_second_moment())
    checkpoint.optimiser.merge(
        to_tensors(engine_.plan(), copy.second_moment(), "second_moment/"));
  checkpoint.position = position_;
  return checkpoint;
}

FrozenNetwork Trainer::frozen() const {
  FrozenNetwork network =
      fold(recipe_.network, recipe_.dataset.dt_ms, parameters_, running_, sparsity());
  network.readout = recipe_.training.readout;
  return network;
}

}  // namespace volley
