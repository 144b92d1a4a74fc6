// Loops over all cores by oneTBB. Owns the one call, so that the thread sanitizer can be told what
// Debian's oneTBB (not built for it) hides: a loop's body comes after what came before the loop, and
// before what comes after. Must not know what is computed.
#pragma once

#include <tbb/parallel_for.h>

#include <cstddef>

#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace volley {

/// Calls body(i) for every i below count, in any order and on any thread; returns when all are
/// done. An exception of a body ends the loop and comes out of here.
template <class Body, class... Partitioner>
void parallel_for(std::size_t count, const Body& body, const Partitioner&... partitioner) {
#if defined(__SANITIZE_THREAD__)
  // Static, so that a worker can take up the first before it touches anything of the caller's.
  static char before, after;
  const auto step = [&body](std::size_t i) {
    __tsan_acquire(&before);
    body(i);
    __tsan_release(&after);
  };
  __tsan_release(&before);
  tbb::parallel_for(std::size_t{0}, count, step, partitioner...);
  __tsan_acquire(&after);
#else
  tbb::parallel_for(std::size_t{0}, count, body, partitioner...);
#endif
}

}  // namespace volley
