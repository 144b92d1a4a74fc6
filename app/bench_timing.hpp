// Measuring one piece of work: repetitions long enough to trust, and the machine around them. Must
// not know what is measured.
#pragma once

#include <functional>

#include "app/console.hpp"

namespace volley {

inline constexpr double giga = 1e9;

struct Timing {
  double median = 0, min = 0, max = 0;  ///< seconds a call
  int repetitions = 0, calls = 0;       ///< calls in each repetition
};

/// Warms up, then times `repetitions` runs of `work`, each of at least `seconds`.
Timing measure(const std::function<void()>& work, int repetitions, double seconds);

/// Samples a second of work on `samples` samples: {"median", "min", "max"}.
Json throughput_json(const Timing& timing, std::size_t samples);

/// Puts "samples_per_second", "repetitions" and "calls_per_repetition" into `json`.
void add_timing(Json& json, const Timing& timing, std::size_t samples);

/// Highest resident memory of this process so far, MiB.
double peak_memory_mib();

/// Runs this program again with other arguments and returns what it printed; its stderr is ours.
/// @throws std::runtime_error where it fails
std::string run_self(const std::vector<std::string>& arguments);

}  // namespace volley
