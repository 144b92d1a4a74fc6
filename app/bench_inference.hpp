// `volley bench infer`: what is timed and reported of inference on one reference network. Must not
// know options' names or other modes.
#pragma once

#include <string>

#include "app/bench_networks.hpp"
#include "app/console.hpp"
#include "models/frozen_network.hpp"

namespace volley {

struct InferenceBench {
  std::string engine = "all";  ///< "event", "clocked" or "all"
  std::size_t batch = 64;      ///< recordings, each run by itself
  int repetitions = 5;
  double seconds = 1.0;        ///< shortest repetition
  std::uint64_t seed = 1;
};

/// Initial weights folded, as a network to run.
FrozenNetwork reference_frozen(const ReferenceNetwork& reference, std::uint64_t seed);

/// Adds to `json`, per engine: samples a second, microseconds a sample on one thread, synaptic
/// operations a recording and a second; firing rates, the number of recordings whose classes both
/// engines name alike where both ran, and peak memory.
void bench_inference(const ReferenceNetwork& reference, const InferenceBench& options, Json& json);

}  // namespace volley
