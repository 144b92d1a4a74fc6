// Vectors that begin on a cache line, so that no vector register's load is split. Must not know what
// is in them.
#pragma once

#include <tbb/cache_aligned_allocator.h>

#include <vector>

namespace volley {

template <class T>
using AlignedVector = std::vector<T, tbb::cache_aligned_allocator<T>>;

}  // namespace volley
