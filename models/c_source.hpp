// A network as a C99 program of one header and one source: no allocation, nothing but stdint, all
// state static, spikes and 1-bit weights as bits. Owns the text; must not know engines.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/fixed_point.hpp"
#include "models/step_network.hpp"

namespace volley {

struct CSource {
  std::string header, source;  ///< volley_net.h and volley_net.c
};

/// The program in float, which computes what the engines do in the same order, or, with `fixed`
/// (fixed_point(network)), in integers as sim/fixed_engine.hpp says. Names of files and functions
/// begin with volley_net.
CSource write_c(const StepNetwork& network, const FixedNetwork* fixed);

/// volley_net_test.c: a main() that runs the recordings and compares every spike, the readout and
/// the class. It prints "identical over N spikes of R recordings" and returns 0, or the first
/// difference and 1; with VOLLEY_NET_TEST_SILENT it uses no stdio and returns only.
std::string write_c_test(const StepNetwork& network, bool fixed, std::span<const RecordedRun> runs);

}  // namespace volley
