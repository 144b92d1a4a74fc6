// Memory of large tables that are read here and there. Owns the wish for huge pages: with pages of
// 4 KiB, finding out where an address lies costs more than reading it.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace volley {

/// Aligned to cache lines; from a megabyte on, to huge pages where the system gives them.
template <class T>
struct HugePageAllocator {
  using value_type = T;
  HugePageAllocator() = default;
  template <class Other>
  HugePageAllocator(const HugePageAllocator<Other>&) {}

  T* allocate(std::size_t n) {
    constexpr std::size_t line = 64, page = std::size_t{1} << 21;
    if (n > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
    const std::size_t unit = n * sizeof(T) < page / 2 ? line : page;
    const std::size_t bytes = (n * sizeof(T) + unit - 1) / unit * unit;
    void* memory = std::aligned_alloc(unit, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    if (unit == page) ::madvise(memory, bytes, MADV_HUGEPAGE);  // a wish: works without, slower
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) { std::free(memory); }
  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }
};

template <class T>
using HugeVector = std::vector<T, HugePageAllocator<T>>;

}  // namespace volley
