// A recording that comes through a pipe: its format told by what comes first, decoded as it comes.
// Must not know sockets, nor what becomes of the events.
#pragma once

#include <memory>

#include "datasets/live_stream.hpp"

namespace volley {

class LiveWait;

/// Address events in words from a descriptor. @param front bytes that were read from it before
/// @param wait shared with whoever read them
std::unique_ptr<LiveStream> make_word_pipe(int descriptor, const LiveSourceOptions& options,
                                           std::shared_ptr<LiveWait> wait, std::string front);

/// Whether bytes make sense as words (see AerWordDecoder): 8 events or more, all inside the sensor,
/// their times never back.
bool look_like_words(std::string_view bytes, const SensorSize& sensor);

}  // namespace volley
