// A network of dense layers as a synthesizable Verilog design, with a test bench that checks
// itself. Owns the text; must not know engines or simulators.
//
// Events come by address (AER) until `step` ends a step; a sequencer for each layer then lets its
// links gather the spikes that arrive, and steps its neurons, one a clock. A spike meets the 1-bit
// weights of a whole layer in one clock: counters of all its neurons count at once. Weights of more
// bits are added one a clock. Arithmetic is that of sim/fixed_engine.hpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/fixed_point.hpp"
#include "models/step_network.hpp"

namespace volley {

struct VerilogFile {
  std::string name, text;
};

/// volley_net.v (Verilog-2005) and the tables it reads, *.hex.
/// @throws Error naming what the design has not: maps (conv2d, pooling), one_to_one, delays of the
/// synapses' own, several levels, extended neurons, weights of 3 to 256 levels
std::vector<VerilogFile> write_verilog(const StepNetwork& network, const FixedNetwork& fixed);

/// volley_net_tb.v and what it reads: runs the recordings, compares spikes of all lif populations
/// and the membranes of a leaky readout, and prints "identical over N spikes of R recordings" or
/// the first difference. `vvp -n volley_net_tb +recordings=K` runs the first K; +progress adds lines
/// "recording K of R".
std::vector<VerilogFile> write_verilog_test(const StepNetwork& network,
                                            std::span<const RecordedRun> runs);

}  // namespace volley
