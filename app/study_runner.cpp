// Worker threads, one training each.
#include "app/study_runner.hpp"

#include <fmt/format.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>
#include <thread>

#include "app/interrupt.hpp"
#include "app/options.hpp"
#include "app/study_data.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "sim/neurobench.hpp"
#include "sim/trainer.hpp"

namespace volley {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// What the jobs share: who is next, how far all are, and the console. Work is counted in epochs.
class Board {
public:
  Board(const StudyPlan& plan, std::vector<std::size_t> pending, std::size_t finished,
        Console& console)
      : plan_(plan), pending_(std::move(pending)), finished_(finished), console_(console) {
    for (const std::size_t run : pending_) total_ += plan_.runs[run].recipe.training.epochs;
  }

  /// The next run to train; nothing where all are given out or the study stops.
  std::optional<std::size_t> next() {
    const std::lock_guard lock(mutex_);
    if (stopping() || given_ == pending_.size()) return std::nullopt;
    return pending_[given_++];
  }
  bool stopping() const { return interrupted() || failed_; }

  void worked(double epochs, std::size_t samples) {
    const std::lock_guard lock(mutex_);
    done_ += epochs;
    samples_ += samples;
    if (!console_.progress_due() || !(done_ > 0)) return;
    const double seconds = seconds_since(start_);
    console_.progress(fmt::format(
        "{} of {} finished  {} samples/s  {} left", finished_, plural(plan_.runs.size(), "run"),
        rate_text(static_cast<double>(samples_) / std::max(seconds, 1e-9)),
        seconds_text(std::max(0.0, seconds / done_ * (total_ - done_)))));
  }

  void finished(const StudyRun& run, const RunResult& result) {
    const std::lock_guard lock(mutex_);
    ++finished_;
    console_.say(fmt::format(
        "run {} of {}  {}, seed {}: {}, in {}", finished_, plan_.runs.size(),
        cell_text(plan_.study, plan_.cells[run.cell]), run.seed,
        result.diverged ? console_.ink("diverged", Ink::bad)
                        : "test " + percent_text(result.value(StudyMetric::test_accuracy)),
        seconds_text(result.value(StudyMetric::seconds))));
  }

  void fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    failed_ = true;
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

private:
  const StudyPlan& plan_;
  std::vector<std::size_t> pending_;
  std::size_t finished_;
  Console& console_;
  std::mutex mutex_;
  std::size_t given_ = 0, samples_ = 0;
  double done_ = 0, total_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<bool> failed_ = false;
  std::exception_ptr error_;
};

class RunObserver : public TrainingObserver {
public:
  RunObserver(Board& board, const StudyRun& run) : board_(board), run_(run) {}

  void batch(const BatchRecord& record, std::uint64_t, std::uint64_t total) override {
    diverged = diverged || !std::isfinite(record.loss);
    board_.worked(1.0 / static_cast<double>(total),
                  static_cast<std::size_t>(run_.recipe.training.batch_size));
  }
  void epoch(const EpochRecord& record) override { last = record; }
  bool stop() override { return diverged || board_.stopping(); }

  bool diverged = false;
  EpochRecord last;

private:
  Board& board_;
  const StudyRun& run_;
};

/// Spikes per neuron and step over all populations that fire.
double mean_rate(const FrozenPlan& plan, const Evaluation& evaluation) {
  double spikes = 0, neurons = 0;
  for (const PlanPopulation& population : plan.plan().populations) {
    if (population.spec.kind != NeuronKind::lif) continue;
    spikes += evaluation.firing_rates[population.id] * static_cast<double>(population.neurons);
    neurons += static_cast<double>(population.neurons);
  }
  return neurons > 0 ? spikes / neurons : 0;
}

/// Nothing where it was stopped on the way.
std::optional<RunResult> train(const StudyRun& run, StudyData& data, Board& board) {
  const std::shared_ptr<const StudySplits> splits = data.get(run.recipe);
  const auto start = std::chrono::steady_clock::now();
  Trainer trainer(run.recipe, splits->train, nullptr);
  RunObserver observer(board, run);
  trainer.run(observer);
  RunResult result;
  result.diverged = observer.diverged;
  result.train_recordings = splits->train.trains.size();
  result.test_recordings = splits->test.trains.size();
  const auto value = [&](StudyMetric metric) -> double& {
    return result.values[static_cast<std::size_t>(metric)];
  };
  value(StudyMetric::seconds) = seconds_since(start);
  if (result.diverged) return result;
  if (!trainer.position().finished) return std::nullopt;
  const FrozenPlan plan(trainer.frozen());
  const Evaluation evaluation =
      evaluate(plan, EngineKind::event, splits->test.trains, splits->test.labels,
               [&](std::size_t) { return !board.stopping(); });
  if (board.stopping()) return std::nullopt;
  const NeurobenchMetrics counted = measure(plan, splits->test.trains);
  value(StudyMetric::test_accuracy) = evaluation.accuracy();
  value(StudyMetric::test_balanced_accuracy) = evaluation.balanced_accuracy();
  value(StudyMetric::train_loss) = observer.last.train_loss;
  value(StudyMetric::firing_rate) = mean_rate(plan, evaluation);
  value(StudyMetric::synops) = counted.effective_acs + counted.effective_macs;
  return result;
}

}  // namespace

std::size_t run_study(const StudyPlan& plan, const StudyRunnerOptions& options,
                      std::vector<std::optional<RunResult>>& results, Console& console) {
  std::vector<std::size_t> pending;
  std::vector<const Recipe*> recipes;
  for (std::size_t run = 0; run < plan.runs.size(); ++run) {
    if (results[run]) continue;
    pending.push_back(run);
    recipes.push_back(&plan.runs[run].recipe);
  }
  StudyData data(options.directory, recipes);
  Board board(plan, pending, plan.runs.size() - pending.size(), console);
  const int jobs = std::min(options.jobs, std::max(1, static_cast<int>(pending.size())));
  const int threads = std::max(1, threads_in_use() / jobs);
  std::atomic<std::size_t> trained = 0;
  const auto work = [&] {
    // An arena of its own keeps a training from taking up another's tasks.
    tbb::task_arena arena(threads);
    try {
      while (const std::optional<std::size_t> at = board.next()) {
        const StudyRun& run = plan.runs[*at];
        const std::optional<RunResult> result =
            arena.execute([&] { return train(run, data, board); });
        if (!result) continue;
        write_run(options.out, run, cell_text(plan.study, plan.cells[run.cell]), *result);
        results[*at] = result;  // each worker writes its own element
        board.finished(run, *result);
        ++trained;
      }
    } catch (...) {
      board.fail(std::current_exception());
    }
  };
  std::vector<std::thread> others;
  for (int job = 1; job < jobs; ++job) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  console.clear_progress();
  board.rethrow();
  return trained;
}

}  // namespace volley
