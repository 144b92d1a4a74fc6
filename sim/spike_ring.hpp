// The last spikes of some neurons, step by step: written by the thread that owns them, read by all.
// Must not know neurons or synapses.
#pragma once

#include <tbb/cache_aligned_allocator.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace volley {

/// As many steps as a power of two. Few spikes, as most steps have, lie in one cache line with
/// their number: a thread that reads another's waits for that line only.
class SpikeRing {
public:
  explicit SpikeRing(std::size_t steps = 1) : mask_(steps - 1), lines_(steps), more_(steps) {}

  void store(std::uint32_t step, std::span<const std::uint32_t> spikes) {
    Line& line = lines_[step & mask_];
    line.count = static_cast<std::uint32_t>(spikes.size());
    if (spikes.size() <= line.few.size())
      std::copy(spikes.begin(), spikes.end(), line.few.begin());
    else
      more_[step & mask_].assign(spikes.begin(), spikes.end());
  }

  /// Spikes of a step that is not older than the ring is long; none for one before the first.
  std::span<const std::uint32_t> operator[](std::uint32_t step) const {
    const Line& line = lines_[step & mask_];
    return line.count <= line.few.size()
               ? std::span<const std::uint32_t>{line.few.data(), line.count}
               : std::span<const std::uint32_t>{more_[step & mask_]};
  }

  /// Asks for the line early, to read or (by its owner) to write.
  void fetch(std::uint32_t step) const { __builtin_prefetch(&lines_[step & mask_], 0); }
  void fetch_to_write(std::uint32_t step) { __builtin_prefetch(&lines_[step & mask_], 1); }

private:
  struct alignas(64) Line {
    std::uint32_t count = 0;
    std::array<std::uint32_t, 15> few{};
  };
  std::size_t mask_;
  std::vector<Line, tbb::cache_aligned_allocator<Line>> lines_;
  std::vector<std::vector<std::uint32_t>> more_;
};

}  // namespace volley
