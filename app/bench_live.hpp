// `volley bench live`: what the live window costs, and how fast it draws. Must not know how it draws.
#pragma once

#include "app/command.hpp"

namespace volley {

/// Adds `live` to the command `bench`.
void add_bench_live(CLI::App& bench, Action& action);

}  // namespace volley
