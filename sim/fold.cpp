#include "sim/fold.hpp"

#include <algorithm>

#include "models/rate_view.hpp"
#include "sim/delay_kernel.hpp"
#include "sim/denoise.hpp"
#include "sim/projection_kernels.hpp"
#include "sim/relay.hpp"
#include "sim/temporal_norm.hpp"
#include "sim/weight_norm.hpp"
#include "sim/weight_quantizer.hpp"

namespace volley {

namespace {

std::vector<SourceAffine<double>> source_affines(const Plan& plan, const NetworkMoments& moments) {
  std::vector<SourceAffine<double>> affines(plan.populations.size());
  for (const std::size_t id : plan.order) {
    const PlanPopulation& population = plan.populations[id];
    if (population.spec.kind == NeuronKind::relay) {
      affines[id] = relay_affine<double>(
          plan, population, [&](std::size_t source) -> const auto& { return affines[source]; });
    } else if (population.spec.kind == NeuronKind::lif &&
               population.spec.quantizer.estimator == Estimator::denoise) {
      const SpikeAffine denoise = spike_affine(population.spec.quantizer, moments[id]);
      affines[id] = {denoise.slope, denoise.intercept};
    }
  }
  return affines;
}

std::vector<double> quantised_weights(const PlanProjection& projection,
                                      const Parameters<float>& parameters,
                                      const ProjectionSparsity& sparsity) {
  if (!projection.spec.trainable())
    return std::vector<double>(projection.rows * projection.columns, projection.spec.gain);
  const std::vector<float>& weights = parameters.weight[projection.id];
  std::vector<double> latent(weights.begin(), weights.end()), quantised;
  WeightStatistics statistics;
  if (projection.spec.weight_norm) {
    const std::vector<float>& gain = parameters.norm_gain[projection.id];
    std::vector<double> norm, normed;
    normalise_columns<double>(latent, {gain.begin(), gain.end()}, normed, norm);
    latent = std::move(normed);
  }
  quantise_weights(quantizer_in_force(projection, sparsity), latent, projection.columns, quantised,
                   statistics);
  return quantised;
}

/// Normalisation as I <- scale (I - mean) + shift per channel; scale 1 and no more without it.
struct ChannelNorm {
  std::vector<double> scale, mean, shift;

  /// Of a step from `part` on, see Population::normalise_steps.
  ChannelNorm(const PlanPopulation& population, const Parameters<float>& parameters,
              const NetworkMoments& moments, std::size_t part)
      : scale(population.channels, 1.0), mean(population.channels), shift(population.channels) {
    const auto& gamma = parameters.gamma[population.id];
    for (std::size_t c = 0; c < gamma.size(); ++c) {
      const std::size_t at = part * population.channels + c;
      scale[c] = static_cast<double>(gamma[c]) *
                 inverse_deviation(moments[population.id].current_variance[at]);
      mean[c] = moments[population.id].current_mean[at];
      shift[c] = static_cast<double>(parameters.shift[population.id][c]);
    }
  }
  double operator()(std::size_t c, double current) const {
    return scale[c] * (current - mean[c]) + shift[c];
  }
};

/// The first steps against the last part, for a constant current without any spike.
FrozenNetwork::EarlySteps early_steps(const PlanPopulation& population,
                                      const Parameters<float>& parameters,
                                      const NetworkMoments& moments,
                                      const std::vector<double>& constant) {
  FrozenNetwork::EarlySteps early;
  if (parameters.gamma[population.id].empty()) return early;
  const auto last = static_cast<std::size_t>(population.spec.normalise_steps) - 1;
  const std::vector<double>& variance = moments[population.id].current_variance;
  const ChannelNorm usual(population, parameters, moments, last);
  for (std::size_t part = 0; part < last; ++part) {
    const ChannelNorm own(population, parameters, moments, part);
    for (std::size_t c = 0; c < population.channels; ++c)
      early.ratio.push_back(static_cast<float>(
          inverse_deviation(variance[part * population.channels + c]) /
          inverse_deviation(variance[last * population.channels + c])));
    for (std::size_t n = 0; n < population.neurons; ++n) {
      const std::size_t c = n % population.channels;
      early.shift.push_back(static_cast<float>(own(c, constant[n]) - usual(c, constant[n])));
    }
  }
  return early;
}

/// The delays in whole steps of every synapse, [rows][columns].
std::vector<std::uint16_t> whole_delays(const PlanProjection& projection,
                                        const std::vector<float>& delays) {
  std::vector<std::uint16_t> whole(projection.rows * projection.columns);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const DelayKind kind = projection.spec.delays.kind;
    const std::size_t k = kind == DelayKind::synapse  ? at
                          : kind == DelayKind::source ? at / projection.columns
                                                      : 0;
    whole[at] = static_cast<std::uint16_t>(
        rounded_delay(projection.spec, static_cast<double>(delays[k])));
  }
  return whole;
}

}  // namespace

