// How spikes and weights are quantised while training: specifications only, the arithmetic is in
// sim. Source of the method: Ye et al., arXiv 2409.09245v1, for spikes as derived in the header of
// sim/denoise.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace volley {

/// What stands for the derivative of the spike, and what travels to the next layer in training.
/// Surrogates: y = s and a smooth slope ds/dv of d = v - threshold with sharpness k; every one but
/// fast_sigmoid and multi_gaussian has area 1 under it.
enum class Estimator {
  denoise,           ///< y = a s + b, the denoising affine transform with its full gradient
  straight_through,  ///< y = s, 1/w inside the window (clipped straight-through, rectangle)
  atan,              ///< (k/2) / (1 + (pi/2 k d)^2); Fang et al., ICCV 2021
  fast_sigmoid,      ///< 1 / (1 + k |d|)^2; Zenke and Ganguli, SuperSpike, 2018
  sigmoid,           ///< k sigma(k d) (1 - sigma(k d))
  triangle,          ///< max(0, k - k^2 |d|); Esser et al., PNAS 2016
  gaussian,          ///< the normal density of deviation 1/k
  multi_gaussian,    ///< Yin, Corradi and Bohte, 2021: 1.15 N(0, 1/k) - 0.15 N(+-1/k, 6/k)
  /// Derivative of a soft rounding of the window onto [0, 1], 1/2 + tanh(k d/w) / (2 tanh(k/2)):
  /// k (1 - tanh^2(k d/w)) / (2 w tanh(k/2)) inside the window, 0 outside. After the soft quantiser
  /// of Tian et al., QGait, arXiv 2405.13859, whose formula was not at hand: the tanh steps are
  /// those of Gong et al., ICCV 2019. Of QGait's two stages (first straight-through, then soft)
  /// there is only the second; of its distillation nothing.
  soft_round,
  /// While training s ~ Bernoulli(F(d)), F(d) = sigma(k d), that is a threshold with logistic
  /// noise; ds/dv = F'(d). Spikes of inference, and of the moments recalibrated for it, are
  /// 1[d >= 0]. The straight-through estimator of stochastic binary networks: Shekhovtsov and
  /// Yanush, arXiv 2006.06880; Shekhovtsov, Yanush and Flach, NeurIPS 2020, arXiv 2006.03143,
  /// derive it from their PSA by one linearisation. PSA itself, the exact finite differences of
  /// flipping one unit through the next layer, is not done: a spike here acts on later steps too.
  stochastic,
  /// After Zhao, PEGE, arXiv 2509.00097: each spike of each step is, with probability
  /// p = log10(1 + 9 u), u the part of training done, the quantised 1[d >= 0], otherwise one of
  /// probability x = clip(d/w + 1/2, 0, 1), so that the unquantised x travels in the mean; ds/dv =
  /// 1/w inside the window for both. `discretisation` weighs the loss mean (x - 1[d >= 0])^2. In
  /// the paper x itself travels; here only spikes do. Its formulas were not at hand: base and ends
  /// of the logarithmic schedule are chosen here.
  progressive,
  /// k sigma(k d) (1 - sigma(k d)) with one k = exp(trained parameter) per population: y = s is
  /// sigma(k d) plus a perturbation held constant, so the loss has a gradient by k.
  /// `discretisation` weighs the loss mean (sigma(k d) - s)^2, which sharpens the quantiser where
  /// it can. A small form of Liu et al., QuantNet, arXiv 2009.04626: there a sub-network stands for
  /// the quantiser of weights and its output travels in training; here one temperature is learned
  /// and the spike travels.
  learned,
  custom,            ///< a slope of one's own by its name, see sim/user_estimator.hpp
};

struct EstimatorFacts {
  Estimator estimator;
  const char* name;          ///< in recipes
  double default_sharpness;  ///< k where the recipe gives none; 0 where there is no k
};

