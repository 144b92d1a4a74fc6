// A large network running: state of its neurons, spikes on their way, probes. Owns the order of
// events within a step and across threads; must not know files, rules or the command.
#pragma once

#include <tbb/cache_aligned_allocator.h>

#include <array>
#include <cstdint>
#include <exception>
#include <span>
#include <vector>

#include "datasets/spike_train.hpp"
#include "models/circuit.hpp"
#include "sim/cell_kernels.hpp"
#include "sim/circuit_layout.hpp"
#include "sim/ranks.hpp"
#include "sim/spike_ring.hpp"
#include "sim/step_barrier.hpp"
#include "sim/synapse_table.hpp"

namespace volley {

struct CircuitSettings {
  std::uint64_t seed = 1;
  int threads = 1;
  std::uint64_t memory_limit = 0;  ///< bytes of synapses; 0: what the machine has free
  bool every_thread = false;       ///< else no more than worthwhile_threads(), where ranks are alone
};

/// Clocked simulation of point neurons with work only at spikes for synapses. For each thread and
/// step t:
///   1. its neurons move on by dt and spike (CellPopulation says by which equations);
///   2. once in (shortest delay + 1) steps all threads meet;
///   3. spikes of step t - d go through the synapses of delay d into its own neurons.
/// Between two meetings a thread reads only spikes from before the first: the shortest delay is long
/// enough for that. A target's currents are summed in the order of tables and source neurons,
/// whoever owns it, so the spikes are the same to the byte for any number of threads.
/// Ranks share the neurons as if their threads were those of one process: each has the synapses
/// onto its own neurons, and where its threads meet it exchanges spikes with the others.
class CircuitSimulator {
public:
  /// Checks, draws and compiles the circuit. @param recorded spikes of each population of kind
  /// recorded (index = population; empty for others), in steps of the circuit's dt
  /// @param ranks  which all build the same circuit and make the same runs; what is asked about
  /// afterwards is of all, on every rank. They must outlive the simulator.
  /// @throws Error as Circuit::check and synapse_tables do; for a train of the wrong size
  CircuitSimulator(const Circuit& circuit, const CircuitSettings& settings,
                   std::vector<SpikeTrain> recorded = {}, const Ranks& ranks = one_rank());

  /// Goes on for so many steps. Runs of 3 and 4 steps give what one of 7 gives.
  void run(std::uint32_t steps);

  std::uint32_t step() const { return step_; }
  std::size_t threads() const { return threads_; }  ///< that work, of this rank
  const Circuit& circuit() const { return circuit_; }
  std::uint64_t synapses() const;
  std::uint64_t own_synapses() const { return synapses() - other_synapses_; }  ///< of this rank
  std::uint64_t spikes(std::size_t population) const;
  std::uint64_t synaptic_events() const;  ///< spikes times the synapses they went through
  /// Recorded spikes of a population, from a step (the first) to now; empty where not recorded.
  SpikeTrain spike_train(std::size_t population, std::uint32_t from = 0) const;
  /// v of record_membrane[k], after each step.
  std::span<const float> membrane(std::size_t population, std::size_t k) const;
  /// v of a neuron of this rank's now.
  float v(std::size_t population, std::uint32_t neuron) const {
    return v_[layout_.first_slot[population] + neuron];
  }

private:
  using Row = std::vector<float, tbb::cache_aligned_allocator<float>>;

  /// What changes of a segment of neurons; written by the thread that owns it.
  struct alignas(128) Segment {
    CircuitLayout::Segment place;
    CellCoefficients coefficients;
    std::uint32_t refractory_steps = 0;
    std::uint32_t draw_threshold = 0;               ///< poisson: share of 2^32 that spikes
    std::vector<std::uint32_t> cumulative;          ///< poisson_input: shares of counts
    SpikeRing ring;                                 ///< neurons ascending
    std::vector<std::uint32_t> recorded, recorded_ends;
    std::uint64_t spikes = 0;
    std::vector<std::pair<std::size_t, std::size_t>> probes;  ///< slot, index in membranes_
  };
  struct Worker;

  void make_segments();
  void work(std::size_t thread, std::uint32_t steps);
  void release(Segment& segment, std::uint32_t step);
  std::size_t fire(Segment& segment, std::uint32_t step, std::uint32_t* room);
  void note(Segment& segment, std::uint32_t step, std::span<const std::uint32_t> spikes);
  void keep(Segment& segment, std::uint32_t step, std::span<const std::uint32_t> spikes);
  std::uint64_t receive(std::size_t block, std::uint32_t step);
  /// Of a thread that has all spikes up to `step`: waits for the others and, with other ranks, their
  /// spikes. False where a rank has failed.
  bool meet(std::size_t thread, std::uint32_t step);
  void share_blocks();
  Share segments_of(int rank) const;
  void exchange_spikes(std::uint32_t end);
  void exchange_results(std::uint32_t steps);
  float* currents(Receptor receptor) { return g_[static_cast<std::size_t>(receptor)].data(); }

  Circuit circuit_;
  CircuitSettings settings_;
  const Ranks& ranks_;
  std::size_t threads_;                                  ///< of this rank
  std::vector<std::size_t> first_worker_;                ///< of each rank, as layout_ has threads
  std::vector<SpikeTrain> inputs_;
  CircuitLayout layout_;
  std::vector<SynapseTable> tables_;
  std::vector<Segment> segments_;                        ///< by block
  std::vector<std::size_t> first_segment_;               ///< of each block, and their number
  std::vector<std::vector<std::size_t>> population_segments_;
  Row v_;
  std::array<Row, receptor_count> g_;                    ///< empty where nobody has the receptor
  std::array<Row, receptor_count> delayed_;              ///< slices_ x slots, where delays differ
  std::vector<std::uint64_t> refractory_;
  std::vector<std::vector<float>> membranes_;
  std::vector<std::vector<std::size_t>> membrane_ids_;   ///< of each population
  std::vector<std::uint64_t> events_;                    ///< of each thread
  std::size_t slices_ = 1;
  std::size_t ring_steps_ = 1;
  std::uint32_t epoch_ = 1, step_ = 0;
  std::uint32_t exchanged_ = 0;                          ///< steps whose spikes all ranks have
  std::uint64_t other_synapses_ = 0, other_events_ = 0;  ///< of other ranks
  std::exception_ptr failure_;                           ///< of the exchange with other ranks
  StepBarrier barrier_;
};

}  // namespace volley
