// The one type behind which every decoder stands: a file's events, batch by batch. Owns how damage
// is told; must not know any single format, nor what becomes of the events.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/event.hpp"

namespace volley {

/// What a stream has told so far; final once next() has returned false.
struct StreamReport {
  std::uint64_t events = 0;   ///< events delivered
  std::uint64_t skipped = 0;  ///< items that are no events: overflow marks, frames, IMU, triggers
  /// Events whose time stepped back a little: delivered in their place, at the time of the one
  /// before.
  std::uint64_t out_of_order = 0;
  std::uint64_t dropped = 0;  ///< words and events that make no sense where they stand
  /// What was skipped and dropped, by its name: {"trigger", 2}.
  std::map<std::string, std::uint64_t, std::less<>> kinds;
  std::vector<std::string> notes;  ///< what a person should know, one sentence each
  std::string damage;              ///< empty where all is well, else "byte 1234: reason"

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

  /// The format in words: "Prophesee EVT3".
  virtual std::string format() const { return "events"; }
  /// Whether the file (or whoever opened it) states the sensor's size. If not, sensor() is what the
  /// format can address at most.
  virtual bool sensor_stated() const { return true; }
  /// Whether times are those of a clock that ran before the recording began (a camera's, or the
  /// time of day): the recording starts at its first event then, else at 0 us.
  virtual bool free_clock() const { return false; }
};

/// The text of StreamReport::damage. @param byte offset in the file of what cannot be read
std::string damage_text(std::uint64_t byte, std::string_view reason);

}  // namespace volley