/// Every estimator, in the order of the enumeration.
inline constexpr std::array<EstimatorFacts, 13> estimator_facts{{
    {Estimator::denoise, "denoise", 0},
    {Estimator::straight_through, "straight_through", 0},
    {Estimator::atan, "atan", 2},
    {Estimator::fast_sigmoid, "fast_sigmoid", 25},
    {Estimator::sigmoid, "sigmoid", 4},
    {Estimator::triangle, "triangle", 1},
    {Estimator::gaussian, "gaussian", 2},
    {Estimator::multi_gaussian, "multi_gaussian", 2},
    {Estimator::soft_round, "soft_round", 4},
    {Estimator::stochastic, "stochastic", 4},
    {Estimator::progressive, "progressive", 0},
    {Estimator::learned, "learned", 4},
    {Estimator::custom, "custom", 0},
}};

/// Other names of some, read in recipes and written back as the name above.
inline constexpr std::array<std::pair<const char*, Estimator>, 3> estimator_aliases{{
    {"superspike", Estimator::fast_sigmoid},
    {"rectangle", Estimator::straight_through},
    {"piecewise_linear", Estimator::triangle},
}};

inline constexpr const EstimatorFacts& facts(Estimator estimator) {
  return estimator_facts[static_cast<std::size_t>(estimator)];
}

/// Whether spikes are drawn at random while training.
inline constexpr bool draws_spikes(Estimator estimator) {
  return estimator == Estimator::stochastic || estimator == Estimator::progressive;
}

/// Whether the estimator has an unquantised spike, whose distance to the spike can be a loss.
inline constexpr bool has_discretisation(Estimator estimator) {
  return estimator == Estimator::progressive || estimator == Estimator::learned;
}

/// Which part of the affine transform travels: a s + b; a (s - mean s), which carries no gradient
/// of the membrane's mean; or a s alone. With zero padding only `scale` stays a constant per
/// channel when folded.
enum class AffineForm { full, centre, scale };

/// What the spike is regressed on: the membrane, or the membrane standardised over its channel (the
/// self-normalising form, for networks whose currents are not normalised).
enum class RegressionTarget { membrane, standardised };

/// Whether gradients flow through slope and intercept, or take them as constants.
enum class AffineGradient { full, constant };

/// What the window is measured in: thresholds, or the batch's standard deviation of the membrane
/// over its channel (a constant in the backward).
enum class WindowMode { thresholds, deviation };

/// Groups over which the slope is shared. `mixed`: one slope for the population, an intercept per
/// channel; use it where the next projection has 1-bit weights.
enum class SlopeGroup { channel, mixed, tensor };

/// Quantisation of the membrane potential in time. `levels` is part of the neuron: it emits
/// s = clamp(floor(v / threshold), 0, levels) spikes in one step; the rest is for training alone.
struct SpikeQuantizer {
  Estimator estimator = Estimator::denoise;
  AffineForm form = AffineForm::full;
  SlopeGroup slope = SlopeGroup::channel;
  double lambda = 1e-3;         ///< ridge; keep <= 0.1 r (1 - r) for firing rate r
  double window = 2.0;          ///< width w of the window around the threshold, see window_mode
  double sharpness = 0;         ///< k of a surrogate; 0 = its default
  double discretisation = 0;    ///< weight of the discretisation error; progressive and learned
  bool clip = true;             ///< regress on the membrane clipped to the window
  bool attached_reset = true;   ///< differentiate through the reset
  RegressionTarget target = RegressionTarget::membrane;
  AffineGradient gradient = AffineGradient::full;
  WindowMode window_mode = WindowMode::thresholds;
  int levels = 1;               ///< most spikes in one step, 2^b - 1 for activations of b bits
  std::string custom = {};      ///< name of a registered estimator, for Estimator::custom

  /// Whether the estimator is a window around the threshold, or around all thresholds of `levels`.
  bool has_window() const {
    return estimator == Estimator::denoise || estimator == Estimator::straight_through;
  }
  /// One level, and nothing measured on the batch but the regression on the membrane.
  bool plain() const {
    return levels == 1 && window_mode == WindowMode::thresholds &&
           target == RegressionTarget::membrane;
  }
  /// k as it is used; `learned` starts from it, `custom` asks its registration where this is 0.
  double surrogate_sharpness() const {
    return sharpness > 0 ? sharpness : facts(estimator).default_sharpness;
  }
  friend bool operator==(const SpikeQuantizer&, const SpikeQuantizer&) = default;
};

