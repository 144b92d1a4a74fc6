// Recordings written to files, event by event, in any format that volley writes. Owns what every
// format checks and that files appear whole or not at all; must not know where events come from.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "datasets/event.hpp"

namespace volley {

struct WriterOptions {
  SensorSize sensor;                ///< every event must lie inside
  std::string compression = "lz4";  ///< of AEDAT4: lz4, zstd or none
};

/// Takes the events of one recording. Destroyed before finish(), it leaves no file, and an older
/// one as it was.
class EventWriter {
public:
  virtual ~EventWriter() = default;

  /// Writes events, in time order over all calls.
  /// @throws Error for what the format cannot say: an event outside the sensor or the format's
  /// coordinates, a time it cannot hold, time that steps back, a polarity other than 0 and 1
  virtual void write(std::span<const Event> events) = 0;

  /// Completes the file. @throws Error where it cannot be written
  virtual void finish() = 0;
};

/// The formats that can be written, by the names of recording_formats().
const std::vector<std::string>& writable_formats();

/// The format that a file name's extension asks for: .bin, .bs2, .bs1, .bs3, .aedat4, .dat, .raw
/// (EVT3), .es, .npy, .csv or .txt; empty for others.
std::string format_of_extension(const std::filesystem::path& file);

/// Begins a file. @throws Error for a format that is not written, options that do not fit it, or a
/// folder that cannot be written
std::unique_ptr<EventWriter> create_recording(const std::filesystem::path& file,
                                              const std::string& format,
                                              const WriterOptions& options);

}  // namespace volley
