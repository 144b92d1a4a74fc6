#include "sim/parameters.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "sim/weight_norm.hpp"

namespace volley {

template <class Real>
std::vector<ParameterView<Real>> parameter_views(const Plan& plan, Parameters<Real>& parameters) {
  std::vector<ParameterView<Real>> views;
  for (const PlanProjection& projection : plan.projections) {
    if (!projection.spec.trainable()) continue;
    views.push_back({projection.name + "/weight", {projection.rows, projection.columns},
                     &parameters.weight[projection.id], true});
    if (projection.spec.bias)
      views.push_back({projection.name + "/bias", {projection.columns},
                       &parameters.bias[projection.id], false});
    if (projection.spec.weight_norm)
      views.push_back({projection.name + "/norm_gain", {projection.columns},
                       &parameters.norm_gain[projection.id], false});
    if (projection.delayed())
      views.push_back({projection.name + "/delay",
                       delay_shape(projection.spec.delays, projection.rows, projection.columns),
                       &parameters.delay[projection.id], false, projection.spec.delays.rate});
  }
  for (const PlanPopulation& population : plan.populations) {
    if (!parameters.log_sharpness[population.id].empty())
      views.push_back({population.spec.name + "/log_sharpness", {1},
                       &parameters.log_sharpness[population.id], false});
    if (parameters.gamma[population.id].empty()) continue;
    views.push_back({population.spec.name + "/gamma", {population.channels},
                     &parameters.gamma[population.id], false});
    views.push_back({population.spec.name + "/shift", {population.channels},
                     &parameters.shift[population.id], false});
  }
  for (const PlanPopulation& population : plan.populations)
    if (auto& logits = parameters.beta_logit[population.id]; !logits.empty())
      views.push_back({population.spec.name + "/beta_logit", {logits.size()}, &logits, false});
  return views;
}

double learned_beta(double logit) { return 1 / (1 + std::exp(-logit)); }

namespace {
bool normalised(const PlanPopulation& population) {
  return population.spec.normalise && (population.spec.kind == NeuronKind::lif ||
                                       population.spec.kind == NeuronKind::leaky_integrator);
}

template <class Real>
void draw_delays(const PlanProjection& projection, std::uint64_t seed, std::vector<Real>& delays) {
  if (delays.empty()) return;
  RandomEngine engine = random_stream(seed, StreamPurpose::weights, {projection.id, 1});
  const int least = projection.spec.delay_steps, longest = projection.spec.delays.longest;
  if (projection.spec.delays.learn && longest > least) {
    boost::random::uniform_real_distribution<double> real(least, longest);
    for (Real& delay : delays) delay = static_cast<Real>(static_cast<float>(real(engine)));
  } else {
    boost::random::uniform_int_distribution<int> whole(least, longest);
    for (Real& delay : delays) delay = static_cast<Real>(whole(engine));
  }
}
}  // namespace

template <class Real>
Parameters<Real> zero_parameters(const Plan& plan) {
  Parameters<Real> parameters;
  parameters.weight.resize(plan.projections.size());
  parameters.bias.resize(plan.projections.size());
  parameters.norm_gain.resize(plan.projections.size());
  parameters.delay.resize(plan.projections.size());
  parameters.gamma.resize(plan.populations.size());
  parameters.shift.resize(plan.populations.size());
  parameters.beta_logit.resize(plan.populations.size());
  parameters.log_sharpness.resize(plan.populations.size());
  for (const PlanProjection& projection : plan.projections) {
    if (!projection.spec.trainable()) continue;
    parameters.weight[projection.id].assign(projection.rows * projection.columns, Real(0));
    if (projection.spec.bias) parameters.bias[projection.id].assign(projection.columns, Real(0));
    if (projection.spec.weight_norm)
      parameters.norm_gain[projection.id].assign(projection.columns, Real(0));
    std::size_t delays = projection.delayed() ? 1 : 0;
    for (const std::size_t side :
         delay_shape(projection.spec.delays, projection.rows, projection.columns))
      delays *= side;
    parameters.delay[projection.id].assign(delays, Real(0));
  }
  for (const PlanPopulation& population : plan.populations) {
    if (population.spec.learn_tau != LearnTau::no)
      parameters.beta_logit[population.id].assign(
          population.spec.learn_tau == LearnTau::channel ? population.channels : 1, Real(0));
    if (learns_sharpness(population.spec)) parameters.log_sharpness[population.id] = {Real(0)};
    if (!normalised(population)) continue;
    parameters.gamma[population.id].assign(population.channels, Real(0));
    parameters.shift[population.id].assign(population.channels, Real(0));
  }
  return parameters;
}

template <class Real>
Parameters<Real> initial_parameters(const Plan& plan, std::uint64_t seed) {
  Parameters<Real> parameters = zero_parameters<Real>(plan);
  for (const PlanProjection& projection : plan.projections) {
    if (!projection.spec.trainable()) continue;
    draw_delays(projection, seed, parameters.delay[projection.id]);
    RandomEngine engine = random_stream(seed, StreamPurpose::weights, {projection.id});
    const double bound =
        std::abs(projection.spec.gain) / std::sqrt(static_cast<double>(projection.rows));
    boost::random::uniform_real_distribution<double> uniform(-std::max(bound, 1e-30),
                                                             std::max(bound, 1e-30));
    // Through float, so that both precisions start from the same numbers.
    for (Real& weight : parameters.weight[projection.id])
      weight = static_cast<Real>(static_cast<float>(bound > 0 ? uniform(engine) : 0.0));
    if (projection.spec.weight_norm)
      parameters.norm_gain[projection.id] =
          column_norms(parameters.weight[projection.id], projection.columns);
    if (normalised(plan.populations[projection.target])) continue;
    for (Real& bias : parameters.bias[projection.id])
      bias = static_cast<Real>(static_cast<float>(bound > 0 ? uniform(engine) : 0.0));
  }
  for (const PlanPopulation& population : plan.populations) {
    for (Real& gamma : parameters.gamma[population.id]) gamma = Real(1);
    for (Real& shift : parameters.shift[population.id])
      shift = static_cast<Real>(population.spec.shift);
    const double beta = population.spec.beta;
    for (Real& logit : parameters.beta_logit[population.id])
      logit = static_cast<Real>(static_cast<float>(std::log(beta / (1 - beta))));
    for (Real& sharpness : parameters.log_sharpness[population.id])
      sharpness = static_cast<Real>(
          static_cast<float>(std::log(population.spec.quantizer.surrogate_sharpness())));
  }
  return parameters;
}

template std::vector<ParameterView<float>> parameter_views(const Plan&, Parameters<float>&);
template std::vector<ParameterView<double>> parameter_views(const Plan&, Parameters<double>&);
template Parameters<float> zero_parameters<float>(const Plan&);
template Parameters<double> zero_parameters<double>(const Plan&);
template Parameters<float> initial_parameters<float>(const Plan&, std::uint64_t);
template Parameters<double> initial_parameters<double>(const Plan&, std::uint64_t);

NetworkMoments initial_moments(const Plan& plan) {
  NetworkMoments moments(plan.populations.size());
  for (const PlanPopulation& population : plan.populations) {
    PopulationMoments& own = moments[population.id];
    if (normalised(population)) {
      const auto steps = static_cast<std::size_t>(population.spec.normalise_steps);
      own.current_mean.assign(steps * population.channels, 0.0);
      own.current_variance.assign(steps * population.channels, 1.0);
    }
    if (population.spec.kind == NeuronKind::lif &&
        population.spec.quantizer.estimator == Estimator::denoise) {
      own.membrane_mean.assign(population.channels, 0.5);
      own.spike_mean.assign(population.channels, 0.25);
      own.covariance.assign(population.channels, 0.1875);
      own.spike_variance.assign(population.channels, 0.1875);
      if (population.spec.quantizer.target == RegressionTarget::standardised)
        own.membrane_variance.assign(population.channels, 0.1875);
    }
  }
  return moments;
}

namespace {
/// The moments of a population under their names in checkpoints.
std::vector<std::pair<const char*, std::vector<double>*>> named(PopulationMoments& moments) {
  return {{"current_mean", &moments.current_mean},
          {"current_variance", &moments.current_variance},
          {"membrane_mean", &moments.membrane_mean},
          {"spike_mean", &moments.spike_mean},
          {"covariance", &moments.covariance},
          {"spike_variance", &moments.spike_variance},
          {"membrane_variance", &moments.membrane_variance}};
}
}  // namespace

void blend_moments(NetworkMoments& running, const NetworkMoments& batch, double weight) {
  for (std::size_t population = 0; population < running.size(); ++population) {
    PopulationMoments copy = batch[population];
    const auto to = named(running[population]), from = named(copy);
    for (std::size_t moment = 0; moment < to.size(); ++moment)
      for (std::size_t channel = 0; channel < to[moment].second->size(); ++channel) {
        double& value = (*to[moment].second)[channel];
        value = (1 - weight) * value + weight * (*from[moment].second)[channel];
      }
  }
}

FloatTensors to_tensors(const Plan& plan, const Parameters<float>& parameters,
                        const std::string& prefix) {
  FloatTensors tensors;
  Parameters<float> copy = parameters;
  for (auto& view : parameter_views(plan, copy))
    tensors[prefix + view.name] = {view.shape, std::move(*view.values)};
  return tensors;
}

void from_tensors(const Plan& plan, const FloatTensors& tensors, Parameters<float>& parameters,
                  const std::string& prefix) {
  for (auto& view : parameter_views(plan, parameters)) {
    const auto found = tensors.find(prefix + view.name);
    if (found == tensors.end()) throw Error("the tensor is missing", prefix + view.name);
    if (found->second.shape != view.shape || found->second.values.size() != view.values->size())
      throw Error("the tensor has another shape than the network", prefix + view.name);
    *view.values = found->second.values;
  }
}

DoubleTensors to_tensors(const Plan& plan, const NetworkMoments& moments) {
  DoubleTensors tensors;
  for (const PlanPopulation& population : plan.populations) {
    PopulationMoments copy = moments[population.id];
    for (const auto& [name, values] : named(copy))
      if (!values->empty())
        tensors[population.spec.name + "/" + name] = {{values->size()}, *values};
  }
  return tensors;
}

NetworkMoments moments_from_tensors(const Plan& plan, const DoubleTensors& tensors) {
  NetworkMoments moments = initial_moments(plan);
  for (const PlanPopulation& population : plan.populations) {
    for (const auto& [name, values] : named(moments[population.id])) {
      if (values->empty()) continue;
      const std::string full = population.spec.name + "/" + name;
      const auto found = tensors.find(full);
      if (found == tensors.end()) throw Error("the statistic is missing", full);
      if (found->second.values.size() != values->size())
        throw Error("the statistic has another shape than the network", full);
      *values = found->second.values;
    }
  }
  return moments;
}

}  // namespace volley
