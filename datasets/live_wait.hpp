// Waiting for a descriptor in a way that ends: when it is told to, when its owner no longer wants
// to go on, or after long silence. Must not know what the bytes are.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace volley {

/// A descriptor that is closed with its owner.
class Descriptor {
public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

private:
  int value_;
};

class LiveWait {
public:
  enum class Ready { bytes, stopped, idle };

  /// @param idle_ms  longest silence; 0: any  @param go_on asked ten times a second; may be empty
  /// @throws Error where the system has no descriptor left
  LiveWait(int idle_ms, std::function<bool()> go_on);

  /// Until there are bytes (or the end) to read from the descriptor.
  Ready wait(int descriptor) const { return wait(descriptor, idle_ms_ > 0 ? idle_ms_ : -1); }
  /// @param patience_ms longest silence this time; -1: any
  Ready wait(int descriptor, int patience_ms) const;

  /// Ends all waiting, from any thread.
  void stop();
  bool stopped() const { return stopped_; }

private:
  int idle_ms_;
  std::function<bool()> go_on_;
  Descriptor wake_;
  mutable std::atomic<bool> stopped_{false};
};

}  // namespace volley
