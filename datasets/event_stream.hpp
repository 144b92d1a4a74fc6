// The one type behind which every decoder stands: a file's events, batch by batch. Owns how damage
// is told; must not know any single format, nor what becomes of the events.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/event.hpp"

namespace volley {

/// What a stream has told so far; final once next() has returned false.
struct StreamReport {
  std::uint64_t events = 0;   ///< events delivered
  std::uint64_t skipped = 0;  ///< items that are no events: overflow marks, frames, IMU, triggers
  std::string damage;         ///< empty where all is well, else "byte 1234: reason"

  bool damaged() const { return !damage.empty(); }
};

/// Events of one file in time order, with bounded memory whatever the length of the file. Events
/// before damage are delivered; then next() returns false and the damage stands in the report. A
/// file's time that steps back is damage at the byte of the event that does (where a format allows
/// small steps back, its decoder mends them: what comes out never steps back).
class EventStream {
public:
  virtual ~EventStream() = default;

  /// Every event delivered lies inside. Known once the stream is open.
  virtual SensorSize sensor() const = 0;

  /// Replaces `batch` by the next few thousand events, at least one. At the end of the file, or at
  /// its damage, empties `batch` and returns false, however often it is called.
  virtual bool next(std::vector<Event>& batch) = 0;

  virtual const StreamReport& report() const = 0;
};

/// The text of StreamReport::damage. @param byte offset in the file of what cannot be read
std::string damage_text(std::uint64_t byte, std::string_view reason);

/// Opens a file for a decoder. @throws Error naming the path where it is missing, cannot be opened
/// or is not a regular file (a device or a pipe might never end).
std::unique_ptr<std::istream> open_event_file(const std::filesystem::path& path);

}  // namespace volley
