// Work done in a child process that may die without harm, sending bytes to its parent. Owns the
// fork, the pipe and the limits; must not know the work.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>

namespace volley {

/// What a child may use before the system ends it.
struct ChildLimits {
  int seconds = 20;                            ///< processor time
  std::size_t memory = std::size_t{1} << 30;   ///< bytes beyond what the parent has mapped
};

/// Runs `work` in a forked child. The child inherits everything, prints nothing and leaves no core.
class ChildProcess {
public:
  /// Sends bytes to the parent; ends the child where the parent is gone.
  using Send = std::function<void(const void* bytes, std::size_t size)>;

  /// @throws Error where the system has no process or pipe left
  ChildProcess(const ChildLimits& limits, const std::function<void(const Send&)>& work);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Reads exactly so many bytes; false where the child ended before.
  bool receive(void* bytes, std::size_t size);

private:
  pid_t child_ = -1;
  int pipe_ = -1;
};

}  // namespace volley
