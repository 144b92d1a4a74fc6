// Where threads of one simulation meet: a barrier made for waits of less than a microsecond. Must
// not know what they do in between.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace volley {

/// Each thread owns a cache line with the number of times it has arrived, and reads the others'.
/// Waits by spinning for a while, then sleeps, so that more threads than cores still get on.
class StepBarrier {
public:
  explicit StepBarrier(std::size_t threads)
      : threads_(threads), lines_(std::make_unique<Line[]>(threads)) {}

  /// Returns when every thread has called as often as this one; what they wrote before is seen.
  void arrive_and_wait(std::size_t thread) {
    const std::uint32_t round = lines_[thread].arrived.load(std::memory_order_relaxed) + 1;
    lines_[thread].arrived.store(round, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) lines_[thread].arrived.notify_all();
    for (std::size_t other = 0; other < threads_; ++other) wait_for(lines_[other], round);
  }

private:
  struct alignas(128) Line {
    std::atomic<std::uint32_t> arrived{0};
  };
  static constexpr int most_spins = 4000;  // some 50 us: longer than any uneven share of a step

  static bool behind(std::uint32_t value, std::uint32_t round) {
    return static_cast<std::int32_t>(value - round) < 0;
  }

  void wait_for(Line& line, std::uint32_t round) {
    for (int spin = 0; spin < most_spins; ++spin) {
      if (!behind(line.arrived.load(std::memory_order_acquire), round)) return;
#if defined(__x86_64__) || defined(__i386__)
      _mm_pause();
#endif
    }
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    for (std::uint32_t seen = line.arrived.load(std::memory_order_seq_cst); behind(seen, round);
         seen = line.arrived.load(std::memory_order_seq_cst))
      line.arrived.wait(seen, std::memory_order_seq_cst);
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }

  std::size_t threads_;
  std::unique_ptr<Line[]> lines_;
  alignas(128) std::atomic<int> sleepers_{0};
};

}  // namespace volley
