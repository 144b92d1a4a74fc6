// A forked child with limits, and the pipe from it.
#include "base/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.hpp"

namespace volley {

namespace {

void limit(int resource, std::size_t value) {
  const rlimit both{value, value};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

// Sanitizers map terabytes of addresses, so the address space cannot be limited under them.
std::size_t address_limit([[maybe_unused]] std::size_t more) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VOLLEY_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(VOLLEY_SANITIZED)
  return 0;
#else
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const long page = ::sysconf(_SC_PAGESIZE);
  return page <= 0 || pages == 0 ? 0 : pages * static_cast<std::size_t>(page) + more;
#endif
}

[[noreturn]] void live_in_child(int pipe, int seconds, std::size_t addresses,
                                const std::function<void(const ChildProcess::Send&)>& work) {
  // A damaged heap may be reported by abort(): silently, and never through the parent's handlers.
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGPIPE})
    ::signal(number, SIG_DFL);
  const int nowhere = ::open("/dev/null", O_RDWR);
  if (nowhere >= 0) {
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
  }
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, static_cast<std::size_t>(seconds));
  if (addresses != 0) limit(RLIMIT_AS, addresses);
  try {
    work([pipe](const void* bytes, std::size_t size) {
      const char* next = static_cast<const char*>(bytes);
      while (size > 0) {
        const ssize_t written = ::write(pipe, next, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) ::_exit(1);
        next += written;
        size -= static_cast<std::size_t>(written);
      }
    });
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

ChildProcess::ChildProcess(const ChildLimits& limits,
                           const std::function<void(const Send&)>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw Error(std::string("no pipe: ") + std::strerror(errno), "reading a file",
                "close other programs or files");
  const std::size_t addresses = address_limit(limits.memory);
  child_ = ::fork();
  if (child_ == 0) {
    ::close(ends[0]);
    live_in_child(ends[1], limits.seconds, addresses, work);
  }
  const int reason = errno;
  ::close(ends[1]);
  pipe_ = ends[0];
  if (child_ > 0) return;
  ::close(pipe_);
  throw Error(std::string("no process: ") + std::strerror(reason), "reading a file",
              "close other programs");
}

ChildProcess::~ChildProcess() {
  ::close(pipe_);
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildProcess::receive(void* bytes, std::size_t size) {
  char* next = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t count = ::read(pipe_, next, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    next += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace volley
