// `volley bench event`: throughput and latency of a stream of events. Must not know the engines.
#pragma once

#include "app/command.hpp"

namespace volley {

/// Adds `event` to the command `bench`.
void add_bench_event(CLI::App& bench, Action& action);

}  // namespace volley
