// The membranes of one lif population in microsecond mode: advanced where a spike arrives or a
// neuron is due to fire on its own, by any number of ticks at once. Owns the lazy exact leak and
// the forecast of spikes without input; must not know projections or the wheel.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "sim/microsecond_dynamics.hpp"
#include "sim/microsecond_kernel.hpp"

namespace volley {

/// Neurons are kept in columns, as in sim/event_population.hpp. Use in a tick: arrive() and wake()
/// for all that reaches it, then finish().
class MicrosecondPopulation {
public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  MicrosecondPopulation(const PlanPopulation& population, MicrosecondDynamics dynamics);

  std::size_t columns() const { return last_.size(); }
  /// Back to rest before tick 0.
  void reset();
  /// Weights that arrive in this tick at all channels of a column.
  /// @param row padded_column(channels) of them, zeros behind the last
  void arrive(std::size_t column, const float* row) { append(column, {row, 0, 0, none}); }
  /// The same at `count` channels from `first` on; `weights` need no padding.
  void arrive(std::size_t column, const float* weights, std::size_t first, std::size_t count);
  /// A column is due.
  void wake(std::size_t column) { touch(column); }
  bool touched() const { return !touched_.empty(); }
  /// Advances the touched columns to tick t and appends the ascending neurons that fire to `fired`.
  void finish(std::int64_t t, std::vector<std::uint32_t>& fired);
  /// Columns advanced by the last finish(), or that are due at rest after reset(). Each must be
  /// woken at wake_time() unless something arrives before.
  std::span<const std::uint32_t> advanced() const { return advanced_; }
  /// The first tick at which a neuron of the column may fire without input; `never`.
  std::int64_t wake_time(std::size_t column) const { return wake_[column]; }

  /// Neuron updates so far.
  std::uint64_t updates() const { return updates_; }
  /// Bytes held now.
  std::size_t bytes() const;

private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  struct Arrival {
    const float* weights;
    std::uint32_t first, count;  ///< channels; count 0: all of a padded row
    std::uint32_t next;          ///< of the same column, in arrivals_
  };

  void touch(std::size_t column);
  void append(std::size_t column, const Arrival& arrival);
  void advance_uniform(std::int64_t t);
  void advance_by_channel(std::int64_t t);
  bool add_parts(std::size_t column);
  void find_over(std::size_t place);
  void fire(std::size_t place, std::int64_t t, std::vector<std::uint32_t>& fired);
  std::int64_t forecast(std::size_t column, std::int64_t t) const;

  MicrosecondDynamics dynamics_;
  std::size_t channels_, padded_;
  bool driven_ = false;                        ///< a neuron has a constant current
  AlignedVector<double> v_, drive_;            ///< [column][padded]
  std::vector<std::int64_t> last_, wake_;      ///< by column
  std::vector<std::int64_t> ready_;            ///< by neuron, where refractory: may fire from then on
  std::vector<std::uint32_t> alone_;           ///< neurons that fire without input, ascending
  std::vector<std::uint32_t> alone_begin_;     ///< by column, plus one
  std::vector<std::uint32_t> head_, tail_;     ///< by column: its arrivals
  std::vector<char> is_touched_;
  std::vector<std::uint32_t> touched_, advanced_;
  std::vector<Arrival> arrivals_;
  std::vector<const float*> rows_;
  std::vector<std::size_t> row_begin_;
  std::vector<ColumnStep> steps_;
  std::vector<std::uint8_t> over_;             ///< [touched][padded / 8]
  std::int64_t again_ = never;                 ///< of the column at hand: one still over threshold
  std::vector<std::int64_t> rest_wake_;
  std::vector<std::uint32_t> rest_due_;
  std::uint64_t updates_ = 0;
};

}  // namespace volley
