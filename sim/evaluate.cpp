#include "sim/evaluate.hpp"

#include <tbb/enumerable_thread_specific.h>

#include <memory>

#include "sim/event_engine.hpp"
#include "sim/evaluation_total.hpp"

namespace volley {

double Evaluation::balanced_accuracy() const {
  double sum = 0;
  std::size_t present = 0;
  for (std::size_t label = 0; label < confusion.size(); ++label) {
    std::uint64_t total = 0;
    for (const std::uint32_t count : confusion[label]) total += count;
    if (total == 0) continue;
    ++present;
    sum += static_cast<double>(confusion[label][label]) / static_cast<double>(total);
  }
  return present == 0 ? 0.0 : sum / static_cast<double>(present);
}

namespace {

SampleResult summarise(const SampleTrace& trace) {
  SampleResult result;
  result.predicted = trace.predicted;
  for (const PopulationTrace& population : trace.populations)
    result.rates.push_back(population.firing_rate());
  result.operations = trace.synaptic_operations;
  return result;
}

}  // namespace

SampleResult summarise(const FrozenPlan& plan, const SampleSummary& summary, double steps) {
  SampleResult result;
  result.predicted = summary.predicted;
  for (const PlanPopulation& population : plan.plan().populations) {
    const double cells = steps * static_cast<double>(population.neurons);
    result.rates.push_back(
        cells > 0 ? static_cast<double>(summary.spikes[population.id]) / cells : 0.0);
  }
  result.operations = summary.synaptic_operations;
  return result;
}

struct Evaluator::Engines {
  explicit Engines(const FrozenPlan& plan)
      : clocked([&plan] { return ClockedInference(plan); }),
        events([&plan] { return EventEngine(plan); }) {}

  tbb::enumerable_thread_specific<ClockedInference> clocked;
  tbb::enumerable_thread_specific<EventEngine> events;
};

Evaluator::Evaluator(const FrozenPlan& plan, EngineKind engine)
    : plan_(plan), kind_(engine), engines_(std::make_unique<Engines>(plan)) {}

Evaluator::~Evaluator() = default;

void Evaluator::predict(std::span<const SpikeTrain> recordings, std::span<int> predicted) {
  const auto one = [&](std::size_t index) {
    predicted[index] = kind_ == EngineKind::event
                           ? engines_->events.local().classify(recordings[index]).predicted
                           : engines_->clocked.local().run(recordings[index]).predicted;
  };
  if (recordings.size() == 1) one(0);
  else parallel_for(recordings.size(), one);
}

Evaluation evaluate(const FrozenPlan& plan, EngineKind engine,
                    std::span<const SpikeTrain> recordings, std::span<const int> labels,
                    const std::function<bool(std::size_t)>& progress) {
  return Evaluator(plan, engine).run(recordings, labels, progress);
}

Evaluation Evaluator::run(std::span<const SpikeTrain> recordings, std::span<const int> labels,
                          const std::function<bool(std::size_t)>& progress) {
  return total(plan_,
               run_all(recordings.size(),
                       [&](std::size_t index) {
                         const SpikeTrain& recording = recordings[index];
                         return kind_ == EngineKind::event
                                    ? summarise(plan_,
                                                engines_->events.local().classify(recording),
                                                static_cast<double>(recording.steps))
                                    : summarise(engines_->clocked.local().run(recording));
                       },
                       progress),
               labels);
}

Evaluation total(const FrozenPlan& plan, const std::vector<SampleResult>& results,
                 std::span<const int> labels) {
  const std::size_t classes = plan.plan().classes();
  Evaluation evaluation;
  evaluation.confusion.assign(classes, std::vector<std::uint32_t>(classes, 0));
  evaluation.firing_rates.assign(plan.plan().populations.size(), 0.0);
  std::size_t ran = 0;
  for (std::size_t index = 0; index < results.size(); ++index) {
    const SampleResult& result = results[index];
    evaluation.predicted.push_back(result.predicted);
    if (result.predicted < 0) continue;
    ++ran;
    for (std::size_t p = 0; p < result.rates.size(); ++p)
      evaluation.firing_rates[p] += result.rates[p];
    evaluation.synaptic_operations += result.operations;
    const int label = labels[index];
    if (label < 0 || static_cast<std::size_t>(label) >= classes) continue;
    ++evaluation.samples;
    if (label == result.predicted) ++evaluation.correct;
    ++evaluation.confusion[static_cast<std::size_t>(label)]
                          [static_cast<std::size_t>(result.predicted)];
  }
  for (double& rate : evaluation.firing_rates)
    rate = ran == 0 ? 0.0 : rate / static_cast<double>(ran);
  return evaluation;
}

}  // namespace volley
