// The first 512 bytes of a volley model: one readable line that says what the file is, how long it
// is and its checksum, so that damage is found before the HDF5 library meets it. HDF5 skips them.
#pragma once

#include <filesystem>

namespace volley {

inline constexpr std::size_t seal_bytes = 512;

/// Writes the line over the free first bytes of a finished file. @throws Error where it cannot
void seal(const std::filesystem::path& file, int format);

/// @throws Error for a file that is no volley model, of another format, cut short or changed
void check_seal(const std::filesystem::path& file, int format);

}  // namespace volley
