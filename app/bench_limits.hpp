// `volley bench limits`: what this machine can do at most. Must not know the engines.
#pragma once

#include "app/command.hpp"

namespace volley {

/// Adds `limits` to the command `bench`.
void add_bench_limits(CLI::App& bench, Action& action);

}  // namespace volley
