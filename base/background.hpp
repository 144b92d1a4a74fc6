// One piece of work at a time beside the caller's own, on oneTBB's threads. Owns the call, so that
// the thread sanitizer can be told what Debian's oneTBB hides (see parallel.hpp). Must not know what
// is done.
#pragma once

#include <tbb/task_group.h>

#include <utility>

#include "base/parallel.hpp"

namespace volley {

class Background {
public:
  Background() = default;
  ~Background() {
    try {
      wait();
    } catch (...) {  // whoever needed the work would have waited for it
    }
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Starts `work`; with one thread it is done by wait(). wait() for the one before comes first.
  template <class Work>
  void run(Work work) {
#if defined(__SANITIZE_THREAD__)
    __tsan_release(&before_);
    group_.run([this, work = std::move(work)] {
      __tsan_acquire(&before_);
      work();
      __tsan_release(&after_);
    });
#else
    group_.run(std::move(work));
#endif
  }
  /// Returns when it is done; what it threw comes out of here. Helps with other work meanwhile.
  void wait() {
    group_.wait();
#if defined(__SANITIZE_THREAD__)
    __tsan_acquire(&after_);
#endif
  }

private:
  tbb::task_group group_;
#if defined(__SANITIZE_THREAD__)
  char before_ = 0, after_ = 0;
#endif
};

}  // namespace volley
