// The decoders of formats that are read from front to end, made from a file's first bytes. Each is
// in the file of its name. Must not know archives, nor how formats are told apart.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "datasets/block_stream.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

/// A file whose header is read.
struct OpenedFormat {
  std::unique_ptr<BlockDecoder> decoder;
  StreamFacts facts;
  std::size_t header = 0;  ///< bytes of the front before the first that the decoder takes
};

/// As much of a file's beginning as openers are given, or all of a shorter file. Headers are no
/// longer (those of jAER run to 175 kB).
inline constexpr std::size_t front_limit = std::size_t{1} << 19;

/// Clocks of cameras step back by this much at most where their decoders mend it.
inline constexpr std::int64_t mended_camera_us = 10'000;

/// All openers below: @param front the file's first front_limit bytes, @param name of the file, for
/// messages. @throws Error where the header makes no sense or says what cannot be read.

/// AEDAT 2.0 (and 1.0) of jAER, see aedat2.cpp; without a header where `front` has none.
OpenedFormat open_aedat2(ByteSpan front, const StreamOptions& options, const std::string& name);
/// AEDAT 3.1 of cAER, see aedat3.cpp.
OpenedFormat open_aedat3(ByteSpan front, const StreamOptions& options, const std::string& name);
/// AEDAT4 of DV, see aedat4.cpp.
OpenedFormat open_aedat4(ByteSpan front, const StreamOptions& options, const std::string& name);
/// Event Stream, see event_stream_es.cpp.
OpenedFormat open_es(ByteSpan front, const StreamOptions& options, const std::string& name);
/// Prophesee DAT, see dat.cpp.
OpenedFormat open_dat(ByteSpan front, const StreamOptions& options, const std::string& name);
/// Prophesee EVT2, EVT2.1 and EVT3 by their header, see evt.cpp.
OpenedFormat open_evt(ByteSpan front, const StreamOptions& options, const std::string& name);
/// The same without a header: `version` is 20, 21 or 30.
OpenedFormat open_bare_evt(int version, const StreamOptions& options);
/// Text, one event a line, see text.cpp.
OpenedFormat open_text(ByteSpan front, const StreamOptions& options, const std::string& name);

/// The sensor of the options, else the one stated, else `most`; says which in `facts`.
void choose_sensor(StreamFacts& facts, const StreamOptions& options,
                   std::optional<SensorSize> stated, SensorSize most);

/// The sensor of a camera by a name in its header ("DAVIS346", "gen41"); nothing for unknown ones.
std::optional<SensorSize> sensor_of_camera(std::string_view words);

}  // namespace volley
