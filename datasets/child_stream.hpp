// A stream whose events come from a child process: for libraries that damaged files can crash. Owns
// what goes through the pipe; must not know the libraries.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "datasets/byte_source.hpp"
#include "datasets/event_stream.hpp"

namespace volley {

/// The child's end.
class EventSender {
public:
  explicit EventSender(const ChildProcess::Send& send) : send_(send) {}

  /// Says what the parent's stream is; once, before the first event.
  void begin(const SensorSize& sensor, const std::string& format);
  /// Sends events, in time order and inside the sensor.
  void events(const std::vector<Event>& events);
  void note(const std::string& text);
  /// Says why nothing, or nothing more, can be read.
  void damage(const std::string& reason);
  /// Says that all is well and told.
  void end();

private:
  void message(std::uint32_t kind, const void* bytes, std::size_t size);
  const ChildProcess::Send& send_;
};

/// Runs `work` in a child and gives what it sends. @param name of the file, for messages
/// @throws Error where the child dies, or says damage, before it says what the stream is
std::unique_ptr<EventStream> make_child_stream(
    const std::string& name, const std::function<void(EventSender& sender)>& work);

/// A file's content under a name that libraries can open, for as long as it lives: in memory.
class NamedCopy {
public:
  /// Copies all that the source gives. @throws Error as read_rest() does, for more than 1 GiB
  explicit NamedCopy(ByteSource& source);
  ~NamedCopy();
  NamedCopy(const NamedCopy&) = delete;
  NamedCopy& operator=(const NamedCopy&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
  int descriptor_;
};

}  // namespace volley
