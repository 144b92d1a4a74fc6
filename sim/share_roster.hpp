// Which thread works on which share. A thread that waits for long lends its share to the one it waits
// for, and with it its core: on a machine that others keep busy two threads then go on as one instead
// of stopping each other at every step. Must not know what a share is.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/aligned.hpp"

namespace volley {

/// A share changes hands only through here, so what its last holder wrote is seen by the next.
class ShareRoster {
public:
  explicit ShareRoster(std::size_t shares) : places_(shares) {}

  /// Every share to the thread of its own number. No thread works meanwhile.
  void assign_all() {
    for (Place& place : places_) place.state.store(State::held, std::memory_order_relaxed);
  }
  /// By its own thread: anyone may take it.
  void offer(std::size_t share) { set(share, State::offered); }
  /// Takes a share that is on offer. @return whether it was
  bool take(std::size_t share) { return change(share, State::offered, State::lent); }
  /// By who took it: its own thread is to go on.
  void give_back(std::size_t share) {
    set(share, State::returned);
    places_[share].state.notify_one();
  }
  /// By its own thread: takes back what nobody came for.
  bool reclaim(std::size_t share) { return change(share, State::offered, State::held); }
  bool lent(std::size_t share) const {
    const State state = places_[share].state.load(std::memory_order_acquire);
    return state != State::offered && state != State::held;
  }
  /// By its own thread, of a share that was lent: sleeps until it comes back. @return false where it
  /// is finished
  bool await_return(std::size_t share) {
    places_[share].state.wait(State::lent, std::memory_order_acquire);
    return change(share, State::returned, State::held);
  }
  void finish(std::size_t share) {
    set(share, State::finished);
    places_[share].state.notify_one();
  }

private:
  enum class State : std::uint32_t { held, offered, lent, returned, finished };
  struct alignas(128) Place {
    std::atomic<State> state{State::held};
  };

  void set(std::size_t share, State to) {
    places_[share].state.store(to, std::memory_order_release);
  }
  bool change(std::size_t share, State from, State to) {
    std::atomic<State>& state = places_[share].state;
    return state.load(std::memory_order_relaxed) == from &&
           state.compare_exchange_strong(from, to, std::memory_order_acq_rel);
  }

  AlignedVector<Place> places_;
};

}  // namespace volley
