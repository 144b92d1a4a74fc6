#include "sim/microsecond_evaluate.hpp"

#include <tbb/enumerable_thread_specific.h>

#include "sim/evaluation_total.hpp"
#include "sim/microsecond_engine.hpp"

namespace volley {

Evaluation evaluate_microseconds(const FrozenPlan& plan,
                                 const std::function<Recording(std::size_t)>& load,
                                 std::span<const int> labels, std::uint32_t steps,
                                 const std::function<bool(std::size_t)>& progress) {
  const MicrosecondEngine first(plan);  // what cannot be run is told once, before any is loaded
  tbb::enumerable_thread_specific<MicrosecondEngine> engines(
      [&] { return MicrosecondEngine(plan); });
  const auto ticks = static_cast<double>(step_ticks(plan));
  const auto run = [&](std::size_t index) {
    MicrosecondEngine& engine = engines.local();
    const SampleSummary summary = classify(engine, plan, load(index), steps);
    return summarise(plan, summary, static_cast<double>(engine.ticks()) / ticks);
  };
  return total(plan, run_all(labels.size(), run, progress), labels);
}

}  // namespace volley
