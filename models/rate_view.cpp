#include "models/rate_view.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace volley {

namespace {

void check_static(const Network& network, std::size_t id, const std::string& where) {
  const Projection& projection = network.projection(id);
  const std::string name = "'" + network.projection_name(id) + "'";
  if (network.source(id) == network.target(id))
    throw Error("the rate view has no recurrence, " + name + " is recurrent", where,
                "remove the projection, or use view = \"temporal\"");
  if (projection.delay_steps != 0 || projection.delays.kind != DelayKind::fixed)
    throw Error("the rate view has no delays, " + name + " has", where,
                "use delay_steps = 0 and delays = \"fixed\", or view = \"temporal\"");
  if (projection.kind == ProjectionKind::max_pool)
    throw Error("the largest of several rates is not the rate of their largest spikes: " + name +
                    " cannot have the rate view",
                where, "use sum_pool or average_pool, or view = \"temporal\"");
}

}  // namespace

void check_rate_view(const Network& network, const std::string& where) {
  for (PopulationId id = 0; id < network.populations(); ++id)
    if (network.population(id).normalise_steps > 1)
      throw Error("in the rate view there is one step, '" + network.population(id).name +
                      "' is normalised by several",
                  where, "remove normalise_steps, or use view = \"temporal\"");
  for (PopulationId id = 0; id < network.populations(); ++id)
    if (network.population(id).extended())
      throw Error("the rate view is for neurons of leak, threshold and reset alone, '" +
                      network.population(id).name + "' has more",
                  where,
                  "remove learn_tau, synapse_beta, adaptation and refractory_steps, or use "
                  "view = \"temporal\"");
  for (std::size_t id = 0; id < network.projections(); ++id) check_static(network, id, where);
}

int default_levels(const DatasetOptions& dataset, const TrainingOptions& training) {
  return training.view == TimeView::rate ? std::clamp(dataset.steps, 1, most_levels) : 1;
}

DatasetOptions trained_dataset(const Recipe& recipe) {
  DatasetOptions dataset = recipe.dataset;
  if (recipe.training.view == TimeView::rate) dataset.steps = 1;
  return dataset;
}

}  // namespace volley
