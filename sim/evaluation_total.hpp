// From single recordings to an Evaluation, for every way of running them: the loop over recordings
// and the sums behind it. Private to the files that evaluate.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/parallel.hpp"
#include "sim/evaluate.hpp"
#include "sim/event_engine.hpp"

namespace volley {

/// What one recording came to.
struct SampleResult {
  int predicted = -1;
  std::vector<double> rates;
  std::uint64_t operations = 0;
};

/// @param steps of the recording, a part of one counted as such
SampleResult summarise(const FrozenPlan& plan, const SampleSummary& summary, double steps);

/// Runs all recordings, in parallel. @param run from an index to its result, on any thread
template <class Run>
std::vector<SampleResult> run_all(std::size_t count, const Run& run,
                                  const std::function<bool(std::size_t)>& progress) {
  std::vector<SampleResult> results(count);
  std::atomic<bool> stopped = false;
  std::mutex reporting;
  std::size_t done = 0;
  parallel_for(count, [&](std::size_t index) {
    if (stopped) return;
    results[index] = run(index);
    if (!progress) return;
    const std::lock_guard lock(reporting);
    if (!progress(++done)) stopped = true;
  });
  return results;
}

/// @param labels of the recordings; -1: unknown
Evaluation total(const FrozenPlan& plan, const std::vector<SampleResult>& results,
                 std::span<const int> labels);

}  // namespace volley
