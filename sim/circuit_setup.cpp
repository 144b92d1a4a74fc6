// From a circuit to the arrays of its simulator. What happens in a step is in circuit_simulator.cpp.
#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.hpp"
#include "sim/circuit_simulator.hpp"

namespace volley {

namespace {

std::uint32_t steps_of(double ms, double dt_ms) {
  return static_cast<std::uint32_t>(std::round(ms / dt_ms));
}

std::uint32_t share_of_words(double share) {
  return static_cast<std::uint32_t>(std::min(std::round(share * 0x1p32), 0x1p32 - 1));
}

/// P(count <= k) of a Poisson number for k = 0, 1, ..., until none is left, in parts of 2^32.
std::vector<std::uint32_t> cumulative_poisson(double mean) {
  std::vector<std::uint32_t> shares;
  double term = std::exp(-mean), sum = term;
  for (int k = 1; share_of_words(sum) < 0xffffffffU && k < 1000; ++k) {
    shares.push_back(share_of_words(sum));
    term *= mean / k;
    sum += term;
  }
  return shares;
}

std::size_t threads_of(const Circuit& circuit, const CircuitSettings& settings,
                       const Ranks& ranks) {
  const auto wanted = static_cast<std::size_t>(std::max(1, settings.threads));
  return settings.every_thread || !ranks.alone() ? wanted : worthwhile_threads(circuit, wanted);
}

}  // namespace

CircuitSimulator::CircuitSimulator(const Circuit& circuit, const CircuitSettings& settings,
                                   std::vector<SpikeTrain> recorded, const Ranks& ranks)
    : circuit_(circuit),
      settings_(settings),
      ranks_(ranks),
      threads_(threads_of(circuit, settings, ranks)),
      inputs_(std::move(recorded)),
      barrier_(threads_) {
  circuit_.check();
  inputs_.resize(circuit_.populations());
  for (std::size_t id = 0; id < circuit_.populations(); ++id) {
    const CellPopulation& each = circuit_.population(id);
    if (each.kind == CellKind::recorded && inputs_[id].inputs != each.neurons)
      throw Error("the recorded spikes are those of " + std::to_string(inputs_[id].inputs) +
                      " neurons, not " + std::to_string(each.neurons),
                  each.name, "make `neurons` or `grid` fit the file");
  }
  share_blocks();
  std::uint32_t shortest = most_circuit_delay_steps, longest = 0;
  for (const SynapseTable& table : tables_) {
    shortest = std::min<std::uint32_t>(shortest, table.delay);
    longest = std::max<std::uint32_t>(longest, table.delay);
    if (table.own_delays) slices_ = std::max(slices_, std::bit_ceil(table.longest + std::size_t{1}));
  }
  // Epochs stay short where no synapse is: nothing would be gained, and spikes be kept in vain.
  epoch_ = tables_.empty() && ranks_.alone() ? 1 : std::min(shortest, 256U) + 1;
  for (std::size_t id = 0; id < circuit_.populations(); ++id)
    longest = std::max(longest, steps_of(circuit_.population(id).refractory_ms,
                                         circuit_.options.dt_ms));
  ring_steps_ = std::bit_ceil(longest + epoch_ + std::size_t{1});
  events_.assign(threads_ * 16, 0);
  make_segments();
}

void CircuitSimulator::make_segments() {
  v_.assign(layout_.slots, 0);
  refractory_.assign(layout_.slots / cell_group + 1, 0);
  population_segments_.resize(circuit_.populations());
  membrane_ids_.resize(circuit_.populations());
  const auto want = [&](Receptor receptor) {
    Row& row = g_[static_cast<std::size_t>(receptor)];
    if (row.empty()) row.assign(layout_.slots, 0);
  };
  for (const SynapseTable& table : tables_) {
    want(table.receptor);
    Row& delayed = delayed_[static_cast<std::size_t>(table.receptor)];
    if (table.own_delays) delayed.assign(layout_.slots * slices_, 0);
  }
  const double dt = circuit_.options.dt_ms;
  for (std::size_t id = 0; id < circuit_.populations(); ++id) {
    const CellPopulation& each = circuit_.population(id);
    const std::size_t first = layout_.first_slot[id];
    RandomEngine engine = random_stream(settings_.seed, StreamPurpose::cells, {id});
    if (!each.source())
      for (std::uint32_t i = 0; i < each.neurons; ++i)
        v_[first + i] = static_cast<float>(draw(each.initial, engine));
    if (!each.source() && each.poisson_input.rate_hz > 0) want(each.poisson_input.receptor);
    const std::size_t end = id + 1 < circuit_.populations() ? layout_.first_slot[id + 1]
                                                            : layout_.slots;
    // Slots that only fill up are refractory for ever.
    for (std::size_t slot = first + each.neurons; slot < end; ++slot)
      refractory_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    for (std::size_t k = 0; k < each.record_membrane.size(); ++k) {
      membrane_ids_[id].push_back(membranes_.size());
      membranes_.emplace_back();
    }
  }
  for (const CircuitLayout::Block& block : layout_.blocks) {
    first_segment_.push_back(segments_.size());
    for (const CircuitLayout::Segment& place : block.segments) {
      const CellPopulation& each = circuit_.population(place.population);
      Segment made;
      made.place = place;
      const double tau = each.kind == CellKind::lif ? each.tau_ms : 0;
      made.coefficients = cell_coefficients(dt, tau, each.tau_excitatory_ms,
                                            each.tau_inhibitory_ms, each.rest, each.drive);
      made.coefficients.threshold = static_cast<float>(each.threshold);
      made.coefficients.reset_value = static_cast<float>(each.reset_value);
      made.coefficients.subtract = each.reset == CellReset::subtract;
      made.refractory_steps = steps_of(each.refractory_ms, dt);
      made.draw_threshold = share_of_words(each.rate_hz * dt * 1e-3);
      if (each.poisson_input.rate_hz > 0)
        made.cumulative = cumulative_poisson(each.poisson_input.rate_hz * dt * 1e-3);
      made.ring = SpikeRing(ring_steps_);
      for (std::size_t k = 0; k < each.record_membrane.size(); ++k)
        if (each.record_membrane[k] - place.first_neuron < place.neurons)
          made.probes.emplace_back(layout_.first_slot[place.population] + each.record_membrane[k],
                                   membrane_ids_[place.population][k]);
      population_segments_[place.population].push_back(segments_.size());
      segments_.push_back(std::move(made));
    }
  }
  first_segment_.push_back(segments_.size());
}

}  // namespace volley
