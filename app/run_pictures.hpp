// Pictures of single recordings as they went through a network. Must not know how they are drawn.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/spike_train.hpp"
#include "sim/clocked_inference.hpp"
#include "sim/trace.hpp"

namespace volley {

/// One recording through the event engine.
SampleTrace event_trace(const FrozenPlan& plan, const SpikeTrain& train, const std::string& name,
                        int label);

/// Writes raster.png and events.png of a trace; of the second one raster-2.png and so on.
/// @return the files written
std::vector<std::filesystem::path> write_run_pictures(const SampleTrace& trace,
                                                      const std::filesystem::path& folder,
                                                      std::size_t index = 0);

}  // namespace volley
