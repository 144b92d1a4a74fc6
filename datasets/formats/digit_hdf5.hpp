// Spikes of many recordings in one HDF5 file, each under a name, as in N-TIDIGITS (Anumula et al.
// 2018): SPLIT_labels lists the names, SPLIT_timestamps/NAME (seconds) and SPLIT_addresses/NAME are
// the spikes. The library reads in a child process. Must not know catalogs.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "datasets/recording.hpp"

namespace volley {

/// The names of a split's recordings in their order. @param split "train" or "test"
/// @throws Error where the file cannot be read or has no such list
std::vector<std::string> read_digit_keys(const std::filesystem::path& file,
                                         const std::string& split);

/// The recordings of some names in their order; x is the channel, y and p are 0, times are rounded
/// to microseconds and sorted. One child process for all of them.
/// @throws Error where the file cannot be read, or a channel lies outside the sensor
void read_digit_hdf5(const std::filesystem::path& file, const std::string& split,
                     const std::vector<std::string>& keys, const SensorSize& sensor,
                     const std::function<void(Recording&& recording)>& visit);

}  // namespace volley
