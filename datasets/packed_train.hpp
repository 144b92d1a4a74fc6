// Spike trains packed bit by bit, for the cache. Owns the layout; must not know files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "datasets/spike_train.hpp"

namespace volley {

/// Layout, little-endian: u32 steps, u32 inputs, u64 spikes stored, u8 flags (1 constant, 2 with
/// values), u8 bits of a count, u8 bits of an index, u8 0; then the number of spikes of every stored
/// step and all indices as fields of those bits, the lowest bit first, filled up to whole bytes;
/// then the values, 4 bytes each.
std::string pack_train(const SpikeTrain& train);

/// The train that was packed; nothing for bytes that no train packs to.
std::optional<SpikeTrain> unpack_train(std::string_view bytes);

}  // namespace volley
