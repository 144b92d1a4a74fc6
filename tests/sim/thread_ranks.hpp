// Ranks without MPI, for tests: threads of this process that tell each other through memory.
#pragma once

#include <functional>

#include "sim/ranks.hpp"

namespace volley {

/// Runs body once for each of `size` ranks, side by side; it must not throw.
void run_ranks(int size, const std::function<void(const Ranks&)>& body);

}  // namespace volley
