// `volley bench decode`: events a second of every decoder on one core. Must not know formats'
// insides.
#pragma once

#include "app/command.hpp"

namespace volley {

/// Adds `decode` to the command `bench`.
void add_bench_decode(CLI::App& bench, Action& action);

}  // namespace volley
