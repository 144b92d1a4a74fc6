// What is in a file, by kind: each prints its words and returns its JSON. Must not know options.
#pragma once

#include <filesystem>

#include "app/console.hpp"
#include "datasets/event_stream.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

/// @param report set to what the stream told; what came before damage is reported
Json inspect_events(const std::filesystem::path& file, const StreamOptions& options,
                    StreamReport& report, Console& console);
/// An archive of several files.
Json inspect_archive(const std::filesystem::path& file, Console& console);
/// An HDF5 file of many recordings. @throws Error where it is no such file
Json inspect_spike_file(const std::filesystem::path& file, Console& console);
Json inspect_volley(const std::filesystem::path& file, Console& console);
Json inspect_nir(const std::filesystem::path& file, Console& console);
Json inspect_recipe(const std::filesystem::path& file, Console& console);

}  // namespace volley
