#include "sim/plan.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace volley {

namespace {

PlanProjection plan_projection(const Network& network, std::size_t id) {
  PlanProjection plan;
  plan.id = id;
  plan.source = network.source(id);
  plan.target = network.target(id);
  plan.spec = network.projection(id);
  plan.name = network.projection_name(id);
  plan.source_shape = network.population(plan.source).shape;
  plan.target_shape = network.population(plan.target).shape;
  plan.recurrent = plan.source == plan.target;
  if (plan.spec.weighted()) {
    plan.rows = fan_in(plan.spec, plan.source_shape);
    plan.columns = weight_columns(plan.spec, plan.target_shape);
  }
  if (plan.spec.kind == ProjectionKind::conv2d)
    plan.groups = static_cast<std::size_t>(plan.spec.groups);
  else if (plan.spec.weighted() && !plan.spec.matrix())
    plan.groups = plan.columns;
  plan.table = make_conv_table(plan.spec, plan.source_shape, plan.target_shape);
  if (plan.spec.kind == ProjectionKind::max_pool)
    plan.members = transposed(plan.table, plan.target_shape.area());
  if (plan.spec.kind == ProjectionKind::conv2d && !plan.grouped()) {
    plan.runs = make_conv_runs(plan.spec, plan.table);
    plan.windows = make_conv_windows(plan.spec, plan.source_shape, plan.target_shape, plan.runs);
    plan.fields = make_receptive_fields(plan.spec, plan.source_shape, plan.target_shape);
  }
  if (plan.spec.delay_steps > 0 && !plan.spec.weighted())
    throw Error(std::string("a delay is not run on a ") + to_string(plan.spec.kind) +
                    " projection",
                plan.name, "set delay_steps = 0 there and delay the next dense or conv2d");
  if (plan.delayed())
    plan.taps = static_cast<std::size_t>(plan.spec.delays.longest - plan.spec.delay_steps + 1);
  if (plan.recurrent && plan.spec.kind == ProjectionKind::conv2d)
    throw Error("a recurrent projection must be dense, one_to_one or identity", plan.name,
                "set kind = \"dense\"");
  return plan;
}

/// The channels of a concat relay, stacked in the order of its projections.
void stack_channels(Plan& plan, const PlanPopulation& population) {
  std::size_t channels = 0;
  for (const std::size_t id : population.feed_forward) {
    if (plan.projections[id].spec.kind != ProjectionKind::concat) continue;
    plan.projections[id].first_channel = channels;
    channels += static_cast<std::size_t>(plan.projections[id].source_shape.channels);
  }
}

void check_quantizer(const Plan& plan, const PlanPopulation& population) {
  if (population.spec.kind != NeuronKind::lif) return;
  if (population.id == plan.readout && population.spec.quantizer.estimator == Estimator::denoise)
    throw Error("a spiking readout is trained on its spike count, which has no affine transform",
                population.spec.name,
                "set another estimator, for example \"atan\", or use a leaky_integrator");
}

/// Populations in the order in which they run. @throws Error naming those on a cycle, and behind it
std::vector<std::size_t> plan_order(const Network& network) {
  const std::vector<PopulationId> order = network.order(true);
  if (order.size() == network.populations()) return order;
  std::string left;
  for (PopulationId id = 0; id < network.populations(); ++id)
    if (std::find(order.begin(), order.end(), id) == order.end())
      left += (left.empty() ? "" : ", ") + network.population(id).name;
  throw Error("a cycle through several populations is not run; it holds back " + left, "network",
              "let populations feed back to themselves only");
}

}  // namespace

Plan compile(const Network& network) {
  network.check();
  Plan plan;
  plan.input = network.input();
  plan.readout = network.readout();
  for (std::size_t id = 0; id < network.projections(); ++id)
    plan.projections.push_back(plan_projection(network, id));
  for (std::size_t id = 0; id < network.populations(); ++id) {
    PlanPopulation population;
    population.id = id;
    population.spec = network.population(id);
    population.neurons = population.spec.shape.size();
    population.channels = static_cast<std::size_t>(population.spec.shape.channels);
    for (const std::size_t projection : network.incoming(id)) {
      auto& list = plan.projections[projection].recurrent ? population.recurrent
                                                          : population.feed_forward;
      list.push_back(projection);
    }
    plan.populations.push_back(std::move(population));
  }
  plan.order = plan_order(network);
  for (const std::size_t id : plan.order) {
    stack_channels(plan, plan.populations[id]);
    check_quantizer(plan, plan.populations[id]);
  }
  return plan;
}

}  // namespace volley
