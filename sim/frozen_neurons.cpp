#include "sim/frozen_neurons.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

FrozenNeurons::FrozenNeurons(const Population& spec, std::vector<float> channel_beta,
                             std::vector<float> bias)
    : spec_(spec),
      channels_(channel_beta.size()),
      beta_(std::move(channel_beta)),
      bias_(std::move(bias)),
      input_(channels_),
      zero_(channels_),
      v_(bias_.size()),
      synapse_(spec.synapse_beta != 0 ? bias_.size() : 0),
      adaptation_(spec.adaptation != 0 ? bias_.size() : 0),
      status_(bias_.size()),
      refractory_(spec.refractory_steps != 0 ? bias_.size() : 0),
      before_(3 * channels_) {
  for (const float beta : beta_) membrane_.push_back(horizons(static_cast<double>(beta)));
  current_ = horizons(static_cast<double>(static_cast<float>(spec.synapse_beta)));
}

std::vector<FrozenNeurons::Horizon> FrozenNeurons::horizons(double decay) {
  std::vector<Horizon> found;
  // For ever is sound only where old rounding errors fade; NaN marks that it is not.
  const double leak = 1 - decay;
  found.push_back({never, 0, leak >= 0.01 ? 1 / leak : NAN});
  for (const std::int64_t steps : {254, 127, 63, 31, 15, 7, 3, 1}) {
    const double power = std::pow(decay, static_cast<double>(steps));
    found.push_back({steps, power, leak > 0 ? (1 - power) / leak : static_cast<double>(steps)});
  }
  return found;
}

void FrozenNeurons::reset() {
  std::fill(v_.begin(), v_.end(), 0.0f);
  std::fill(synapse_.begin(), synapse_.end(), 0.0f);
  std::fill(adaptation_.begin(), adaptation_.end(), 0.0f);
  std::fill(status_.begin(), status_.end(), NeuronStatus{0});
  std::fill(refractory_.begin(), refractory_.end(), 0);
}

NeuronDynamics<float> FrozenNeurons::dynamics() const {
  return neuron_dynamics(spec_, beta_.data());
}

void FrozenNeurons::step(std::size_t first, std::size_t last, const float* current) {
  const NeuronDynamics<float> dynamics = this->dynamics();
  const auto own = [](auto& values, std::size_t at) {
    return values.empty() ? nullptr : values.data() + at;
  };
  for (std::size_t column = first; column < last; ++column, current += channels_) {
    const std::size_t at = column * channels_;
    for (std::size_t c = 0; c < channels_; ++c) input_[c] = current[c] + bias_[at + c];
    float* v = v_.data() + at;
    NeuronStatus* status = status_.data() + at;
    neuron_row(dynamics,
               {input_.data(), v, status, v, status, own(synapse_, at), own(adaptation_, at),
                own(refractory_, at), nullptr},
               channels_);
  }
}

bool FrozenNeurons::step_silently(std::size_t column) {
  const std::size_t at = column * channels_;
  const auto from = static_cast<std::ptrdiff_t>(at);
  const auto count = static_cast<std::ptrdiff_t>(channels_);
  bool settled = true;  // no spike is still to be reset, no refractory period to end
  for (std::size_t n = at; n < at + channels_; ++n)
    settled = settled && status_[n] == 0;
  std::vector<float>* const states[] = {&v_, &synapse_, &adaptation_};
  for (std::ptrdiff_t k = 0; k < 3; ++k)
    if (!states[k]->empty())
      std::copy_n(states[k]->begin() + from, count, before_.begin() + k * count);
  step(column, column + 1, zero_.data());
  for (std::ptrdiff_t k = 0; k < 3; ++k)
    if (!states[k]->empty())
      settled = settled && std::equal(states[k]->begin() + from, states[k]->begin() + from + count,
                                      before_.begin() + k * count);
  return !settled;
}

void FrozenNeurons::append_fired(std::size_t first, std::size_t last,
                                 std::vector<std::uint32_t>& spikes) const {
  const std::size_t at = first * channels_;
  append_spikes(status_.data() + at, (last - first) * channels_, static_cast<std::uint32_t>(at),
                spikes);
}

std::int64_t FrozenNeurons::silent_steps(std::size_t neuron) const {
  const bool fired = status_[neuron] > 0;
  std::int64_t blocked = 0;
  if (!refractory_.empty())
    blocked = fired ? spec_.refractory_steps : std::max(refractory_[neuron] - 1, 0);
  double kept = static_cast<double>(v_[neuron]);
  const double threshold = static_cast<double>(static_cast<float>(spec_.threshold));
  if (fired && spec_.reset == Reset::subtract) kept -= status_[neuron] * threshold;
  if (fired && spec_.reset == Reset::zero) kept = 0;
  const double bias = static_cast<double>(bias_[neuron]);
  const std::size_t channel = neuron % channels_;
  const double beta = static_cast<double>(beta_[channel]);
  double first = bias, synapse = 0;  // i[1] and i[0]
  if (!synapse_.empty()) {
    synapse = static_cast<double>(synapse_[neuron]);
    first += static_cast<double>(static_cast<float>(spec_.synapse_beta)) * synapse;
  }
  for (std::size_t k = 0; k < current_.size(); ++k) {
    const Horizon& membrane = membrane_[channel][k];
    const Horizon& current = current_[k];
    const double last =
        synapse_.empty() ? bias : current.decay * synapse + current.sum * bias;
    const double highest = std::max(first, last);
    // std::max passes over a NaN on one side, so the sums are tested with all their terms.
    const double near = beta * kept + highest;
    const double far = membrane.decay * kept + membrane.sum * highest;
    const double sizes = std::abs(kept) + membrane.sum * (std::abs(first) + std::abs(last) +
                                                          std::abs(synapse) + std::abs(bias));
    const double limit = threshold - 1e-4 * sizes;
    if (near < limit && far < limit && last < INFINITY && last > -INFINITY)
      return std::max(membrane.steps, blocked);
  }
  return blocked;
}

}  // namespace volley
