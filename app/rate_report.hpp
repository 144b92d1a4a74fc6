// How the integrate-and-fire networks of a rate-view model agree with its network of one step, in
// words and as JSON. Must not know how networks are converted.
#pragma once

#include <vector>

#include "app/run_report.hpp"

namespace volley {

/// The steps to look at for a network trained for `steps`: powers of 2 up to 4 times as many, and
/// `steps`.
std::vector<int> agreement_steps(int steps);

/// Runs the integrate-and-fire network over each of these steps and prints a table of them.
/// @param figures of the one-step network on the same recordings
Json report_rate_view(const RunFigures& figures, const std::vector<int>& steps, Console& console);

}  // namespace volley
