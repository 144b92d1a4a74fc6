// How spikes and weights are quantised while training: specifications only, the arithmetic is in
// sim. Source of the method: Ye et al., arXiv 2409.09245v1, for spikes as derived in the header of
// sim/denoise.hpp.
#pragma once

namespace volley {

/// What stands for the derivative of the spike, and what travels to the next layer in training.
enum class Estimator {
  denoise,           ///< y = a s + b, the denoising affine transform with its full gradient
  straight_through,  ///< y = s, windowed constant slope (clipped straight-through estimator)
  atan,              ///< y = s, slope 1 / (1 + (pi (v - threshold))^2)
};

/// Which part of the affine transform travels: a s + b, or a s alone. With zero padding only
/// `scale` stays a constant per channel when folded.
enum class AffineForm { full, scale };

/// Groups over which the slope is shared. `mixed`: one slope for the population, an intercept per
/// channel; use it where the next projection has 1-bit weights.
enum class SlopeGroup { channel, mixed, tensor };

/// 1-bit quantisation of the membrane potential in time.
struct SpikeQuantizer {
  Estimator estimator = Estimator::denoise;
  AffineForm form = AffineForm::full;
  SlopeGroup slope = SlopeGroup::channel;
  double lambda = 1e-3;         ///< ridge of the regression; keep <= 0.1 r (1 - r) for firing rate r
  double window = 2.0;          ///< width w of the window around the threshold, in thresholds
  bool clip = true;             ///< regress on the membrane clipped to the window
  bool attached_reset = true;   ///< differentiate through the reset

  friend bool operator==(const SpikeQuantizer&, const SpikeQuantizer&) = default;
};

/// Quantisation of a projection's weights, per output neuron or channel.
struct WeightQuantizer {
  int bits = 32;         ///< 32: float; 1: two values per output, by the denoising affine transform
  double lambda = 1e-3;  ///< ridge of the regression for 1 bit

  friend bool operator==(const WeightQuantizer&, const WeightQuantizer&) = default;
};

}  // namespace volley