inline constexpr int most_levels = 255;  ///< spikes of a neuron in one step

/// The values q that f gives a weight. What is made of them: sim/weight_quantizer.hpp.
enum class WeightLevels {
  uniform,   ///< bits = 32: q = w; 1: two values, split at the mean; 2 to 8: a grid
  ternary,   ///< {-1, 0, 1}, 0 up to 0.7 mean |w| (Li et al., ternary weight networks, 2016)
  sign,      ///< {-1, 0, 1}, 0 where sparsity or pattern says so
  unipolar,  ///< {0, 1}, 1 on the largest of every group of the pattern: less than 1 bit
};

/// Grids of 2 to 8 bits. Symmetric: 2^bits - 1 levels around 0. Asymmetric: 2^bits levels from a
/// zero point on (Jacob et al., CVPR 2018).
enum class WeightGrid { symmetric, asymmetric };

/// What a grid covers. Outside it weights are clipped and have no gradient through q.
enum class WeightRange {
  minmax,     ///< smallest to largest weight
  deviation,  ///< mean +- deviations * standard deviation
  absmax,     ///< +- the largest magnitude
};

/// Which weights share a slope, an intercept, and the scale of their levels.
enum class WeightGroup {
  channel,      ///< an output neuron or channel: a column
  tensor,       ///< the whole matrix
  sub_channel,  ///< group_size consecutive inputs of an output; the last group may be shorter
  mixed,        ///< slope and scale of the whole matrix, an intercept per output
};

/// The gradient of w_hat = a q + b by w.
enum class WeightEstimator {
  denoise,           ///< through q, a and b
  constant,          ///< through q alone, a and b held constant
  straight_through,  ///< 1, inside the range of a grid
};

/// Quantisation of a projection's weights. What has no meaning for the levels keeps its default.
struct WeightQuantizer {
  int bits = 32;         ///< of uniform levels: 32 (float) or 1 to 8
  double lambda = 1e-3;  ///< ridge of the regression, in units of q; of var w where q = w
  WeightLevels levels = WeightLevels::uniform;
  WeightGrid grid = WeightGrid::symmetric;
  WeightRange range = WeightRange::deviation;
  double deviations = 0;  ///< half the range in standard deviations; 0 = (bits + 1) / 2
  WeightGroup group = WeightGroup::channel;
  int group_size = 0;       ///< of sub_channel
  double sparsity = 0;      ///< share of every output's weights, the smallest, that is zeroed
  double sparsity_ramp = 0; ///< share of the training in which sparsity rises from 0
  int kept = 0, of = 0;     ///< pattern N:M: kept N of every M inputs; 0: none
  bool interleaved = true;  ///< the M are far apart, inputs / M; false: adjacent
  bool intercept = true;    ///< w_hat = a q + b, else a q
  WeightEstimator estimator = WeightEstimator::denoise;

  /// Whether w_hat is anything but w.
  bool quantised() const {
    return bits != 32 || levels != WeightLevels::uniform || sparsity > 0 || of > 0;
  }
  bool on_grid() const { return levels == WeightLevels::uniform && bits > 1 && bits < 32; }
  /// Half the range in standard deviations as it is used: close to the uniform quantiser of least
  /// error for normal weights (Max, 1960).
  double used_deviations() const { return deviations > 0 ? deviations : (bits + 1) / 2.0; }
  /// The sparsity after this share of the training, rising as a cubic (Zhu and Gupta, 2017).
  double sparsity_at(double progress) const {
    if (progress >= sparsity_ramp) return sparsity;
    const double left = 1 - progress / sparsity_ramp;
    return sparsity * (1 - left * left * left);
  }
  friend bool operator==(const WeightQuantizer&, const WeightQuantizer&) = default;
};

}  // namespace volley
