// The rate view of time: a network trained in one step with activations of several levels, made an
// integrate-and-fire network of binary spikes. Owns the conversion and how well the two agree; must
// not know files.
//
// In one step a neuron of L levels gives n = clamp(floor(v / threshold), 0, L) of
//   v = sum_k W_k n_k + b.
// Its twin integrates without leak over T steps, fires at most once in each and subtracts the
// threshold for every spike; its m spikes stand for m / T = n / L. In each step it gets
//   I = (sum_k L_k W_k s_k + b) / L + c,   c = threshold (1 / (2 T) - 1 / (2 L))
// where s_k is 0 or 1 and L_k are the levels of source k; of the input, which brings the same at
// every step, L_k s_k is its value. Under a constant current from rest m = clamp(floor(T I /
// threshold), 0, T): each step adds at most one threshold where I <= threshold, so that no spike is
// ever owed. For T = L c is 0 and m = n: the first layer is exact but for the rounding of floats.
// For other T the floor takes 1 / (2 T) off the rate in the mean, in the one step 1 / (2 L) off
// n / L; c is the difference. Later layers are not exact: inhibition that comes after excitation
// takes no spike back.
//
// Sources: rates for activations Cao, Chen and Khosla, IJCV 2015; reset by subtraction Rueckauer et
// al., Frontiers in Neuroscience 2017; training with the quantised activation, and that error of
// later layers, Bu et al., ICLR 2022 (QCFS). They shift the floor by half a level and start
// membranes at half the threshold; c does the same for networks that start at rest.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "sim/evaluate.hpp"

namespace volley {

/// The integrate-and-fire network over `steps` steps: lif populations of beta 1, one level and
/// reset by subtraction. A leaky_integrator readout becomes an integrator whose last value is the
/// estimate of the one step's score; a lif readout's score is its rate, which stands for the one
/// step's score divided by its levels. Relays that sum, average, flatten or stack, and skips, stay.
/// @param steps at least 1; how long it is run, and T above
/// @throws Error where steps are below 1, and as check_rate_view()
FrozenNetwork to_integrate_and_fire(const FrozenNetwork& one_step, int steps);

/// The integrate-and-fire network over some steps, held against the one-step network.
struct RateAgreement {
  int steps = 0;
  Evaluation evaluation;  ///< of the integrate-and-fire network
  std::size_t recordings = 0;
  std::size_t agreeing = 0;         ///< recordings of which both predict the same class
  double spikes_per_recording = 0;  ///< of lif populations

  double agreement() const {
    return recordings == 0 ? 0.0 : static_cast<double>(agreeing) / static_cast<double>(recordings);
  }
};

/// @param recordings constant input, of any number of steps
/// @param one_step_predicted classes that the one-step network predicts, by recording
/// @param progress as evaluate(), over these recordings
/// @throws Error as to_integrate_and_fire(), and where a recording's input is not constant
RateAgreement rate_agreement(const FrozenNetwork& one_step, int steps, EngineKind engine,
                             std::span<const SpikeTrain> recordings, std::span<const int> labels,
                             std::span<const int> one_step_predicted,
                             const std::function<bool(std::size_t done)>& progress = {});

/// Spikes of lif populations per recording of so many steps, from an evaluation's firing rates.
double spikes_per_recording(const FrozenPlan& plan, const Evaluation& evaluation, int steps);

}  // namespace volley
