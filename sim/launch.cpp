// The environment variables of Open MPI, and of launchers that speak PMI (MPICH, Slurm).
#include <cstdlib>
#include <string>

#include "sim/launched_ranks.hpp"

namespace volley {

namespace {

/// A whole number up to a million, or -1.
int number_in(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return -1;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  return *end == '\0' && value >= 0 && value <= 1'000'000 ? static_cast<int>(value) : -1;
}

}  // namespace

Launch launch() {
  for (const std::string launcher : {"OMPI_COMM_WORLD_", "PMI_"}) {
    const int rank = number_in((launcher + "RANK").c_str());
    const int size = number_in((launcher + "SIZE").c_str());
    if (rank >= 0 && rank < size) return {rank, size};
  }
  return {};
}

}  // namespace volley
