// Pooling of one step's spikes and of gradients back. One text, compiled per instruction set by
// Highway where it is worth it. Must not know networks or threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/conv_table.hpp"

namespace volley {

/// Pools spikes, ascending indices position * channels + channel: appends the targets' indices to
/// `out`, ascending, each `once` or else as often as spikes reach it.
/// @param targets positions of the target times channels
void pool_spikes(const ConvTable& table, std::size_t channels, std::size_t targets,
                 std::span<const std::uint32_t> spikes, bool once,
                 std::vector<std::uint32_t>& out);

/// The tap of each target through which its first spike came, 0 without one: [targets].
void first_taps(const ConvTable& table, std::size_t channels, std::size_t targets,
                std::span<const std::uint32_t> spikes, std::vector<std::uint32_t>& taps);

/// source[position][channel] += gradient[target][channel] for each reach whose tap is taps[target]
/// [channel].
void pool_gradient(const ConvTable& table, std::size_t channels, const std::uint32_t* taps,
                   const float* gradient, float* source);
void pool_gradient(const ConvTable& table, std::size_t channels, const std::uint32_t* taps,
                   const double* gradient, double* source);

}  // namespace volley
