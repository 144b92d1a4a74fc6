// The clocked engine of training: whole batches over all their steps, population by population,
// keeping what backpropagation through time needs. Gradients by hand, no allocation once warm.
// Must not know losses, optimisers or files.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/denoise.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/parameters.hpp"
#include "sim/projection_kernels.hpp"
#include "sim/weight_quantizer.hpp"

namespace volley {

/// What a forward pass keeps of one population. Rows are (sample, step), see BatchRows.
template <class Real>
struct PopulationState {
  std::vector<Real> current;    ///< [rows][neurons], before normalisation
  std::vector<Real> membrane;   ///< [rows][neurons]
  std::vector<Real> gradient;   ///< [rows][neurons]: dL/dy, then dL/dv, then dL/dcurrent
  SpikeRows spikes;
  SourceAffine<Real> affine;    ///< what the spikes mean to projections; 1, 0 without transform
  SpikeAffine denoise;
  std::vector<Real> constant;   ///< current per neuron without any spike
  std::vector<Real> scale, offset, mean, inverse;  ///< of the normalisation, per neuron
};

template <class Real>
struct ProjectionState {
  std::vector<Real> quantised, scaled;  ///< w_hat, and w_hat with the source's slopes
  WeightStatistics statistics;
};

template <class Real>
class ClockedEngine {
public:
  explicit ClockedEngine(Plan plan);
  ClockedEngine(const ClockedEngine&) = delete;
  ClockedEngine& operator=(const ClockedEngine&) = delete;

  const Plan& plan() const { return plan_; }

  /// Runs a batch in training mode: moments are those of the batch. With `frozen`, in inference
  /// mode: the given moments are used instead.
  /// @return logits [samples][classes], read as set_readout says. The trains must outlive the
  /// following backward.
  const std::vector<Real>& forward(std::span<const SpikeTrain* const> samples,
                                   const Parameters<Real>& parameters,
                                   const NetworkMoments* frozen = nullptr);

  /// Gradients of a loss whose gradient by the logits of the last (training mode) forward is given;
  /// overwrites `gradient`.
  void backward(std::span<const Real> logit_gradient, const Parameters<Real>& parameters,
                Parameters<Real>& gradient);

  /// How logits are read of a leaky_integrator; of a lif readout always the mean.
  void set_readout(ReadoutScore readout) { readout_score_ = readout; }
  /// From now on the gradient does not flow back over multiples of `steps`; 0: it does.
  void set_truncation(std::size_t steps) { truncation_ = steps; }
  /// Adds to dL/ds of a population's raw spikes in the next backward: `by_neuron` at every step
  /// that has a step `delay` later in its sample. The next forward forgets it.
  void add_spike_gradient(std::size_t population, std::vector<Real> by_neuron,
                          std::size_t delay = 0);

  /// Moments of the last batch.
  const NetworkMoments& moments() const { return moments_; }
  /// Spikes per neuron and step of a population in the last batch.
  double firing_rate(std::size_t population) const;
  const BatchRows& rows() const { return rows_; }
  const PopulationState<Real>& state(std::size_t population) const { return states_[population]; }

private:
  void prepare_weights(const Parameters<Real>& parameters);
  void run_relay(const PlanPopulation& population);
  void compute_currents(const PlanPopulation& population, const Parameters<Real>& parameters);
  void normalise(const PlanPopulation& population, const Parameters<Real>& parameters,
                 const NetworkMoments* frozen);
  void scan(const PlanPopulation& population, const Parameters<Real>& parameters);
  void denoise(const PlanPopulation& population, const NetworkMoments* frozen);
  void read_logits();
  /// Whether the gradient flows from the later of two steps of a sample to the earlier.
  bool joined(std::size_t earlier, std::size_t later) const {
    return truncation_ == 0 || earlier / truncation_ == later / truncation_;
  }

  void start_readout_gradient(std::span<const Real> logit_gradient);
  void back_through_time(const PlanPopulation& population);
  void back_block(const PlanPopulation& population, std::size_t first, std::size_t last,
                  const BackwardRow<Real>& settings);
  void back_normalisation(const PlanPopulation& population, const Parameters<Real>& parameters,
                          Parameters<Real>& gradient);
  void back_projections(const PlanPopulation& population, const Parameters<Real>& parameters,
                        Parameters<Real>& gradient);
  void finish_weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                              const SourceAffine<Real>& affine, const Parameters<Real>& parameters,
                              Parameters<Real>& gradient);

  Plan plan_;
  BatchRows rows_;
  std::vector<PopulationState<Real>> states_;
  std::vector<ProjectionState<Real>> projection_states_;
  NetworkMoments moments_;
  std::vector<Real> logits_;
  ReadoutScore readout_score_ = ReadoutScore::mean;
  std::vector<std::size_t> score_row_;  ///< [samples][classes]: where a max or last score is from
  std::size_t truncation_ = 0;
  struct SpikeTerm {
    std::vector<Real> by_neuron;
    std::size_t delay;
  };
  std::vector<std::vector<SpikeTerm>> spike_terms_;  ///< by population
};

}  // namespace volley
