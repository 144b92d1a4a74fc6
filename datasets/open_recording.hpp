// Any recording, whatever its format and what is around it: the one door to the decoders. Owns how
// formats are told apart by their content; must not know what becomes of the events.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "datasets/byte_source.hpp"
#include "datasets/event_stream.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

/// A format this build decodes.
struct RecordingFormat {
  std::string name;         ///< for StreamOptions::format: "evt3"
  std::string description;  ///< "Prophesee EVT3 (.raw)"
};
const std::vector<RecordingFormat>& recording_formats();

/// Opens a recording for reading. Compression and archives are read through; `path` may name a
/// member of an archive ("data.tar.xz/train/0/1.bin").
/// @throws Error as open_bytes() does; for content that is no known format; for options that do not
/// fit; for a header that cannot be read.
std::unique_ptr<EventStream> open_recording(const std::filesystem::path& path,
                                            const StreamOptions& options = {});

/// The same for bytes. @param open gives them from the front, each time it is called
/// @param name for messages; its extension decides where content fits two formats alike
std::unique_ptr<EventStream> open_recording(
    const std::function<std::unique_ptr<ByteSource>()>& open, const std::string& name,
    const StreamOptions& options);

/// The same for bytes that come once, such as those of a pipe. @param front the first of them, which
/// hold the whole of a header  @param whole they are all  @param rest what comes after
/// Formats that are not read from front to end (npz, MATLAB, HDF5) are read to their end first.
std::unique_ptr<EventStream> open_recording(std::vector<std::uint8_t> front, bool whole,
                                            std::unique_ptr<ByteSource> rest,
                                            const std::string& name, const StreamOptions& options);

/// The name of the format that a file's beginning shows, empty where none does. @param whole the
/// front is the whole file. @param name see open_recording()
std::string recognise_format(std::span<const std::uint8_t> front, bool whole,
                             const std::string& name);

/// The same for a file, looked at through what is around it; "npz" for any zip.
/// @throws Error as open_bytes() does
std::string format_of_recording(const std::filesystem::path& path);

}  // namespace volley