FrozenNetwork fold(const Network& network, double dt_ms, const Parameters<float>& parameters,
                   const NetworkMoments& moments, const ProjectionSparsity& sparsity) {
  const Plan plan = compile(network);
  const std::vector<SourceAffine<double>> affines = source_affines(plan, moments);
  FrozenNetwork frozen;
  frozen.network = network;
  frozen.dt_ms = dt_ms;
  frozen.weights.resize(plan.projections.size());
  frozen.bias.resize(plan.populations.size());
  frozen.beta.resize(plan.populations.size());
  frozen.delays.resize(plan.projections.size());
  frozen.early.resize(plan.populations.size());
  for (const PlanProjection& projection : plan.projections)
    if (projection.delayed())
      frozen.delays[projection.id] = whole_delays(projection, parameters.delay[projection.id]);
  for (const PlanPopulation& population : plan.populations) {
    if (population.spec.kind == NeuronKind::input || population.spec.kind == NeuronKind::relay)
      continue;
    const ChannelNorm norm(population, parameters, moments,
                           static_cast<std::size_t>(population.spec.normalise_steps) - 1);
    std::vector<double> bias(population.neurons, 0.0), constant, scaled;
    for (const std::size_t id : population.feed_forward) {
      const PlanProjection& projection = plan.projections[id];
      const auto quantised = quantised_weights(projection, parameters, sparsity);
      const SourceAffine<double>& affine = affines[projection.source];
      scale_weights<double>(projection, quantised, affine, scaled);
      frozen.weights[id].resize(scaled.size());
      for (std::size_t at = 0; at < scaled.size(); ++at)
        frozen.weights[id][at] = static_cast<float>(
            scaled[at] * norm.scale[at % projection.columns % population.channels]);
      intercept_current<double>(projection, quantised, affine, constant);
      const auto& own = parameters.bias[id];
      for (std::size_t n = 0; n < population.neurons; ++n)
        bias[n] += constant[n] + (own.empty() ? 0.0 : static_cast<double>(own[n % own.size()]));
    }
    frozen.early[population.id] = early_steps(population, parameters, moments, bias);
    for (std::size_t n = 0; n < population.neurons; ++n)
      bias[n] = norm(n % population.channels, bias[n]);
    for (const std::size_t id : population.recurrent) {
      const auto quantised = quantised_weights(plan.projections[id], parameters, sparsity);
      frozen.weights[id].assign(quantised.begin(), quantised.end());
      const auto& own = parameters.bias[id];
      for (std::size_t n = 0; !own.empty() && n < bias.size(); ++n)
        bias[n] += static_cast<double>(own[n % own.size()]);
    }
    frozen.bias[population.id].assign(bias.begin(), bias.end());
    const auto& logits = parameters.beta_logit[population.id];
    for (std::size_t c = 0; c < population.channels && !logits.empty(); ++c)
      frozen.beta[population.id].push_back(static_cast<float>(
          learned_beta(static_cast<double>(logits[c % logits.size()]))));
  }
  return frozen;
}

FrozenNetwork fold(const Checkpoint& checkpoint) {
  const Plan plan = compile(checkpoint.recipe.network);
  Parameters<float> parameters = zero_parameters<float>(plan);
  from_tensors(plan, checkpoint.parameters, parameters);
  FrozenNetwork frozen = fold(checkpoint.recipe.network, checkpoint.recipe.dataset.dt_ms,
                              parameters, moments_from_tensors(plan, checkpoint.statistics),
                              sparsity_from_tensors(plan, checkpoint.statistics));
  frozen.dataset = checkpoint.recipe.dataset.name;
  frozen.steps = trained_dataset(checkpoint.recipe).steps;
  frozen.encoding = checkpoint.recipe.dataset.encoding;
  frozen.readout = checkpoint.recipe.training.readout;
  return frozen;
}

}  // namespace volley
