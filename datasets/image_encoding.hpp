// Still images as spikes in time. Owns the codes; must not know files or networks.
#pragma once

#include <cstdint>
#include <span>

#include "datasets/recording.hpp"
#include "datasets/spike_train.hpp"

namespace volley {

/// How an image of 8-bit pixels becomes `steps` steps of input, one input per pixel.
enum class ImageEncoding {
  automatic,  ///< latency for images; event recordings know no other code than their events
  latency,    ///< time to first spike: pixel p > 0 fires once, at step (255 - p) * steps / 256
  rate,       ///< pixel p fires at every step with probability p / 255, independently
  direct,     ///< graded: every step holds the value p / 255 of every pixel p > 0
  saccades,   ///< events of a camera before which the image moves, binned as recordings are
};

/// All but saccades. @param seed  of the rate code's numbers: equal seeds, equal spikes
/// @throws Error for no steps, or more than max_steps of binning.hpp
SpikeTrain encode_image(std::span<const std::uint8_t> pixels, ImageEncoding encoding, int steps,
                        std::uint64_t seed);

/// The image before an event camera (dvs_model.hpp) that makes three saccades of 100 ms along a
/// triangle, as N-MNIST was recorded: changes of intensity become ON and OFF events. Intensity is
/// between pixels linear, black beyond the border; log intensity is ln(0.1 + p / 255).
/// @param sensor of the image (1 polarity); the recording has 2
/// @param seed of the pixels' thresholds and noise
Recording saccade_events(std::span<const std::uint8_t> pixels, const SensorSize& sensor,
                         std::uint64_t seed);

inline constexpr std::int64_t saccade_duration_us = 300'000;  ///< all events are earlier

}  // namespace volley
