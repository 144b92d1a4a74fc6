// The membranes of one lif population in the event engine: advanced only where a spike arrives or a
// neuron is due to fire on its own. Owns the lazy leak and the wake-up wheel; must not know
// projections.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "models/network.hpp"
#include "sim/frozen_neurons.hpp"
#include "sim/step_spikes.hpp"
#include "sim/sweep_kernel.hpp"

namespace volley {

/// Neurons are kept in columns: the channels of one map position, or a whole flat population. A
/// column left alone for some steps is advanced later by repeating the very same float steps, so
/// that its membranes equal the clocked engine's to the bit; once a step changes nothing the rest
/// is skipped. Between touches no neuron of it may fire: sim/silence_kernel.hpp bounds the first
/// step at which one could, and the column is woken then.
/// Extended neurons sleep by the bound of FrozenNeurons::silent_steps.
///
/// While spikes reach a good part of the columns in nearly every step, the population is swept
/// instead: all its neurons take the step in one pass, and nobody predicts or looks for columns.
/// Both ways give the same membranes and spikes, so the choice is free from step to step.
class EventPopulation {
public:
  /// @param channel_beta per channel; needed by extended populations, others have spec.beta
  EventPopulation(const Population& spec, const std::vector<float>& bias,
                  std::vector<float> channel_beta = {});

  std::size_t columns() const { return columns_; }
  /// Back to rest before step 0.
  void reset();
  /// Currents of this step; add into them, then touch() every column added to, as often as spikes
  /// reached it. While swept() it is enough to arrive() with the sum of these.
  float* currents() { return current_.data(); }
  bool swept() const { return swept_; }
  void arrive(std::uint64_t arrivals) { arrivals_ += arrivals; }
  void touch(std::size_t column);
  void touch_all();
  /// Advances touched and due columns through step t, replaces `fired` by the neurons that fired,
  /// each once for every spike, and clears the currents. Call once per step, in order.
  void finish_step(std::int64_t t, StepSpikes& fired);

  /// Whether finish_step() would be one call of sweep_membranes(). Then something that does the
  /// same to its arguments, for one step or several, may take its place: it gets sweep_row(), whose
  /// current need not be used but ends as zeros, and finish_sweeps() is called behind it.
  bool sweeps_plainly() const {
    return swept_ && !extended_ && spec_.quantizer.levels == 1;
  }
  SweepRow sweep_row();
  /// @param arrivals of each step, the last of which is step t
  void finish_sweeps(std::int64_t t, std::span<const std::uint64_t> arrivals);

  /// Columns advanced so far: the work done. Depends on what ran before, as swept() does.
  std::uint64_t updates() const { return updates_; }

private:
  void advance_silently(std::size_t column, std::int64_t t);
  void advance(std::size_t column, std::int64_t t, std::vector<std::uint32_t>& fired);
  void schedule(std::size_t column, std::int64_t t);
  void begin_sweeps(std::int64_t t);
  void end_sweeps(std::int64_t t);
  void sweep(StepSpikes& fired);
  std::int64_t silent_steps(std::size_t column);

  Population spec_;
  std::size_t channels_, columns_;
  float beta_, threshold_;
  AlignedVector<float> bias_, v_, before_, current_, zero_, next_;
  AlignedVector<float> sweep_bias_;     ///< see SweepRow
  std::vector<float> push_;             ///< per neuron, see sim/silence_kernel.hpp
  std::vector<std::int64_t> last_, wake_;  ///< by column: step reached; step of the valid wake-up
  std::vector<std::uint32_t> touched_;
  std::vector<char> is_touched_;
  std::vector<std::vector<std::uint32_t>> wheel_;  ///< columns by step modulo its size
  bool in_wheel_ = false;               ///< whether any column may be
  std::vector<std::uint32_t> found_;
  std::vector<std::uint32_t> waking_;   ///< columns that wake at rest, and when in rest_wake_
  std::vector<std::int64_t> rest_wake_;
  bool swept_ = false;
  std::uint64_t arrivals_ = 0;          ///< in this step
  int quiet_steps_ = 0;                 ///< swept steps in a row with few arrivals
  std::optional<FrozenNeurons> extended_;  ///< then v_ and push_ are not used
  std::uint64_t updates_ = 0;
};

}  // namespace volley
