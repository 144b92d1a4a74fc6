// `volley bench compare`: this program and another in turn. Must not know what either measures.
#pragma once

#include "app/command.hpp"

namespace volley {

/// Adds `compare` to the command `bench`.
void add_bench_compare(CLI::App& bench, Action& action);

}  // namespace volley
