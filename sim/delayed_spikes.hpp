// Spikes of a population under way to synapses with a delay, in order of time, each kept until the
// last of its readers has passed it. Must not know who they are.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

namespace volley {

class DelayedSpikes {
public:
  /// Spikes since the last clear(), the place of the next one included.
  using Place = std::uint64_t;
  struct Entry {
    std::int64_t tick;
    std::uint32_t neuron;
  };

  void clear() {
    entries_.clear();
    first_ = 0;
    base_ = 0;
  }
  void add(std::int64_t tick, std::span<const std::uint32_t> neurons) {
    for (const std::uint32_t neuron : neurons) entries_.push_back({tick, neuron});
  }
  Place end() const { return base_ + entries_.size(); }
  /// At a place that has not been dropped.
  const Entry& at(Place place) const {
    assert(place >= base_ + first_ && place < end());
    return entries_[place - base_];
  }
  /// Forgets what lies before `place`. Constant time a spike, over all calls.
  void drop_before(Place place) {
    first_ = static_cast<std::size_t>(place - base_);
    if (first_ < entries_.size() && 2 * first_ < entries_.size() + 64) return;
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    base_ = place;
    first_ = 0;
  }
  std::size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

private:
  std::vector<Entry> entries_;
  std::size_t first_ = 0;  ///< entries that are over
  Place base_ = 0;         ///< of entries_[0]
};

}  // namespace volley
