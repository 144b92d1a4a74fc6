// Still images as spikes in time. Owns the codes; must not know files or networks.
#pragma once

#include <cstdint>
#include <span>

#include "datasets/spike_train.hpp"

namespace volley {

/// How an image of 8-bit pixels becomes `steps` steps of input, one input per pixel.
enum class ImageEncoding {
  automatic,  ///< latency for images; event recordings know no other code than their events
  latency,    ///< time to first spike: pixel p > 0 fires once, at step (255 - p) * steps / 256
  rate,       ///< pixel p fires at every step with probability p / 255, independently
  direct,     ///< graded: every step holds the value p / 255 of every pixel p > 0
};

/// @param seed  of the rate code's numbers: equal seeds, equal spikes
/// @throws Error for no steps, or more than max_steps of binning.hpp
SpikeTrain encode_image(std::span<const std::uint8_t> pixels, ImageEncoding encoding, int steps,
                        std::uint64_t seed);

}  // namespace volley
