#include "sim/circuit_plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "base/error.hpp"

namespace volley {

std::uint32_t steps_of(double ms, double dt_ms) {
  return static_cast<std::uint32_t>(std::round(ms / dt_ms));
}

CircuitPlan circuit_plan(const Circuit& circuit, const CircuitSettings& settings,
                         std::vector<SpikeTrain> recorded) {
  CircuitPlan plan{circuit, settings, std::move(recorded), {}, {}};
  circuit.check();
  plan.inputs.resize(circuit.populations());
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    const CellPopulation& each = circuit.population(id);
    if (each.kind == CellKind::recorded && plan.inputs[id].inputs != each.neurons)
      throw Error("the recorded spikes are those of " + std::to_string(plan.inputs[id].inputs) +
                      " neurons, not " + std::to_string(each.neurons),
                  each.name, "make `neurons` or `grid` fit the file");
  }
  plan.layout = circuit_layout(circuit, static_cast<std::size_t>(std::max(1, settings.threads)));
  plan.tables = synapse_tables(circuit, plan.layout, settings.seed, settings.memory_limit);
  // Shares do not part for long where no synapse is: nothing would be gained.
  plan.shortest = plan.tables.empty() ? 0 : 256;
  for (const SynapseTable& table : plan.tables) {
    plan.shortest = std::min<std::uint32_t>(plan.shortest, table.delay);
    plan.longest = std::max<std::uint32_t>(plan.longest, table.delay);
    if (table.own_delays)
      plan.slices = std::max(plan.slices, std::bit_ceil(table.longest + std::size_t{1}));
  }
  return plan;
}

}  // namespace volley
