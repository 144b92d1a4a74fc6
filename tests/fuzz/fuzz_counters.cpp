// Counters of coverage that forked children share with the fuzzer. Compiled without
// instrumentation, which would take the names of the counters for itself.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "fuzz_target.hpp"

// One byte an edge of the instrumented code, in a section of their own; named by the linker.
extern "C" std::uint8_t __start___sancov_cntrs[], __stop___sancov_cntrs[];

namespace volley::fuzz {

void share_counters() {
  // The first and last page may hold other data and stay.
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(__start___sancov_cntrs) + page - 1) / page;
  const auto end = reinterpret_cast<std::uintptr_t>(__stop___sancov_cntrs) / page;
  if (end <= first) return;
  void* const mapped =
      ::mmap(reinterpret_cast<void*>(first * page), (end - first) * page, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (mapped == MAP_FAILED) std::perror("counters are not shared with children");
}

}  // namespace volley::fuzz
