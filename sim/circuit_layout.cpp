#include "sim/circuit_layout.hpp"

#include <algorithm>

#include "sim/cell_kernels.hpp"

namespace volley {

namespace {
constexpr std::size_t most_block_groups = 65536 / cell_group;

CircuitLayout::Block cut_block(const Circuit& circuit, const std::vector<std::size_t>& starts,
                               std::size_t first, std::size_t last) {
  CircuitLayout::Block block{first, last - first, {}};
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    const std::uint32_t neurons = circuit.population(id).neurons;
    const std::size_t end = (starts[id] + neurons + cell_group - 1) / cell_group * cell_group;
    const std::size_t from = std::max(first, starts[id]), to = std::min(last, end);
    if (from >= to) continue;
    const auto first_neuron = static_cast<std::uint32_t>(from - starts[id]);
    block.segments.push_back(
        {id, from, to - from, first_neuron,
         std::min(neurons - first_neuron, static_cast<std::uint32_t>(to - from))});
  }
  return block;
}
}  // namespace

CircuitLayout circuit_layout(const Circuit& circuit, std::size_t threads) {
  CircuitLayout layout;
  std::size_t groups = 0;
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    layout.first_slot.push_back(groups * cell_group);
    groups += (circuit.population(id).neurons + cell_group - 1) / cell_group;
  }
  layout.slots = groups * cell_group;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    const std::size_t first = groups * thread / threads, last = groups * (thread + 1) / threads;
    const std::size_t parts = (last - first + most_block_groups - 1) / most_block_groups;
    for (std::size_t part = 0; part < parts; ++part)
      layout.blocks.push_back(cut_block(circuit, layout.first_slot,
                                        (first + (last - first) * part / parts) * cell_group,
                                        (first + (last - first) * (part + 1) / parts) *
                                            cell_group));
    layout.first_block.push_back(layout.blocks.size());
  }
  return layout;
}

std::size_t worthwhile_threads(const Circuit& circuit, std::size_t threads) {
  // Nanoseconds on one thread of an AMD EPYC (Zen 5), and what a thread needs between two meetings.
  constexpr double neuron = 0.1, source_neuron = 0.25, poisson_input = 0.7, synapse = 4.5;
  constexpr double enough = 5000, usual_rate_hz = 5;
  double step = 0;
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    const CellPopulation& each = circuit.population(id);
    if (each.kind == CellKind::recorded) return threads;
    const double update = each.source()                    ? source_neuron
                          : each.poisson_input.rate_hz > 0 ? neuron + poisson_input
                                                           : neuron;
    step += update * each.neurons;
  }
  for (std::size_t id = 0; id < circuit.projections(); ++id) {
    if (circuit.projection(id).rule == ConnectionRule::file) return threads;
    const CellPopulation& from = circuit.population(circuit.source(id));
    const double rate_hz = from.kind == CellKind::poisson ? from.rate_hz : usual_rate_hz;
    step += synapse * rate_hz * 1e-3 * circuit.options.dt_ms * circuit.expected_synapses(id);
  }
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::min(step / enough, 1e6)), 1,
                                 std::max<std::size_t>(threads, 1));
}

}  // namespace volley
