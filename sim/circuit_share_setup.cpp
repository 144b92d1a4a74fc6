// From a plan to the arrays of a share. What happens in a step is in circuit_share.cpp.
#include <algorithm>
#include <cmath>

#include "sim/circuit_share.hpp"

namespace volley {

namespace {

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

/// Whether all synapses of each receptor have one weight, and all one delay.
bool order_does_not_matter(const CircuitPlan& plan) {
  std::array<const SynapseTable*, receptor_count> first{};
  for (const SynapseTable& table : plan.tables) {
    const SynapseTable*& same = first[static_cast<std::size_t>(table.receptor)];
    if (same == nullptr) same = &table;
    if (table.own_weights || table.own_delays || table.weight != same->weight ||
        table.delay != plan.shortest)
      return false;
  }
  return true;
}

}  // namespace

CircuitShare::CircuitShare(const CircuitPlan& plan, std::size_t share)
    : plan_(plan),
      first_block_(plan.layout.first_block[share]),
      blocks_(plan.layout.first_block[share + 1] - first_block_),
      first_slot_(blocks_ > 0 ? block_at(0).first_slot : 0),
      slots_(blocks_ > 0 ? block_at(blocks_ - 1).first_slot + block_at(blocks_ - 1).slots -
                               first_slot_
                         : 0),
      any_order_(blocks_ == 1 && order_does_not_matter(plan)),
      arrived_(std::max(plan.longest, plan.shortest) - plan.shortest + std::size_t{1}),
      record_(plan, first_slot_, first_slot_ + slots_) {
  const CircuitLayout& layout = plan.layout;
  refractory_.assign(slots_ / cell_group, 0);
  fired_.resize(slots_);
  std::array<bool, receptor_count> has{};
  for (const SynapseTable& table : plan.tables) {
    has[static_cast<std::size_t>(table.receptor)] = true;
    if (table.own_delays)
      delayed_[static_cast<std::size_t>(table.receptor)].assign(slots_ * plan.slices, 0);
  }
  for (std::size_t id = 0; id < plan.circuit.populations(); ++id) {
    const CellPopulation& each = plan.circuit.population(id);
    if (!each.source() && each.poisson_input.rate_hz > 0)
      has[static_cast<std::size_t>(each.poisson_input.receptor)] = true;
    add_population(id);
  }
  state_.assign(slots_ * (1 + static_cast<std::size_t>(std::count(has.begin(), has.end(), true))),
                0);
  v_ = state_.data();
  float* next = v_ + slots_;
  for (std::size_t receptor = 0; receptor < has.size(); ++receptor)
    if (has[receptor]) g_[receptor] = std::exchange(next, next + slots_);
  std::uint32_t kept = plan.shortest;
  for (const Pause& each : pauses_) kept = std::max(kept, each.steps);
  own_ = SpikeLog(kept + std::size_t{1});
  for (std::size_t block = 0; block < blocks_; ++block) {
    first_cells_.push_back(cells_.size());
    for (const CircuitLayout::Segment& place : layout.blocks[first_block_ + block].segments)
      add_cells(place);
  }
  first_cells_.push_back(cells_.size());
}

void CircuitShare::add_population(std::size_t id) {
  const CellPopulation& each = plan_.circuit.population(id);
  const std::size_t start = plan_.layout.first_slot[id], end = plan_.layout.end_slot(id);
  const std::uint32_t steps =
      each.source() ? 0 : steps_of(each.refractory_ms, plan_.circuit.options.dt_ms);
  const Pause made{std::max(start, first_slot_), std::min(end, first_slot_ + slots_), steps};
  if (made.first_slot >= made.end_slot) return;
  if (steps >= 2) pauses_.push_back(made);
  // Slots that only fill up are refractory for ever.
  for (std::size_t slot = std::max(made.first_slot, start + each.neurons); slot < made.end_slot;
       ++slot)
    refractory_[(slot - first_slot_) / 64] |= std::uint64_t{1} << ((slot - first_slot_) % 64);
  for (std::size_t k = 0; k < each.record_membrane.size(); ++k) {
    const std::size_t slot = start + each.record_membrane[k];
    if (slot >= made.first_slot && slot < made.end_slot) probes_.push_back({id, k, slot, {}});
  }
}

void CircuitShare::add_cells(const CircuitLayout::Segment& place) {
  const CellPopulation& each = plan_.circuit.population(place.population);
  const double dt = plan_.circuit.options.dt_ms;
  Cells made;
  made.place = place;
  made.coefficients = cell_coefficients(dt, each.kind == CellKind::lif ? each.tau_ms : 0,
                                        each.tau_excitatory_ms, each.tau_inhibitory_ms, each.rest,
                                        each.drive);
  made.coefficients.threshold = static_cast<float>(each.threshold);
  made.coefficients.reset_value = static_cast<float>(each.reset_value);
  made.coefficients.subtract = each.reset == CellReset::subtract;
  made.pauses = steps_of(each.refractory_ms, dt) >= 2;
  made.draw_threshold = share_of_words(each.rate_hz * dt * 1e-3);
  if (each.poisson_input.rate_hz > 0)
    made.cumulative = cumulative_poisson(each.poisson_input.rate_hz * dt * 1e-3);
  made.input_receptor = each.poisson_input.receptor;
  made.input_weight = static_cast<float>(each.poisson_input.weight);
  cells_.push_back(std::move(made));
}

}  // namespace volley
