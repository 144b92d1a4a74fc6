// The step of every thread, in the order that the header promises.
#include "sim/circuit_simulator.hpp"

#include <algorithm>
#include <thread>

#include "sim/synapse_delivery.hpp"

namespace volley {

void CircuitSimulator::release(Segment& segment, std::uint32_t step) {
  segment.ring.fetch_to_write(step);
  if (segment.refractory_steps < 2) return;
  const std::size_t first = layout_.first_slot[segment.place.population];
  for (const std::uint32_t neuron : segment.ring[step - segment.refractory_steps])
    refractory_[(first + neuron) / 64] &= ~(std::uint64_t{1} << ((first + neuron) % 64));
}

std::size_t CircuitSimulator::fire(Segment& segment, std::uint32_t step, std::uint32_t* room) {
  const CircuitLayout::Segment& place = segment.place;
  const CellPopulation& spec = circuit_.population(place.population);
  if (spec.kind == CellKind::poisson)
    return draw_spikes(stream_seed(settings_.seed, StreamPurpose::spikes,
                                   {place.population, step}),
                       place.first_neuron, place.neurons, segment.draw_threshold, room);
  if (spec.kind == CellKind::recorded) {
    const SpikeTrain& train = inputs_[place.population];
    if (step >= train.steps) return 0;
    const std::span<const std::uint32_t> spikes = train.step(step);
    const auto first = std::lower_bound(spikes.begin(), spikes.end(), place.first_neuron);
    const auto last = std::lower_bound(first, spikes.end(), place.first_neuron + place.neurons);
    return static_cast<std::size_t>(std::copy(first, last, room) - room);
  }
  CellRow row;
  const auto at = [&](Row& values) {
    return values.empty() ? nullptr : values.data() + place.first_slot;
  };
  row.v = at(v_);
  row.excitatory = at(g_[0]);
  row.inhibitory = at(g_[1]);
  row.delta = at(g_[2]);
  row.refractory = refractory_.data() + place.first_slot / cell_group;
  return update_cells(segment.coefficients, row, place.slots, segment.refractory_steps >= 2,
                      place.first_neuron, room);
}

void CircuitSimulator::note(Segment& segment, std::uint32_t step,
                            std::span<const std::uint32_t> spikes) {
  keep(segment, step, spikes);
  for (const auto& [slot, membrane] : segment.probes) membranes_[membrane].push_back(v_[slot]);
}

void CircuitSimulator::keep(Segment& segment, std::uint32_t step,
                            std::span<const std::uint32_t> spikes) {
  segment.ring.store(step, spikes);
  segment.spikes += spikes.size();
  if (!circuit_.population(segment.place.population).record_spikes) return;
  segment.recorded.insert(segment.recorded.end(), spikes.begin(), spikes.end());
  segment.recorded_ends.push_back(static_cast<std::uint32_t>(segment.recorded.size()));
}

std::uint64_t CircuitSimulator::receive(std::size_t index, std::uint32_t step) {
  const CircuitLayout::Block& block = layout_.blocks[index];
  for (std::size_t i = first_segment_[index]; i < first_segment_[index + 1]; ++i) {
    const Segment& segment = segments_[i];
    if (segment.cumulative.empty()) continue;
    const PoissonInput& input = circuit_.population(segment.place.population).poisson_input;
    add_draws(currents(input.receptor) + segment.place.first_slot,
              stream_seed(settings_.seed, StreamPurpose::cells, {segment.place.population, step}),
              segment.place.first_neuron, segment.place.slots, static_cast<float>(input.weight),
              segment.cumulative.data(), segment.cumulative.size());
  }
  std::uint64_t events = 0;
  for (const SynapseTable& table : tables_)
    for (const std::size_t source : population_segments_[table.source])
      segments_[source].ring.fetch(step - table.delay);
  for (const bool own_delays : {true, false}) {
    for (const SynapseTable& table : tables_) {
      if (table.own_delays != own_delays) continue;
      const std::uint32_t sent = step - table.delay;
      Row& delayed = delayed_[static_cast<std::size_t>(table.receptor)];
      for (const std::size_t source : population_segments_[table.source]) {
        const std::span<const std::uint32_t> spikes = segments_[source].ring[sent];
        if (spikes.empty()) continue;
        events += own_delays
                      ? deliver_delayed(table, table.rows[index], spikes,
                                        delayed.data() + block.first_slot, layout_.slots, slices_,
                                        sent)
                      : deliver(table, table.rows[index], spikes,
                                currents(table.receptor) + block.first_slot);
      }
    }
    if (!own_delays) break;
    for (int receptor = 0; receptor < receptor_count; ++receptor)
      if (Row& delayed = delayed_[static_cast<std::size_t>(receptor)]; !delayed.empty())
        add_and_clear(currents(static_cast<Receptor>(receptor)) + block.first_slot,
                      delayed.data() + (step & (slices_ - 1)) * layout_.slots + block.first_slot,
                      block.slots);
  }
  return events;
}

void CircuitSimulator::work(std::size_t thread, std::uint32_t steps) {
  const std::size_t worker = first_worker_[static_cast<std::size_t>(ranks_.rank())] + thread;
  const std::size_t first_block = layout_.first_block[worker];
  const std::size_t last_block = layout_.first_block[worker + 1];
  std::size_t most = 0;
  for (std::size_t i = first_segment_[first_block]; i < first_segment_[last_block]; ++i)
    most = std::max(most, segments_[i].place.slots);
  std::vector<std::uint32_t> room(most);
  const auto move_on = [&](std::size_t block, std::uint32_t step) {
    for (std::size_t i = first_segment_[block]; i < first_segment_[block + 1]; ++i) {
      release(segments_[i], step);
      note(segments_[i], step, {room.data(), fire(segments_[i], step, room.data())});
    }
  };
  std::uint64_t events = 0;
  const std::uint32_t end = step_ + steps;
  for (std::size_t block = first_block; block < last_block; ++block) move_on(block, step_);
  for (std::uint32_t step = step_; step != end; ++step) {
    if ((step + 1) % epoch_ == 0 && layout_.threads() > 1 && !meet(thread, step)) return;
    // The next step of a block follows what it receives, while its state is in the cache.
    for (std::size_t block = first_block; block < last_block; ++block) {
      events += receive(block, step);
      if (step + 1 != end) move_on(block, step + 1);
    }
  }
  events_[thread * 16] += events;
}

void CircuitSimulator::run(std::uint32_t steps) {
  if (steps == 0) return;
  {
    // Threads of our own: those of oneTBB need not run at the same time, and a barrier among such
    // would wait for ever.
    std::vector<std::jthread> others;
    for (std::size_t thread = 1; thread < threads_; ++thread)
      others.emplace_back([this, thread, steps] { work(thread, steps); });
    work(0, steps);
  }
  step_ += steps;
  if (failure_) std::rethrow_exception(failure_);
  if (!ranks_.alone()) exchange_results(steps);
}

std::uint64_t CircuitSimulator::synapses() const {
  std::uint64_t sum = other_synapses_;
  for (const SynapseTable& table : tables_)
    for (const SynapseTable::Rows& rows : table.rows) sum += rows.targets.size();
  return sum;
}

std::uint64_t CircuitSimulator::spikes(std::size_t population) const {
  std::uint64_t sum = 0;
  for (const std::size_t i : population_segments_[population]) sum += segments_[i].spikes;
  return sum;
}

std::uint64_t CircuitSimulator::synaptic_events() const {
  std::uint64_t sum = other_events_;
  for (const std::uint64_t events : events_) sum += events;
  return sum;
}

SpikeTrain CircuitSimulator::spike_train(std::size_t population, std::uint32_t from) const {
  SpikeTrain train;
  train.inputs = circuit_.population(population).neurons;
  if (!circuit_.population(population).record_spikes) return train;
  from = std::min(from, step_);
  train.steps = step_ - from;
  for (std::uint32_t step = from; step < step_; ++step) {
    for (const std::size_t i : population_segments_[population]) {
      const Segment& each = segments_[i];
      const std::uint32_t first = step == 0 ? 0 : each.recorded_ends[step - 1];
      train.indices.insert(train.indices.end(), each.recorded.begin() + first,
                           each.recorded.begin() + each.recorded_ends[step]);
    }
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

std::span<const float> CircuitSimulator::membrane(std::size_t population, std::size_t k) const {
  return membranes_[membrane_ids_[population][k]];
}

}  // namespace volley
