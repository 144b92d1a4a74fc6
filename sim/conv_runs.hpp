// A convolution's reaches joined into runs: the targets of a spike that lie side by side take
// weights that lie side by side, once the taps are put in the right order. Must not know networks'
// dynamics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/conv_table.hpp"

namespace volley {

/// Targets target .. target + length - 1 take the taps at places place .. place + length - 1.
struct ConvRun {
  std::uint32_t target, place, length;
};

struct ConvRuns {
  std::vector<std::uint32_t> place;    ///< of each tap; taps of a row descend, by remainder of the
                                       ///< stride
  std::vector<std::uint32_t> offsets;  ///< by source position, plus one
  std::vector<ConvRun> runs;           ///< ascending target within a source position

  std::span<const ConvRun> from(std::size_t position) const {
    return {runs.data() + offsets[position], runs.data() + offsets[position + 1]};
  }
};

ConvRuns make_conv_runs(const Projection& projection, const ConvTable& table);

/// Weights [channel][place][columns] from [channel][tap][columns], those of a channel times
/// slopes[channel modulo their number].
template <class Real>
void place_taps(const ConvRuns& runs, std::span<const Real> weights, std::size_t columns,
                std::span<const Real> slopes, std::vector<Real>& placed);

/// One row of spikes forward: adds placed weights to the map [target positions][columns].
void scatter_runs(const ConvRuns& runs, std::size_t channels, std::size_t columns,
                  std::span<const std::uint32_t> spikes, const float* placed, float* map);
void scatter_runs(const ConvRuns& runs, std::size_t channels, std::size_t columns,
                  std::span<const std::uint32_t> spikes, const double* placed, double* map);

/// Its transpose for the weights' gradient: adds the map to [channel][place][columns].
void gather_runs(const ConvRuns& runs, std::size_t channels, std::size_t columns,
                 std::span<const std::uint32_t> spikes, const float* map, float* placed);
void gather_runs(const ConvRuns& runs, std::size_t channels, std::size_t columns,
                 std::span<const std::uint32_t> spikes, const double* map, double* placed);

}  // namespace volley
