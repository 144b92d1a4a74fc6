// Spikes of many recordings in one HDF5 file, as in SHD and SSC (Cramer et al. 2020): spikes/times
// (seconds) and spikes/units, one list of each a recording; labels; extra/keys, extra/speaker. The
// library reads in a child process, for damaged files can crash it. Must not know catalogs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/event_stream.hpp"
#include "datasets/recording.hpp"

namespace volley {

inline constexpr SensorSize spike_hdf5_sensor{700, 1, 1};

/// What a file tells about its recordings, one entry each (none where the file has no such table).
struct SpikeHdf5Index {
  std::size_t recordings = 0;
  std::vector<std::int64_t> labels, speakers;
  std::vector<std::string> keys;  ///< names of the classes, extra/keys
};
/// @throws Error where the file cannot be read or has no spikes/times and spikes/units
SpikeHdf5Index read_spike_hdf5_index(const std::filesystem::path& file);

/// Recordings first .. end - 1 in their order, each with its label and start 0; x is the unit, y
/// and p are 0. Times are rounded to microseconds and sorted. One child process for all of them.
/// @throws Error where the file cannot be read, or a unit is not below 700
void read_spike_hdf5(const std::filesystem::path& file, std::size_t first, std::size_t end,
                     const std::function<void(Recording&& recording)>& visit);

/// The stream of one recording. @throws Error also where the file has several and `index` is -1
/// (tells how many), or fewer than index + 1
std::unique_ptr<EventStream> open_spike_hdf5(const std::string& file, const std::string& name,
                                             long index);

}  // namespace volley
