// The tensors that belong to a network.
#include "models/checkpoint_layout.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace volley {

namespace {

bool normalised(const Population& population) {
  return population.normalise && (population.kind == NeuronKind::lif ||
                                  population.kind == NeuronKind::leaky_integrator);
}

std::string describe(const std::vector<std::size_t>& shape) {
  std::string text = "[";
  for (const std::size_t side : shape)
    text += (text.size() == 1 ? "" : ", ") + std::to_string(side);
  return text + "]";
}

template <class Tensors>
void check_group(const Tensors& tensors, const TensorShapes& shapes, const std::string& group,
                 const std::string& where) {
  for (const auto& [name, shape] : shapes) {
    const std::string path = group + "/" + name;
    const auto found = tensors.find(name);
    if (found == tensors.end())
      throw Error(path + " is missing", where, "the recipe's network needs it: save it again");
    if (found->second.shape != shape)
      throw Error(path + " has the shape " + describe(found->second.shape) + ", the recipe needs " +
                      describe(shape),
                  where, "save the model again from its recipe");
    std::size_t size = 1;
    for (const std::size_t side : shape) size *= side;
    if (found->second.values.size() != size)
      throw Error(path + " has the wrong number of values", where);
    if (!std::all_of(found->second.values.begin(), found->second.values.end(),
                     [](auto value) { return std::isfinite(value); }))
      throw Error(path + " holds a value that is not finite", where,
                  "training may have diverged: lower the learning rate");
  }
  for (const auto& [name, tensor] : tensors)
    if (shapes.find(name) == shapes.end())
      throw Error(group + "/" + name + " does not belong to the recipe's network", where,
                  "save the model again from its recipe");
}

}  // namespace

TensorShapes parameter_shapes(const Network& network) {
  TensorShapes shapes;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const Projection& projection = network.projection(id);
    if (!projection.trainable()) continue;
    const std::size_t columns =
        weight_columns(projection, network.population(network.target(id)).shape);
    const std::string name = network.projection_name(id);
    shapes[name + "/weight"] = {
        fan_in(projection, network.population(network.source(id)).shape), columns};
    if (projection.bias) shapes[name + "/bias"] = {columns};
    if (projection.weight_norm) shapes[name + "/norm_gain"] = {columns};
    const auto delays = delay_shape(projection.delays, shapes[name + "/weight"][0], columns);
    if (!delays.empty()) shapes[name + "/delay"] = delays;
  }
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    if (population.learn_tau != LearnTau::no)
      shapes[population.name + "/beta_logit"] = {
          population.learn_tau == LearnTau::channel
              ? static_cast<std::size_t>(population.shape.channels)
              : 1};
    if (learns_sharpness(population)) shapes[population.name + "/log_sharpness"] = {1};
    if (!normalised(population)) continue;
    for (const char* name : {"/gamma", "/shift"})
      shapes[population.name + name] = {static_cast<std::size_t>(population.shape.channels)};
  }
  return shapes;
}

TensorShapes statistic_shapes(const Network& network) {
  TensorShapes shapes;
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    const auto channels = static_cast<std::size_t>(population.shape.channels);
    if (normalised(population))
      for (const char* name : {"/current_mean", "/current_variance"})
        shapes[population.name + name] = {
            channels * static_cast<std::size_t>(population.normalise_steps)};
    if (population.kind == NeuronKind::lif && population.quantizer.estimator == Estimator::denoise)
      for (const char* name : {"/membrane_mean", "/spike_mean", "/covariance", "/spike_variance"})
        shapes[population.name + name] = {channels};
    if (population.kind == NeuronKind::lif &&
        population.quantizer.estimator == Estimator::denoise &&
        population.quantizer.target == RegressionTarget::standardised)
      shapes[population.name + "/membrane_variance"] = {channels};
  }
  for (std::size_t id = 0; id < network.projections(); ++id)
    if (network.projection(id).weights.sparsity_ramp > 0)
      shapes[network.projection_name(id) + "/sparsity"] = {1};
  return shapes;
}

std::vector<std::string> optimiser_moments(const TrainingOptions& options) {
  if (options.optimizer == OptimizerKind::sgd) return {"first_moment/"};
  return {"first_moment/", "second_moment/"};
}

void check_tensors(const Checkpoint& checkpoint, const std::string& where) {
  const TensorShapes parameters = parameter_shapes(checkpoint.recipe.network);
  check_group(checkpoint.parameters, parameters, "/parameters", where);
  check_group(checkpoint.statistics, statistic_shapes(checkpoint.recipe.network), "/statistics",
              where);
  if (checkpoint.optimiser.empty()) return;
  TensorShapes moments;
  for (const auto& [name, shape] : parameters)
    for (const std::string& moment : optimiser_moments(checkpoint.recipe.training))
      moments[moment + name] = shape;
  check_group(checkpoint.optimiser, moments, "/optimiser", where);
}

}  // namespace volley
