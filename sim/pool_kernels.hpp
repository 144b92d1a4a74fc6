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

/// Max pooling back: adds each target's gradient to the first of its members that fired, or where
/// none did to its first member.
/// @param members the table seen from the targets  @param fresh the source's row is written, not
/// added to
void pool_gradient(const ConvTable& table, const ConvTable& members, std::size_t channels,
                   std::span<const std::uint32_t> spikes, const float* gradient, bool fresh,
                   float* source);
void pool_gradient(const ConvTable& table, const ConvTable& members, std::size_t channels,
                   std::span<const std::uint32_t> spikes, const double* gradient, bool fresh,
                   double* source);

}  // namespace volley
