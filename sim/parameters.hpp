// The numbers that training changes, and the running moments beside them. Owns their initial values
// and their names; the same type holds gradients and optimiser moments.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/checkpoint.hpp"
#include "sim/plan.hpp"

namespace volley {

/// Latent (float) weights [rows][columns], biases and gains of weight normalisation [columns], and
/// delays in steps (delay_shape) by projection id, gain and shift of the normalised current per
/// channel by population id. Empty where there are none.
template <class Real>
struct Parameters {
  std::vector<std::vector<Real>> weight, bias, gamma, shift, norm_gain, delay;
  /// w of a learned beta = sigmoid(w), by population id: one, or one per channel.
  std::vector<std::vector<Real>> beta_logit;
  /// Logarithm of the sharpness of a `learned` estimator, by population id: one number.
  std::vector<std::vector<Real>> log_sharpness;
};

/// One array of a Parameters with its name in checkpoints; only weights decay.
template <class Real>
struct ParameterView {
  std::string name;
  std::vector<std::size_t> shape;
  std::vector<Real>* values;
  bool decays;
  double rate = 1;  ///< factor on the learning rate
};

/// 1 / (1 + exp(-w)), in double for either precision.
double learned_beta(double logit);

/// All arrays, in a fixed order. Equal for parameters, gradients and moments of one plan.
template <class Real>
std::vector<ParameterView<Real>> parameter_views(const Plan& plan, Parameters<Real>& parameters);

/// Weights uniform in +-gain / sqrt(fan-in), biases the same or 0 where the current is normalised,
/// gamma 1, shift, sharpness and a learned beta as the population says, the gain of a normalised
/// column its norm, so that it begins as it is. Delays uniform in their range, whole numbers where
/// they are not learned. Same seed, same numbers, in float and double alike.
template <class Real>
Parameters<Real> initial_parameters(const Plan& plan, std::uint64_t seed);

/// The same arrays, all zero.
template <class Real>
Parameters<Real> zero_parameters(const Plan& plan);

/// Moments per channel of one population, by name in checkpoint.hpp: of its current where it is
/// normalised ([normalise_steps][channels]), of membrane and spike where it is denoised.
struct PopulationMoments {
  std::vector<double> current_mean, current_variance;
  std::vector<double> membrane_mean, spike_mean, covariance, spike_variance;
  std::vector<double> membrane_variance;  ///< only for RegressionTarget::standardised
};
using NetworkMoments = std::vector<PopulationMoments>;  ///< by population id

/// Starting values: mean 0, variance 1; rate 1/4.
NetworkMoments initial_moments(const Plan& plan);

/// running = (1 - weight) * running + weight * batch, for every moment.
void blend_moments(NetworkMoments& running, const NetworkMoments& batch, double weight);

FloatTensors to_tensors(const Plan& plan, const Parameters<float>& parameters,
                        const std::string& prefix = "");
/// @throws Error naming the tensor where one is missing or of another shape.
void from_tensors(const Plan& plan, const FloatTensors& tensors, Parameters<float>& parameters,
                  const std::string& prefix = "");
DoubleTensors to_tensors(const Plan& plan, const NetworkMoments& moments);
NetworkMoments moments_from_tensors(const Plan& plan, const DoubleTensors& tensors);

}  // namespace volley
