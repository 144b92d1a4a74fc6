// A bounded queue of events between the thread that receives them and the one that uses them. Must
// not know where they come from.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "datasets/event.hpp"

namespace volley {

class EventQueue {
public:
  explicit EventQueue(std::size_t capacity) : capacity_(std::max<std::size_t>(1, capacity)) {}

  /// Adds as many as fit and counts the others as dropped; never waits.
  void offer(const std::vector<Event>& events) {
    const std::lock_guard lock(mutex_);
    const std::size_t fit = std::min(events.size(), capacity_ - held_.size());
    held_.insert(held_.end(), events.begin(), events.begin() + static_cast<std::ptrdiff_t>(fit));
    dropped_ += events.size() - fit;
    filled_.notify_one();
  }
  /// Replaces `events` by all that are held, waiting for some. False once closed and empty.
  bool take(std::vector<Event>& events) {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return !held_.empty() || closed_; });
    events.clear();
    events.swap(held_);
    return !events.empty();
  }
  /// No more will come.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    filled_.notify_all();
  }
  std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<Event> held_;
  std::size_t capacity_;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace volley
