// Spawns, reads and, when its time is over, kills.
#include "app/peer_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "app/interrupt.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

constexpr int tick_ms = 100;

/// The shell in a group of its own, standard output into `output`; 0 or an error number.
int spawn_shell(const std::string& command, int output, pid_t& process) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  std::string shell = "sh", option = "-c", words = command;
  std::array<char*, 4> arguments = {shell.data(), option.data(), words.data(), nullptr};
  const int error =
      ::posix_spawn(&process, "/bin/sh", &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return error;
}

}  // namespace

PeerOutput run_peer(const std::string& command, double timeout,
                    const std::function<void(const std::string&)>& each_line) {
  auto start = std::chrono::steady_clock::now();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(std::string("cannot open a pipe: ") + std::strerror(errno), command);
  pid_t process = -1;
  const int error = spawn_shell(command, ends[1], process);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    throw Error(std::string("cannot start a shell: ") + std::strerror(error), command);
  }
  PeerOutput result;
  int status = 0;
  bool open = true, ended = false;
  std::size_t line_begin = 0;
  std::array<char, 4096> block{};
  while (!ended) {
    if (open) {
      pollfd waiting{ends[0], POLLIN, 0};
      if (::poll(&waiting, 1, tick_ms) > 0) {
        const ssize_t got = ::read(ends[0], block.data(), block.size());
        if (got > 0) result.out.append(block.data(), static_cast<std::size_t>(got));
        open = got > 0 || (got < 0 && errno == EINTR);
        while (each_line) {
          const std::size_t line_end = result.out.find('\n', line_begin);
          if (line_end == std::string::npos) break;
          each_line(result.out.substr(line_begin, line_end - line_begin));
          line_begin = line_end + 1;
          start = std::chrono::steady_clock::now();
        }
      }
    } else {
      // It has closed its output, as programs do when they end; it may still work.
      ::poll(nullptr, 0, 1);
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    result.timed_out = passed.count() > timeout;
    if (result.timed_out || interrupted()) ::kill(-process, SIGKILL);
    if (!open || result.timed_out || interrupted())
      ended = ::waitpid(process, &status, open ? 0 : WNOHANG) == process;
  }
  ::close(ends[0]);
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace volley
