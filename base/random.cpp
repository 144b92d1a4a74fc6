#include "base/random.hpp"

namespace volley {

namespace {
std::uint64_t mix(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
}  // namespace

std::uint64_t stream_seed(std::uint64_t seed, StreamPurpose purpose,
                          std::initializer_list<std::uint64_t> path) {
  std::uint64_t state = mix(mix(seed) ^ static_cast<std::uint64_t>(purpose));
  for (const std::uint64_t counter : path) state = mix(state ^ mix(counter));
  return state;
}

RandomEngine random_stream(std::uint64_t seed, StreamPurpose purpose,
                           std::initializer_list<std::uint64_t> path) {
  return RandomEngine(stream_seed(seed, purpose, path));
}

}  // namespace volley
