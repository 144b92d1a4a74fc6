// Another program, run by the shell with a time limit. Owns its process; must not know what it
// measures.
#pragma once

#include <functional>
#include <string>

namespace volley {

/// What a command that ended by itself left.
struct PeerOutput {
  int exit_code = 0;       ///< 128 + signal where one ended it
  bool timed_out = false;  ///< it was killed, with all that it had started
  std::string out;         ///< its standard output
};

/// Runs `command` by /bin/sh without an input, in a process group of its own; its stderr is ours.
/// A Ctrl-C noted by catch_interrupts() kills it too.
/// @param timeout   seconds until it is killed; with each_line since its last line
/// @param each_line takes every line of its standard output when it comes, without its end
/// @throws Error where no process can be started
PeerOutput run_peer(const std::string& command, double timeout,
                    const std::function<void(const std::string&)>& each_line = {});

}  // namespace volley
