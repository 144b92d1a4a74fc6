#include "sim/compare.hpp"

#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/parallel.hpp"
#include "sim/event_engine.hpp"

namespace volley {

void Comparison::add(const Comparison& other) {
  recordings += other.recordings;
  populations = std::max(populations, other.populations);
  steps += other.steps;
  spikes += other.spikes;
  differing_spikes += other.differing_spikes;
  differing_predictions += other.differing_predictions;
  membrane_difference = std::max(membrane_difference, other.membrane_difference);
  if (first_difference.empty()) first_difference = other.first_difference;
}

namespace {

void compare_spikes(const PopulationTrace& a, const PopulationTrace& b,
                    const std::string& recording, Comparison& result) {
  std::vector<std::uint32_t> only;
  const std::uint32_t steps = std::max(a.spikes.steps, b.spikes.steps);
  for (std::uint32_t t = 0; t < steps; ++t) {
    const auto empty = std::span<const std::uint32_t>();
    const auto first = t < a.spikes.steps ? a.spikes.step(t) : empty;
    const auto second = t < b.spikes.steps ? b.spikes.step(t) : empty;
    only.clear();
    std::set_symmetric_difference(first.begin(), first.end(), second.begin(), second.end(),
                                  std::back_inserter(only));
    result.differing_spikes += only.size();
    if (!only.empty() && result.first_difference.empty())
      result.first_difference =
          fmt::format("{}{}population {}, neuron {}, step {}", recording,
                      recording.empty() ? "" : ", ", a.name, only.front(), t);
  }
  result.spikes += a.spikes.spikes();
}

}  // namespace

Comparison compare_traces(const SampleTrace& first, const SampleTrace& second) {
  Comparison result;
  result.recordings = 1;
  result.steps = first.steps;
  for (std::size_t p = 0; p < first.populations.size(); ++p) {
    const PopulationTrace &a = first.populations[p], &b = second.populations[p];
    if (a.kind == NeuronKind::lif) {
      ++result.populations;
      compare_spikes(a, b, first.recording, result);
    }
    if (a.kind != NeuronKind::leaky_integrator) continue;
    double largest = 1e-12, difference = a.membrane.size() == b.membrane.size() ? 0.0 : 1.0;
    for (std::size_t at = 0; at < std::min(a.membrane.size(), b.membrane.size()); ++at) {
      largest = std::max(largest, std::abs(static_cast<double>(a.membrane[at])));
      difference = std::max(difference, std::abs(static_cast<double>(a.membrane[at]) -
                                                 static_cast<double>(b.membrane[at])));
    }
    result.membrane_difference = std::max(result.membrane_difference, difference / largest);
  }
  result.differing_predictions = first.predicted == second.predicted ? 0 : 1;
  return result;
}

Comparison compare_engines(const FrozenPlan& plan, std::span<const SpikeTrain> recordings,
                           std::span<const std::string> names,
                           const std::function<void(std::size_t)>& progress) {
  tbb::enumerable_thread_specific<ClockedInference> clocked(
      [&] { return ClockedInference(plan); });
  tbb::enumerable_thread_specific<EventEngine> events([&] { return EventEngine(plan); });
  std::vector<Comparison> results(recordings.size());
  std::mutex reporting;
  std::size_t done = 0;
  parallel_for(recordings.size(), [&](std::size_t index) {
    SampleTrace first = clocked.local().run(recordings[index]);
    if (index < names.size()) first.recording = names[index];
    results[index] = compare_traces(first, events.local().run(recordings[index]));
    if (!progress) return;
    const std::lock_guard lock(reporting);
    progress(++done);
  });
  Comparison total;
  for (const Comparison& result : results) total.add(result);
  return total;
}

}  // namespace volley
