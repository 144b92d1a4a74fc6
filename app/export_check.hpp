// Proof that an export answers as the model does: recordings to run, and what the comparison says.
// Every format uses it before its file gets its name. Must not know formats.
#pragma once

#include <string>
#include <vector>

#include "app/export_format.hpp"
#include "sim/compare.hpp"

namespace volley {

struct CheckRecordings {
  std::vector<SpikeTrain> trains;
  std::vector<std::string> names;
};

/// So many recordings of the model's test split where it is at hand, else random spikes; says which.
/// @throws Error where the split cannot be loaded or does not fit the network
CheckRecordings check_recordings(const ExportRequest& request);

/// Every recording through the event engine on both networks: every population's spikes and the
/// readout's membranes.
Comparison compare_networks(const FrozenNetwork& written, const FrozenNetwork& read,
                            const CheckRecordings& recordings);

/// For formats whose runner is another program: its readout against the model's own trace.
/// Says "identical over N spikes" or the first difference, in words and JSON.
/// @param what how the file was run: "after reading back", "under qemu-arm"
/// @return whether all is the same
bool report_check(const Comparison& found, const std::string& what, const ExportRequest& request);

/// Says what differs and that nothing was written. @return the exit code
int say_differs(const std::string& words, const ExportRequest& request);

/// Reads the file back with `read`, compares and reports; with --no-verify does nothing.
/// @return whether all is the same, or nobody asked
bool verify_network(const ExportRequest& request,
                    const std::function<FrozenNetwork()>& read);

}  // namespace volley
