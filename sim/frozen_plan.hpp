// A frozen network compiled for running, and what both engines do alike with it. Must not know how
// time passes or training.
#pragma once

#include <span>
#include <vector>

#include "base/aligned.hpp"
#include "models/frozen_network.hpp"
#include "sim/delay_table.hpp"
#include "sim/float_map.hpp"
#include "sim/integer_weights.hpp"
#include "sim/plan.hpp"
#include "sim/trace.hpp"

namespace volley {

/// A frozen network compiled for running. Shared by engines; read-only.
class FrozenPlan {
public:
  /// @throws Error as compile() does, and where weights, biases, delays or betas do not fit the
  /// topology.
  explicit FrozenPlan(FrozenNetwork network);

  const FrozenNetwork& network() const { return network_; }
  const Plan& plan() const { return plan_; }
  /// Of a projection by id; empty where its delays are fixed.
  const DelayTable& delays(std::size_t projection) const { return delays_[projection]; }
  /// Of a projection by id; empty where its weights are not evenly spaced.
  const IntegerWeights& integers(std::size_t projection) const { return integers_[projection]; }
  /// Whether a population's spikes are only 0 and 1, so that bits say all of them.
  bool binary_spikes(std::size_t population) const { return binary_[population]; }
  /// The float weights of a dense projection as they are added up, [fan_in][row_stride()], a row
  /// beginning on a cache line where it fills one; empty for other kinds, and where integers() is
  /// not or synapses have delays.
  const AlignedVector<float>& rows(std::size_t projection) const { return rows_[projection]; }
  std::size_t row_stride(std::size_t projection) const;
  /// The same of a convolution, its taps as PlanProjection::runs places them, rows end to end; and
  /// as windows of bits take them.
  std::span<const float> placed(std::size_t projection) const { return placed_[projection]; }
  const FloatMap& float_map(std::size_t projection) const { return float_maps_[projection]; }
  /// Of a convolution or pooling: its table seen from the targets.
  const ConvTable& sources(std::size_t projection) const { return sources_[projection]; }
  /// Turns a population's current from other populations at step t into what normalisation by steps
  /// makes of it. @return whether it changed, and with it every neuron
  bool adjust_early(std::size_t population, std::size_t t, float* currents) const;
  /// A trace with names, kinds and shapes filled in and `steps` empty steps begun.
  SampleTrace empty_trace(const SpikeTrain& input) const;
  /// Sets scores and the predicted class from the readout's trace.
  void read_scores(SampleTrace& trace) const;

private:
  void pack_floats(const PlanProjection& projection);

  FrozenNetwork network_;
  Plan plan_;
  std::vector<DelayTable> delays_;
  std::vector<IntegerWeights> integers_;
  std::vector<ConvTable> sources_;
  std::vector<AlignedVector<float>> rows_;
  std::vector<AlignedVector<float>> placed_;
  std::vector<FloatMap> float_maps_;
  std::vector<bool> binary_;
};

/// @throws Error where the train does not fit the network's input.
void check_input(const FrozenPlan& plan, const SpikeTrain& input);
/// @throws Error where graded input would pass through a relay, which sends spikes alone.
void check_graded_input(const Plan& plan);

}  // namespace volley
