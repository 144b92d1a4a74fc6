// What every test of gradients is made of: the check itself, as a test over cases, and the
// populations and projections that cases are built from.
#pragma once

#include <gtest/gtest.h>

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "models/recipe.hpp"
#include "sample_networks.hpp"

namespace volley {

// Short names for the tables of variants.
inline constexpr auto denoise = Estimator::denoise, straight = Estimator::straight_through;
inline constexpr auto membrane = RegressionTarget::membrane;
inline constexpr auto standardised = RegressionTarget::standardised;
inline constexpr auto through = AffineGradient::full, constant = AffineGradient::constant;
inline constexpr auto thresholds = WindowMode::thresholds, deviation = WindowMode::deviation;

struct GradientCase {
  std::string name;
  Network network;
  TrainingOptions training = {};
};
void PrintTo(const GradientCase& each, std::ostream* out);

/// The forward pass against its plain-loop twin, then the gradient of every tensor against central
/// finite differences, the quantisation noise held fixed; 1e-6 of its size.
/// @param graded whether the input's spikes have values
void check_gradients(const Network& network, const TrainingOptions& training = {},
                     bool graded = false);

/// equal_finite_differences over the cases that a file instantiates it with.
class Gradients : public testing::TestWithParam<GradientCase> {};

inline std::string case_name(const testing::TestParamInfo<GradientCase>& each) {
  return each.param.name;
}

inline constexpr std::pair<Reset, const char*> every_reset[] = {
    {Reset::subtract, "subtract"}, {Reset::zero, "zero"}, {Reset::none, "none"}};
inline constexpr std::pair<SlopeGroup, const char*> every_group[] = {
    {SlopeGroup::channel, "channel"}, {SlopeGroup::mixed, "mixed"}, {SlopeGroup::tensor, "tensor"}};
inline constexpr std::pair<AffineForm, const char*> every_form[] = {
    {AffineForm::full, "full"}, {AffineForm::centre, "centre"}, {AffineForm::scale, "scale"}};

/// A neuron with the estimator, its discretisation error weighed where it has one.
Population lif(Reset reset, bool normalise, Estimator estimator);

Projection weights(double gain, int bits = 32, bool bias = false);

Projection delayed(int least, DelayKind kind = DelayKind::fixed, int longest = 0,
                   bool learn = false, int bits = 32);

/// A recurrent population with two delays, and a readout that leaks.
Network recurrent(const Population& spec, double gain = 1);

/// A convolution and a dense layer, without normalisation where the target is standardised.
Network two_layers(const Population& spec, double gain);

}  // namespace volley
