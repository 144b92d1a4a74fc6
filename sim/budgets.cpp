#include "sim/budgets.hpp"

#include <algorithm>

#include "sim/channel_sums.hpp"

namespace volley {

template <class Real>
Budgets<Real>::Budgets(const Plan& plan, const TrainingOptions& options)
    : rate_target_(options.rate_target),
      rate_weight_(options.rate_weight),
      operations_target_(options.synops_weight > 0 ? options.synops_target : 0.0),
      operations_weight_(options.synops_weight) {
  if (operations_target_ > 0) fan_outs_ = fan_outs(plan);
}

template <class Real>
double Budgets<Real>::apply_rates(ClockedEngine<Real>& engine, double share) const {
  double penalty = 0;
  const BatchRows& rows = engine.rows();
  for (const PlanPopulation& population : engine.plan().populations) {
    if (population.spec.kind != NeuronKind::lif || population.id == engine.plan().readout) continue;
    const std::size_t channels = population.channels;
    const SpikeRows& spikes = engine.state(population.id).spikes;
    const auto sums = channel_sums<1>(
        rows, population.neurons, channels,
        [&](std::size_t row, FoldedSums<1>& by_neuron) {
          for (const std::uint32_t neuron : spikes.row(row)) by_neuron.at(0, neuron) += 1;
        });
    const double count =
        static_cast<double>(rows.rows()) * static_cast<double>(population.neurons / channels);
    const double weight = rate_weight_ / static_cast<double>(channels);
    std::vector<double> slopes(channels, 0.0);
    for (std::size_t c = 0; c < channels; ++c) {
      const double over = std::max(0.0, sums[0][c] / count - rate_target_);
      penalty += weight * over * over;
      slopes[c] = share * 2 * weight * over / count;
    }
    if (std::all_of(slopes.begin(), slopes.end(), [](double slope) { return slope == 0; }))
      continue;
    std::vector<Real> by_neuron;
    spread_channels(slopes, population.neurons, by_neuron);
    engine.add_spike_gradient(population.id, std::move(by_neuron));
  }
  return penalty;
}

template <class Real>
double Budgets<Real>::count_operations(const ClockedEngine<Real>& engine) const {
  const BatchRows& rows = engine.rows();
  double operations = 0;  // whole numbers: any order gives the same sum
  for (const FanOut& fan_out : fan_outs_) {
    const SpikeRows& spikes = engine.state(fan_out.population).spikes;
    for (std::size_t sample = 0; sample < rows.samples(); ++sample)
      for (std::size_t t = 0; t + fan_out.delay < rows.steps(sample); ++t)
        for (const std::uint32_t neuron : spikes.row(rows.first[sample] + t))
          operations += fan_out.by_neuron[neuron];
  }
  return operations / static_cast<double>(rows.samples());
}

template <class Real>
Spending Budgets<Real>::apply(ClockedEngine<Real>& engine, double share) const {
  Spending spending;
  if (rate_weight_ > 0) spending.penalty += apply_rates(engine, share);
  if (operations_target_ <= 0) return spending;
  spending.synaptic_operations = count_operations(engine);
  const double over = std::max(0.0, spending.synaptic_operations / operations_target_ - 1);
  spending.penalty += operations_weight_ * over * over;
  if (over == 0) return spending;
  const double slope = share * 2 * operations_weight_ * over / operations_target_ /
                       static_cast<double>(engine.rows().samples());
  for (const FanOut& fan_out : fan_outs_) {
    if (engine.plan().populations[fan_out.population].spec.kind != NeuronKind::lif) continue;
    std::vector<Real> by_neuron(fan_out.by_neuron.size());
    for (std::size_t neuron = 0; neuron < by_neuron.size(); ++neuron)
      by_neuron[neuron] = static_cast<Real>(slope * fan_out.by_neuron[neuron]);
    engine.add_spike_gradient(fan_out.population, std::move(by_neuron), fan_out.delay);
  }
  return spending;
}

template class Budgets<float>;
template class Budgets<double>;

}  // namespace volley
