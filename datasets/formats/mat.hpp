// MATLAB .mat recordings by matio, in a child process, for damaged files can crash it: ST-MNIST
// (spiketrain, 101 x N: rows 0-99 in {-1, 0, 1} of 10 x 10 taxels, row 100 the seconds) and lists
// x, y, ts, pol (ASL-DVS, 240 x 180, y up). Must not know catalogs.
#pragma once

#include <memory>
#include <string>

#include "datasets/event_stream.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

/// The stream of the events in a file. @param name for messages
/// @throws Error for what matio cannot read, or holds neither of the two
std::unique_ptr<EventStream> open_mat(const std::string& file, const std::string& name,
                                      const StreamOptions& options);

}  // namespace volley
