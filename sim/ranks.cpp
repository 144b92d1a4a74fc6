// The calls that are made of others.
#include "sim/ranks.hpp"

#include <cstring>

namespace volley {

namespace {

/// Every rank's numbers, in the order of ranks.
std::vector<std::uint64_t> all_numbers(const Ranks& ranks, std::span<const std::uint64_t> own) {
  std::vector<std::uint64_t> all(own.size() * static_cast<std::size_t>(ranks.size()));
  std::vector<std::size_t> ends;
  for (int rank = 0; rank < ranks.size(); ++rank)
    ends.push_back((static_cast<std::size_t>(rank) + 1) * own.size());
  std::memcpy(all.data() + static_cast<std::size_t>(ranks.rank()) * own.size(), own.data(),
              own.size_bytes());
  complete<std::uint64_t>(ranks, all, std::move(ends));
  return all;
}

}  // namespace

bool Ranks::any(bool here) const {
  const std::uint64_t own = here ? 1 : 0;
  for (const std::uint64_t each : all_numbers(*this, {&own, 1}))
    if (each != 0) return true;
  return false;
}

std::uint64_t Ranks::of_first(std::uint64_t value) const {
  return all_numbers(*this, {&value, 1}).front();
}

void Ranks::add_up(std::span<std::uint64_t> values) const {
  const std::vector<std::uint64_t> all = all_numbers(*this, values);
  for (std::size_t k = 0; k < values.size(); ++k) {
    values[k] = 0;
    for (std::size_t at = k; at < all.size(); at += values.size()) values[k] += all[at];
  }
}

const Ranks& one_rank() {
  static const Ranks alone(0, 1);
  return alone;
}

}  // namespace volley
