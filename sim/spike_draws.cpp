#include "sim/spike_draws.hpp"

#include <algorithm>
#include <cmath>

namespace volley {

double replaced_share(double progress) {
  return std::log10(1 + 9 * std::clamp(progress, 0.0, 1.0));
}

double spike_probability(const SpikeQuantizer& quantizer, double window, double share, double d) {
  if (quantizer.estimator == Estimator::stochastic)
    return 1 / (1 + std::exp(-quantizer.surrogate_sharpness() * d));
  const double unquantised = std::clamp(d / window + 0.5, 0.0, 1.0);
  return share * (d >= 0 ? 1.0 : 0.0) + (1 - share) * unquantised;
}

template <class Real>
SpikeDraws<Real>::SpikeDraws(const PlanPopulation& population, const TrainingMoment& moment,
                             std::size_t sample)
    : population_(population),
      window_(population.spec.quantizer.window * population.spec.threshold),
      share_(replaced_share(moment.progress)),
      engine_(random_stream(moment.seed, StreamPurpose::spikes,
                            {moment.step, population.id, sample})) {}

template <class Real>
const Real* SpikeDraws<Real>::reset(const Real* previous) {
  kept_.assign(previous, previous + population_.neurons);
  const Real threshold = static_cast<Real>(population_.spec.threshold);
  if (population_.spec.reset != Reset::none)
    for (const std::uint32_t neuron : fired_)
      kept_[neuron] =
          population_.spec.reset == Reset::subtract ? kept_[neuron] - threshold : Real(0);
  return kept_.data();
}

template <class Real>
bool SpikeDraws<Real>::fires(Real v) {
  const double uniform = static_cast<double>(engine_() >> 11) * 0x1p-53;  // [0, 1)
  const double distance = static_cast<double>(v) - population_.spec.threshold;
  return uniform < spike_probability(population_.spec.quantizer, window_, share_, distance);
}

template <class Real>
std::size_t SpikeDraws<Real>::draw(const Real* v, std::uint32_t* spikes) {
  std::size_t count = 0;
  for (std::size_t neuron = 0; neuron < population_.neurons; ++neuron)
    if (fires(v[neuron])) spikes[count++] = static_cast<std::uint32_t>(neuron);
  fired_.assign(spikes, spikes + count);
  return count;
}

template <class Real>
void SpikeDraws<Real>::draw(const Real* relative, NeuronStatus* status) {
  for (std::size_t neuron = 0; neuron < population_.neurons; ++neuron) {
    const bool fired = fires(relative[neuron]);
    if (status[neuron] != refractory_status) status[neuron] = fired ? 1 : 0;
  }
}

template class SpikeDraws<float>;
template class SpikeDraws<double>;

}  // namespace volley
