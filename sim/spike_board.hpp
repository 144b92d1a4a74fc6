// Where the threads of one simulation tell each other their spikes: made for waits of less than a
// microsecond. Must not know neurons or synapses.
#pragma once

#include <tbb/cache_aligned_allocator.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace volley {

/// Each share writes a ring of lines that nobody else writes. Few spikes, as most steps have, lie in
/// one cache line with the number of their step, so that a reader's wait is one transfer of that
/// line; there is no place where all threads meet.
class SpikeBoard {
public:
  /// @param lead by how many steps a share may be ahead of what it has read of the others
  SpikeBoard(std::size_t shares, std::size_t lead)
      : steps_(std::bit_ceil(2 * lead + 3)), lines_(shares * steps_) {}

  /// Shows the spikes of a step to all. A share posts every step, in order, and reads step
  /// s - lead of all others before it posts step s + 1: so a line is read before it is written anew.
  void post(std::size_t share, std::uint32_t step, std::span<const std::uint32_t> spikes) {
    Line& line = at(share, step);
    const std::size_t few = std::min(spikes.size(), line.few.size());
    std::copy_n(spikes.begin(), few, line.few.begin());
    if (few < spikes.size()) line.all.assign(spikes.begin(), spikes.end());
    line.count = static_cast<std::uint32_t>(spikes.size());
    line.stamp.store(step + 1, std::memory_order_release);
    __builtin_prefetch(&at(share, step + 1), 1);  // all have read it: the next post need not wait
  }

  /// Spikes of a step, if it is posted.
  std::optional<std::span<const std::uint32_t>> read(std::size_t share, std::uint32_t step) const {
    const Line& line = lines_[share * steps_ + (step & (steps_ - 1))];
    if (line.stamp.load(std::memory_order_acquire) != step + 1) return std::nullopt;
    return line.count <= line.few.size()
               ? std::span<const std::uint32_t>{line.few.data(), line.count}
               : std::span<const std::uint32_t>{line.all};
  }

private:
  /// Two cache lines, the first to be read: some machines fetch lines in pairs.
  struct alignas(128) Line {
    std::atomic<std::uint32_t> stamp{0};  ///< step + 1
    std::uint32_t count = 0;
    std::array<std::uint32_t, 14> few{};
    std::vector<std::uint32_t> all;       ///< where they are more
  };

  Line& at(std::size_t share, std::uint32_t step) {
    return lines_[share * steps_ + (step & (steps_ - 1))];
  }

  std::size_t steps_;  ///< a power of two
  std::vector<Line, tbb::cache_aligned_allocator<Line>> lines_;
};

}  // namespace volley
