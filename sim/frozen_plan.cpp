#include "sim/frozen_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "sim/readout.hpp"

namespace volley {

namespace {

/// A learned beta per channel, or none.
void check_beta(const FrozenNetwork& network, const PlanPopulation& population) {
  if (population.id >= network.beta.size() || network.beta[population.id].empty()) return;
  const std::vector<float>& beta = network.beta[population.id];
  if (population.spec.learn_tau == LearnTau::no || beta.size() != population.channels ||
      !std::all_of(beta.begin(), beta.end(), [](float b) { return b >= 0.0f && b <= 1.0f; }))
    throw Error("the learned beta does not fit the population", population.spec.name);
}

void check_early(const FrozenNetwork::EarlySteps& early, const PlanPopulation& population) {
  const auto steps = static_cast<std::size_t>(population.spec.normalise_steps) - 1;
  if (early.ratio.empty() && early.shift.empty()) return;
  if (early.ratio.size() != steps * population.channels ||
      early.shift.size() != steps * population.neurons)
    throw Error("what normalisation does in the first steps does not fit the population",
                population.spec.name);
}

/// Nothing is trained any more, so a spiking readout, as other tools have it, is one whatever the
/// estimator.
Network untrained(Network network) {
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const auto edges = boost::out_edges(id, network.graph());
    const bool leaves = std::any_of(edges.first, edges.second, [&](const auto& edge) {
      return boost::target(edge, network.graph()) != id;
    });
    Population& population = network.population(id);
    if (!leaves && population.kind == NeuronKind::lif &&
        population.quantizer.estimator == Estimator::denoise)
      population.quantizer.estimator = Estimator::atan;
  }
  return network;
}

}  // namespace

FrozenPlan::FrozenPlan(FrozenNetwork network)
    : network_(std::move(network)), plan_(compile(untrained(network_.network))) {
  if (network_.weights.size() != plan_.projections.size() ||
      network_.bias.size() != plan_.populations.size() ||
      (!network_.delays.empty() && network_.delays.size() != plan_.projections.size()))
    throw Error("weights, biases or delays are missing", "frozen network");
  network_.delays.resize(plan_.projections.size());
  for (const PlanProjection& projection : plan_.projections)
    if (network_.weights[projection.id].size() != projection.rows * projection.columns)
      throw Error("the weights do not fit the populations", projection.name);
  for (const PlanProjection& projection : plan_.projections) {
    const std::vector<std::uint16_t>& delays = network_.delays[projection.id];
    const bool within = std::all_of(delays.begin(), delays.end(), [&](std::uint16_t delay) {
      return delay >= projection.spec.delay_steps && delay <= projection.spec.delays.longest;
    });
    if (!within || delays.size() != (projection.delayed() ? projection.rows * projection.columns
                                                          : 0))
      throw Error("the delays do not fit the projection", projection.name);
    delays_.push_back(make_delay_table(projection, network_.weights[projection.id], delays));
    integers_.push_back(integer_weights(projection, network_.weights[projection.id]));
    pack_floats(projection);
    sources_.push_back(transposed(projection.table, projection.target_shape.area()));
  }
  for (const PlanPopulation& population : plan_.populations) {
    binary_.push_back(binary(network_.network, population.id));
    const bool none = population.spec.kind == NeuronKind::input ||
                      population.spec.kind == NeuronKind::relay;
    if (network_.bias[population.id].size() != (none ? 0 : population.neurons))
      throw Error("the bias does not fit the population", population.spec.name);
    check_beta(network_, population);
    if (population.id < network_.early.size())
      check_early(network_.early[population.id], population);
  }
}

std::size_t FrozenPlan::row_stride(std::size_t projection) const {
  constexpr std::size_t line = 64 / sizeof(float);
  const std::size_t columns = plan_.projections[projection].columns;
  // Rows that do not fill a cache line stay close together.
  return columns < line ? columns : (columns + line - 1) / line * line;
}

