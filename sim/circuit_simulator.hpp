// A large network running on some threads. Owns the shares and who waits for whose spikes; must not
// know files, rules or the command.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "datasets/spike_train.hpp"
#include "models/circuit.hpp"
#include "sim/circuit_plan.hpp"
#include "sim/circuit_share.hpp"
#include "sim/share_roster.hpp"
#include "sim/spike_board.hpp"

namespace volley {

/// Clocked simulation of point neurons with work only at spikes for synapses. Each thread moves its
/// share of neurons on by dt, posts those that spike (CellPopulation says by which equations), and
/// before the next step takes in what the others posted (shortest delay) steps ago: it runs ahead
/// of them by no more and waits for no more. Where others' programs hold up the threads, fewer of
/// them go on with all shares (ShareRoster). The spikes are the same to the byte for any number of
/// threads (CircuitShare says why).
class CircuitSimulator {
public:
  /// Checks, draws and compiles the circuit. @param recorded spikes of each population of kind
  /// recorded (index = population; empty for others), in steps of the circuit's dt
  /// @throws Error as circuit_plan does
  CircuitSimulator(const Circuit& circuit, const CircuitSettings& settings,
                   std::vector<SpikeTrain> recorded = {});
  ~CircuitSimulator();
  CircuitSimulator(const CircuitSimulator&) = delete;
  CircuitSimulator& operator=(const CircuitSimulator&) = delete;

  /// Goes on for so many steps. Runs of 3 and 4 steps give what one of 7 gives.
  void run(std::uint32_t steps);

  std::uint32_t step() const { return step_; }
  const Circuit& circuit() const { return plan_.circuit; }
  std::uint64_t synapses() const;
  std::uint64_t spikes(std::size_t population) const;
  std::uint64_t synaptic_events() const;  ///< spikes times the synapses they went through
  /// Recorded spikes of a population, from the first step to now; empty where not recorded.
  SpikeTrain spike_train(std::size_t population) const;
  /// v of record_membrane[k], after each step.
  std::span<const float> membrane(std::size_t population, std::size_t k) const;
  /// v of a neuron now.
  float v(std::size_t population, std::uint32_t neuron) const;

private:
  /// How far a share is; written by the thread that works on it.
  struct alignas(128) Progress {
    std::uint32_t step = 0;     ///< to be received next
    std::size_t waits_for = 0;  ///< the share whose spikes are to come in next
  };
  struct Crew;

  void draw_membranes();
  bool proceed(std::size_t share, std::uint32_t end);
  void work(Crew& crew, std::uint32_t end);
  void part(Crew& crew);
  void wait(Crew& crew);
  void lend(Crew& crew);

  CircuitPlan plan_;
  std::deque<CircuitShare> shares_;  ///< with references to plan_: never moved
  SpikeBoard board_;
  ShareRoster roster_;
  AlignedVector<Progress> progress_;  ///< of each share
  std::vector<Crew> crews_;           ///< of each thread
  std::uint32_t step_ = 0;
  std::chrono::steady_clock::time_point run_start_;
};

}  // namespace volley
