// Reproducible random streams. Owns how a seed and a path of counters become a generator, so that
// no generator state has to be saved or shared between threads. Must not read a clock.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <cstdint>
#include <initializer_list>

namespace volley {

/// Boost's generator and distributions give the same numbers on every platform and library, which
/// the distributions of the standard library do not promise.
using RandomEngine = boost::random::mt19937_64;

/// What a stream is for; the first counter of its path, so that purposes never share numbers.
enum class StreamPurpose : std::uint64_t {
  weights = 1, order, augment, synthetic, bench, encode, spikes, dropout, synapses, cells
};

/// Mixes a seed and a path of counters (for example {epoch, sample}) into a stream's seed with the
/// finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Equal arguments, equal streams.
std::uint64_t stream_seed(std::uint64_t seed, StreamPurpose purpose,
                          std::initializer_list<std::uint64_t> path);

/// A generator on that stream.
RandomEngine random_stream(std::uint64_t seed, StreamPurpose purpose,
                           std::initializer_list<std::uint64_t> path);

}  // namespace volley
