// Where threads of one simulation meet: a barrier made for waits of less than a microsecond. Must
// not know what they do in between.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace volley {

/// Each thread owns a cache line with the number of times it has arrived, and reads the others'.
/// Waits by spinning, then by yielding, so that more threads than cores still get on. No sleep: it
/// would need a full fence on the way of every step for the sake of the few that wait long.
class StepBarrier {
public:
  explicit StepBarrier(std::size_t threads)
      : threads_(threads), lines_(std::make_unique<Line[]>(threads)) {}

  /// Returns when every thread has called as often as this one; what they wrote before is seen.
  void arrive_and_wait(std::size_t thread) {
    const std::uint32_t round = lines_[thread].arrived.load(std::memory_order_relaxed) + 1;
    lines_[thread].arrived.store(round, std::memory_order_release);
    for (std::size_t other = 0; other < threads_; ++other)
      if (other != thread) wait_for(lines_[other], round);
  }

private:
  struct alignas(128) Line {
    std::atomic<std::uint32_t> arrived{0};
  };
  static constexpr int most_spins = 2000;  // some 20 us: longer than any uneven share of a step

  static void wait_for(const Line& line, std::uint32_t round) {
    // Rounds wrap round; a difference of half of all numbers never comes up.
    const auto behind = [&] {
      return static_cast<std::int32_t>(line.arrived.load(std::memory_order_acquire) - round) < 0;
    };
    for (int spin = 0; behind(); ++spin) {
      if (spin >= most_spins) {
        std::this_thread::yield();
        continue;
      }
#if defined(__x86_64__) || defined(__i386__)
      _mm_pause();
#endif
    }
  }

  std::size_t threads_;
  std::unique_ptr<Line[]> lines_;
};

}  // namespace volley
