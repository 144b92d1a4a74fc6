#include "circuit_reference.hpp"

#include <cmath>

#include "sim/connectivity.hpp"

namespace volley::test {

namespace {

struct Cell {
  double v = 0, excitatory = 0, inhibitory = 0, delta = 0;
  std::int64_t last_spike = -1'000'000;
};

/// v and g after dt of the differential equations, by their closed solution.
void advance(const CellPopulation& spec, double dt, bool held, Cell& cell) {
  const auto share = [&](double tau_synapse) {
    if (tau_synapse == spec.tau_ms) return dt / spec.tau_ms * std::exp(-dt / spec.tau_ms);
    return tau_synapse / (tau_synapse - spec.tau_ms) *
           (std::exp(-dt / tau_synapse) - std::exp(-dt / spec.tau_ms));
  };
  if (!held) {
    cell.v += cell.delta;
    if (spec.kind == CellKind::lif) {
      const double rest = spec.rest + spec.drive;
      cell.v = rest + (cell.v - rest) * std::exp(-dt / spec.tau_ms) +
               cell.excitatory * share(spec.tau_excitatory_ms) +
               cell.inhibitory * share(spec.tau_inhibitory_ms);
    } else {
      cell.v += spec.drive * dt;
    }
  }
  cell.delta = 0;
  cell.excitatory *= std::exp(-dt / spec.tau_excitatory_ms);
  cell.inhibitory *= std::exp(-dt / spec.tau_inhibitory_ms);
}

}  // namespace

ReferenceRun run_reference(const Circuit& circuit, std::uint64_t seed,
                           const std::vector<std::vector<double>>& initial,
                           const std::vector<SpikeTrain>& recorded, std::uint32_t steps) {
  const double dt = circuit.options.dt_ms;
  std::vector<Connectivity> synapses;
  for (std::size_t id = 0; id < circuit.projections(); ++id)
    synapses.push_back(connect(circuit, id, seed));
  std::vector<std::vector<Cell>> cells(circuit.populations());
  ReferenceRun run;
  run.membranes.resize(cells.size());
  for (std::size_t p = 0; p < cells.size(); ++p) {
    cells[p].resize(circuit.population(p).neurons);
    run.membranes[p].resize(cells[p].size());
    for (std::size_t i = 0; i < initial[p].size(); ++i) cells[p][i].v = initial[p][i];
  }
  for (std::uint32_t step = 0; step < steps; ++step) {
    for (std::size_t p = 0; p < cells.size(); ++p) {
      const CellPopulation& spec = circuit.population(p);
      if (spec.kind == CellKind::recorded) {
        if (step < recorded[p].steps)
          for (const std::uint32_t neuron : recorded[p].step(step))
            run.spikes.push_back({step, p, neuron});
        continue;
      }
      const auto refractory = static_cast<std::int64_t>(std::round(spec.refractory_ms / dt));
      for (std::uint32_t i = 0; i < cells[p].size(); ++i) {
        Cell& cell = cells[p][i];
        const bool held = step - cell.last_spike < refractory;
        advance(spec, dt, held, cell);
        if (!held && cell.v >= spec.threshold) {
          cell.v = spec.reset == CellReset::subtract ? cell.v - spec.threshold + spec.reset_value
                                                     : spec.reset_value;
          cell.last_spike = step;
          run.spikes.push_back({step, p, i});
        }
        run.membranes[p][i].push_back(cell.v);
      }
    }
    for (const ReferenceSpike& spike : run.spikes)
      for (std::size_t id = 0; id < synapses.size(); ++id) {
        if (circuit.source(id) != spike.population) continue;
        const CellProjection& projection = circuit.projection(id);
        const Connectivity& own = synapses[id];
        for (std::uint64_t k = own.offsets[spike.neuron]; k < own.offsets[spike.neuron + 1]; ++k) {
          const std::uint32_t delay = own.delays.empty()
                                          ? delay_in_steps(projection.delay_ms.a, dt)
                                          : own.delays[k];
          if (spike.step + delay != step) continue;
          const double weight = own.weights.empty() ? projection.weight.a
                                                    : static_cast<double>(own.weights[k]);
          Cell& target = cells[circuit.target(id)][own.targets[k]];
          if (projection.receptor == Receptor::excitatory) target.excitatory += weight;
          if (projection.receptor == Receptor::inhibitory) target.inhibitory += weight;
          if (projection.receptor == Receptor::delta) target.delta += weight;
        }
      }
  }
  return run;
}

}  // namespace volley::test
