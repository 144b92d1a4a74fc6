// `volley bench limits`: what this machine can do at most. Must not know the engines.
#pragma once

#include "app/command.hpp"

namespace volley {

/// Additions a second of sparse rows of weights on one thread, as `bench limits` measures them: the
/// roof of synaptic operations.
double sparse_row_roof(int repetitions, double seconds);

/// Adds `limits` to the command `bench`.
void add_bench_limits(CLI::App& bench, Action& action);

}  // namespace volley