/// Adds to rows_, placed_ and float_maps_.
void FrozenPlan::pack_floats(const PlanProjection& projection) {
  AlignedVector<float>& rows = rows_.emplace_back();
  AlignedVector<float>& placed = placed_.emplace_back();
  FloatMap& map = float_maps_.emplace_back();
  if (!projection.spec.matrix() || projection.grouped() || projection.delayed() ||
      !integers_[projection.id].empty())
    return;
  const std::vector<float>& weights = network_.weights[projection.id];
  const std::size_t stride = row_stride(projection.id), columns = projection.columns;
  if (projection.spec.kind == ProjectionKind::conv2d) {
    std::vector<float> own;
    place_taps<float>(projection.runs, weights, columns, std::array{1.0f}, own);
    placed.assign(own.begin(), own.end());
    map = make_float_map(projection, weights);
    return;
  }
  rows.resize(projection.rows * stride);
  for (std::size_t row = 0; row < projection.rows; ++row)
    std::copy_n(weights.data() + row * columns, columns, rows.data() + row * stride);
}

namespace {
/// The input as plain spikes, step by step: what pictures show of graded and of still input.
SpikeTrain shown_spikes(const SpikeTrain& input) {
  if (!input.constant && input.values.empty()) return input;
  SpikeTrain shown;
  shown.steps = input.steps;
  shown.inputs = input.inputs;
  for (std::uint32_t t = 0; t < input.steps; ++t) {
    const auto row = input.step(t);
    shown.indices.insert(shown.indices.end(), row.begin(), row.end());
    shown.offsets.push_back(static_cast<std::uint32_t>(shown.indices.size()));
  }
  return shown;
}
}  // namespace

SampleTrace FrozenPlan::empty_trace(const SpikeTrain& input) const {
  SampleTrace trace;
  trace.dt_ms = network_.dt_ms;
  trace.steps = input.steps;
  for (const PlanPopulation& population : plan_.populations) {
    PopulationTrace own;
    own.name = population.spec.name;
    own.kind = population.spec.kind;
    own.shape = population.spec.shape;
    own.spikes.inputs = static_cast<std::uint32_t>(population.neurons);
    trace.populations.push_back(std::move(own));
  }
  trace.populations[plan_.input].spikes = shown_spikes(input);
  return trace;
}

void FrozenPlan::read_scores(SampleTrace& trace) const {
  volley::read_scores(trace, plan_.readout, network_.readout);
}

void check_input(const FrozenPlan& plan, const SpikeTrain& input) {
  const PlanPopulation& population = plan.plan().populations[plan.plan().input];
  if (input.inputs != population.neurons)
    throw Error(fmt::format("the recording has {} addresses, the network takes {} ({})",
                            input.inputs, population.neurons, to_string(population.spec.shape)),
                population.spec.name, "use the dataset the network was trained on");
  if (!input.values.empty()) check_graded_input(plan.plan());
}

void check_graded_input(const Plan& plan) {
  for (const PlanProjection& projection : plan.projections)
    if (projection.source == plan.input &&
        plan.populations[projection.target].spec.kind == NeuronKind::relay)
      throw Error("graded input cannot be pooled, flattened or passed on by a relay",
                  projection.name, "begin with a dense or conv2d projection, or use latency code");
}

bool FrozenPlan::adjust_early(std::size_t population, std::size_t t, float* currents) const {
  if (population >= network_.early.size()) return false;
  const FrozenNetwork::EarlySteps& early = network_.early[population];
  const std::size_t channels = plan_.populations[population].channels;
  const std::size_t neurons = plan_.populations[population].neurons;
  if ((t + 1) * channels > early.ratio.size()) return false;
  const float* ratio = early.ratio.data() + t * channels;
  const float* shift = early.shift.data() + t * neurons;
  for (std::size_t n = 0; n < neurons; ++n)
    currents[n] = ratio[n % channels] * currents[n] + shift[n];
  return true;
}

}  // namespace volley
