// What no simulator of a large network on this machine can beat: synaptic events that only add to
// scattered currents, and neurons that are only read and written. Must not know the engines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/aligned.hpp"
#include "base/huge_pages.hpp"

namespace volley {

/// Spikes of random sources through rows of equally many random targets, which every thread adds
/// into currents of its own.
class ScatteredEvents {
public:
  /// @param sources rows, fewer where they would take more than 64 MiB
  /// @param targets of each thread, at most 65,536
  ScatteredEvents(std::size_t sources, std::size_t row, std::size_t targets, std::size_t threads);
  void run(std::size_t thread);
  double events() const { return static_cast<double>(order_.size() * row_); }  ///< of one thread's run

private:
  std::size_t row_, targets_;
  HugeVector<std::uint16_t> rows_;
  std::vector<std::uint32_t> order_;   ///< of the sources that spike
  AlignedVector<float> currents_;      ///< of each thread
};

/// Neurons that keep a potential and two currents, each read and written once a step.
class NeuronUpdates {
public:
  NeuronUpdates(std::size_t neurons, std::size_t threads);  ///< of each thread
  void run(std::size_t thread);
  double updates() const { return static_cast<double>(neurons_ * steps_); }  ///< of one thread's run

private:
  std::size_t neurons_, steps_;
  HugeVector<float> state_;
};

struct CircuitRoof {
  double events_per_second = 0, updates_per_second = 0;  ///< of all threads
};

/// Both at the size of a network.
CircuitRoof circuit_roof(std::size_t neurons, std::size_t in_degree, std::size_t threads);

}  // namespace volley
