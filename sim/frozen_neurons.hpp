// Extended neurons at inference: their state, its step, and for how long a neuron left alone
// certainly stays silent. Shared by both engines; must not know projections or columns' wake-ups.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/neuron_kernels.hpp"

namespace volley {

class FrozenNeurons {
public:
  static constexpr std::int64_t never = INT64_MAX;

  /// @param channel_beta per channel, @param bias per neuron
  FrozenNeurons(const Population& spec, std::vector<float> channel_beta, std::vector<float> bias);

  /// Back to rest.
  void reset();
  /// One step of the columns (all channels of a map position) [first, last); `current` is I of
  /// their neurons, without bias.
  void step(std::size_t first, std::size_t last, const float* current);
  /// The same of one column without current; false where not a bit of its state changed, so that
  /// further such steps change nothing either.
  bool step_silently(std::size_t column);

  std::span<const float> membrane() const { return v_; }
  /// a of each neuron, of which the threshold is `adaptation` times higher; empty without it.
  std::span<const float> adaptation() const { return adaptation_; }
  /// Appends the ascending neurons of the columns [first, last) that fired in their last step, each
  /// once for every spike.
  void append_fired(std::size_t first, std::size_t last, std::vector<std::uint32_t>& spikes) const;

  /// Steps without current from which a spike of the neuron is excluded: those of its refractory
  /// period, or of the longest horizon K of a few over which a bound of v stays under the resting
  /// threshold (the adapted one is never lower). With M the larger of i[1] and i[K], which bounds
  /// the monotone trace i[k] = alpha^k i + bias (1 - alpha^k) / (1 - alpha) in between,
  ///   v[k] <= beta^k v + M (1 - beta^k) / (1 - beta),  monotone in k: the larger of its ends.
  /// One part in ten thousand of all terms' sizes covers what rounding adds in K <= 254 steps, or
  /// in any number where neither decay is slower than 0.99. `never`: not without current.
  std::int64_t silent_steps(std::size_t neuron) const;

private:
  struct Horizon {
    std::int64_t steps = 0;
    double decay = 0, sum = 0;  ///< x^K and 1 + x + ... + x^(K-1)
  };
  static std::vector<Horizon> horizons(double decay);
  NeuronDynamics<float> dynamics() const;

  Population spec_;
  std::size_t channels_;
  std::vector<float> beta_, bias_, input_, zero_;
  std::vector<float> v_, synapse_, adaptation_;
  std::vector<NeuronStatus> status_;
  std::vector<std::int32_t> refractory_;
  std::vector<float> before_;                     ///< of one column: v, i, a
  std::vector<std::vector<Horizon>> membrane_;    ///< by channel, longest first
  std::vector<Horizon> current_;                  ///< of the synaptic current, same horizons
};

}  // namespace volley
