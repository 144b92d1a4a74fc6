// Ranks that a launcher such as mpirun started. Owns the start and the end of MPI or, in a build
// without it, the words for that; must not know what the ranks do.
#pragma once

#include <memory>

#include "sim/ranks.hpp"

namespace volley {

/// What the launcher says in the environment, before MPI is started: rank 0 of 1 where there is none.
struct Launch {
  int rank = 0, size = 1;
};
Launch launch();

/// Whether this build has MPI.
bool has_mpi();

/// All ranks of the launch, from here to the end of the program. A process by itself does not start
/// MPI. Calls of the ranks throw Error where a rank on the same machine has died.
class LaunchedRanks {
public:
  LaunchedRanks();
  /// Waits for the other ranks to come here too.
  ~LaunchedRanks();
  LaunchedRanks(const LaunchedRanks&) = delete;
  LaunchedRanks& operator=(const LaunchedRanks&) = delete;

  const Ranks& ranks() const;

  /// @throws Error where there are several ranks and this build has no MPI, or where their machines
  /// differ in instruction set, by which numbers would differ too
  void check() const;

  /// Whether this is the first of the ranks that live, as far as is known: the one to speak.
  bool speaks() const;
  /// Whether a rank is known to have died.
  bool broken() const;
  /// Of a rank that cannot go on, after its message: waits a few seconds for the others to fail
  /// alike, as they do on bad input. False where they still work or have died.
  bool all_fail();
  /// Ends every rank at once, with this exit code.
  [[noreturn]] void end_all(int exit_code);

private:
  class Mpi;
  std::unique_ptr<Mpi> mpi_;  ///< null: none was started
};

}  // namespace volley
