// Recordings by clocks that ran before they began (a camera's, the time of day), told from their
// first event on. Must not know formats.
#pragma once

#include <memory>

#include "datasets/event_stream.hpp"

namespace volley {

/// The same events with times from 0 us at the first one where the stream's clock is a free one;
/// else the stream itself. Its report is the stream's.
std::unique_ptr<EventStream> start_at_zero(std::unique_ptr<EventStream> stream);

}  // namespace volley
