// The step of a share. Sweeps go to and fro over its blocks, so that those in the cache at the end
// of one are met first in the next.
#include "sim/circuit_share.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "sim/synapse_delivery.hpp"

namespace volley {

namespace {

using Slots = std::span<const std::uint32_t>;

/// Whether the sweep that makes a step goes from the last neuron to the first.
bool backward(std::uint32_t step) { return step % 2 == 1; }

}  // namespace

void CircuitShare::release(std::uint32_t step) {
  for (const Pause& each : pauses_) {
    if (each.steps > step) continue;
    for (const std::uint32_t slot :
         within(own_[step - each.steps], each.first_slot, each.end_slot))
      refractory_[(slot - first_slot_) / 64] &= ~(std::uint64_t{1} << ((slot - first_slot_) % 64));
  }
}

/// In the order of the sweep.
std::size_t CircuitShare::fire_cells(const Cells& cells, std::uint32_t step, std::uint32_t* room) {
  const CircuitLayout::Segment& place = cells.place;
  const CellPopulation& spec = plan_.circuit.population(place.population);
  if (!spec.source()) {
    const std::size_t at = place.first_slot - first_slot_;
    const auto row = [&](float* values) { return values == nullptr ? nullptr : values + at; };
    return update_cells(cells.coefficients,
                        {row(v_), row(g_[0]), row(g_[1]), row(g_[2]),
                         refractory_.data() + at / cell_group},
                        place.slots, cells.pauses, static_cast<std::uint32_t>(place.first_slot),
                        backward(step), room);
  }
  std::size_t count = 0;
  if (spec.kind == CellKind::poisson) {
    count = draw_spikes(stream_seed(plan_.settings.seed, StreamPurpose::spikes,
                                    {place.population, step}),
                        place.first_neuron, place.neurons, cells.draw_threshold, room);
  } else if (const SpikeTrain& train = plan_.inputs[place.population]; step < train.steps) {
    const Slots spikes = within(train.step(step), place.first_neuron,
                                std::size_t{place.first_neuron} + place.neurons);
    count = static_cast<std::size_t>(std::copy(spikes.begin(), spikes.end(), room) - room);
  }
  const auto shift = static_cast<std::uint32_t>(place.first_slot) - place.first_neuron;
  for (std::size_t i = 0; i < count; ++i) room[i] += shift;
  if (backward(step)) std::reverse(room, room + count);
  return count;
}

void CircuitShare::fire_block(std::size_t block, std::uint32_t step) {
  const std::size_t first = first_cells_[block], end = first_cells_[block + 1];
  for (std::size_t i = 0; i < end - first; ++i)
    fired_count_ += fire_cells(cells_[backward(step) ? end - 1 - i : first + i], step,
                               fired_.data() + fired_count_);
}

/// Spikes of a step, ascending.
Slots CircuitShare::fired(std::uint32_t step) {
  if (backward(step)) std::reverse(fired_.data(), fired_.data() + fired_count_);
  return {fired_.data(), fired_count_};
}

void CircuitShare::note() {
  const Slots spikes{fired_.data(), fired_count_};
  own_.append(spikes);
  own_.end_step();
  record_.add(spikes);
  for (Probe& probe : probes_) probe.values.push_back(v(probe.slot));
  fired_count_ = 0;
}

void CircuitShare::stimulate(std::size_t block, std::uint32_t step) {
  for (std::size_t i = first_cells_[block]; i < first_cells_[block + 1]; ++i) {
    const Cells& cells = cells_[i];
    if (cells.cumulative.empty()) continue;
    add_draws(currents(cells.input_receptor, cells.place.first_slot),
              stream_seed(plan_.settings.seed, StreamPurpose::cells,
                          {cells.place.population, step}),
              cells.place.first_neuron, cells.place.slots, cells.input_weight,
              cells.cumulative.data(), cells.cumulative.size());
  }
}

/// Spikes that go through a table at a step.
Slots CircuitShare::due(const SynapseTable& table, std::uint32_t step) const {
  if (step < table.delay) return {};
  return within(arrived_[step - table.delay], table.source_slot,
                table.source_slot + table.source_slots);
}

/// Through every table, when it comes.
void CircuitShare::deliver_now(Slots spikes) {
  if (spikes.empty()) return;
  for (const SynapseTable& table : plan_.tables)
    if (const Slots part =
            within(spikes, table.source_slot, table.source_slot + table.source_slots);
        !part.empty())
      events_ += deliver(table, table.rows[first_block_], part,
                         currents(table.receptor, first_slot_));
}

void CircuitShare::settle(std::uint32_t step) {
  note();
  release(step + 1);
  if (!any_order_) return;
  stimulate(0, step);
  if (step >= plan_.shortest) deliver_now(own_[step - plan_.shortest]);
}

void CircuitShare::arrive_own(std::uint32_t step) {
  if (!any_order_) arrived_.append(own_[step]);
}

void CircuitShare::arrive(Slots spikes) {
  any_order_ ? deliver_now(spikes) : arrived_.append(spikes);
}

void CircuitShare::receive_delayed(std::size_t index, std::uint32_t step) {
  const CircuitLayout::Block& block = block_at(index);
  const std::size_t at = block.first_slot - first_slot_;
  for (const SynapseTable& table : plan_.tables) {
    if (!table.own_delays) continue;
    HugeVector<float>& delayed = delayed_[static_cast<std::size_t>(table.receptor)];
    events_ += deliver_delayed(table, table.rows[first_block_ + index], due(table, step),
                               delayed.data() + at, slots_, plan_.slices, step - table.delay);
  }
  for (int receptor = 0; receptor < receptor_count; ++receptor) {
    HugeVector<float>& delayed = delayed_[static_cast<std::size_t>(receptor)];
    if (delayed.empty()) continue;
    add_and_clear(currents(static_cast<Receptor>(receptor), block.first_slot),
                  delayed.data() + (step & (plan_.slices - 1)) * slots_ + at, block.slots);
  }
}

void CircuitShare::receive(std::size_t index, std::uint32_t step) {
  if (any_order_) return;  // done
  stimulate(index, step);
  receive_delayed(index, step);
  for (const SynapseTable& table : plan_.tables)
    if (!table.own_delays)
      events_ += deliver(table, table.rows[first_block_ + index], due(table, step),
                         currents(table.receptor, block_at(index).first_slot));
}

/// Asks for the rows that a block will read soon.
void CircuitShare::fetch(std::size_t block, std::uint32_t step) const {
  for (const SynapseTable& table : plan_.tables)
    fetch_rows(table, table.rows[first_block_ + block], due(table, step));
}

Slots CircuitShare::fire(std::uint32_t step) {
  for (std::size_t i = 0; i < blocks_; ++i) fire_block(in_order(i, step), step);
  return fired(step);
}

Slots CircuitShare::advance(std::uint32_t step) {
  const std::uint32_t next = step + 1;
  if (step >= plan_.shortest) arrived_.end_step();
  for (std::size_t i = 0; i < blocks_; ++i) {
    receive(in_order(i, next), step);
    if (i + 1 < blocks_) fetch(in_order(i + 1, next), step);
    fire_block(in_order(i, next), next);
  }
  return fired(next);
}

void CircuitShare::finish(std::uint32_t step) {
  if (step >= plan_.shortest) arrived_.end_step();
  for (std::size_t block = 0; block < blocks_; ++block) receive(block, step);
}

std::span<const float> CircuitShare::membrane(std::size_t population, std::size_t k) const {
  for (const Probe& probe : probes_)
    if (probe.population == population && probe.k == k) return probe.values;
  return {};
}

}  // namespace volley
