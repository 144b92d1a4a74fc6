// A build without MPI: one process, and a word to those who start several.
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/error.hpp"
#include "sim/launched_ranks.hpp"

namespace volley {

class LaunchedRanks::Mpi {};

bool has_mpi() { return false; }

LaunchedRanks::LaunchedRanks() = default;
LaunchedRanks::~LaunchedRanks() = default;
const Ranks& LaunchedRanks::ranks() const { return one_rank(); }

void LaunchedRanks::check() const {
  if (launch().size > 1)
    throw Error("this volley was built without MPI and runs as one process", "mpirun",
                "install libopenmpi-dev and build it anew, or start it without mpirun");
}

bool LaunchedRanks::speaks() const { return launch().rank == 0; }

bool LaunchedRanks::broken() const { return false; }

bool LaunchedRanks::all_fail() {
  // The launcher ends all as soon as one fails: the one that speaks must not be too late.
  if (!speaks()) std::this_thread::sleep_for(std::chrono::seconds(2));
  return true;
}

void LaunchedRanks::end_all(int exit_code) { std::_Exit(exit_code); }

}  // namespace volley
