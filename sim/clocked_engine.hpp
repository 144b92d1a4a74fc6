// The clocked engine of training: whole batches over all their steps, population by population,
// keeping what backpropagation through time needs. Gradients by hand, no allocation once warm.
// Must not know losses, optimisers or files.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/delay_kernel.hpp"
#include "sim/denoise.hpp"
#include "sim/dropout.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/neuron_kernels.hpp"
#include "sim/parameters.hpp"
#include "sim/projection_kernels.hpp"
#include "sim/spike_draws.hpp"
#include "sim/user_estimator.hpp"
#include "sim/weight_quantizer.hpp"
#include "sim/weight_schedule.hpp"

namespace volley {

/// What a forward pass keeps of one population. Rows are (sample, step), see BatchRows.
template <class Real>
struct PopulationState {
  /// [rows][neurons], before normalisation; empty where the membrane takes its place, see
  /// PlanPopulation::keeps_currents.
  std::vector<Real> current;
  std::vector<Real> membrane;   ///< [rows][neurons]; unused where forgotten, see forgets
  /// [rows][neurons]: dL/dy, then dL/dv, then dL/dcurrent; unused where nothing reads all of it,
  /// see ClockedEngine::passes_on.
  std::vector<Real> gradient;
  /// By sample, in place of it: the h of few neurons, from the last row to the first, where
  /// ClockedEngine::sends_few.
  std::vector<SparseRows<Real>> few;
  bool begun = false;           ///< whether `gradient` holds anything of this backward
  std::vector<Real> early;      ///< dL/dintercept that `gradient` has no step for; or empty
  SpikeRows spikes;
  SpikeRows heard;              ///< spikes that dropout let through, where `dropped` is not empty
  std::vector<char> dropped;    ///< [samples][neurons], 1 where unheard; empty without dropout
  SourceAffine<Real> affine;    ///< what the spikes mean to projections; 1, 0 without transform
  SpikeAffine denoise;
  std::vector<Real> window;     ///< per neuron, where the quantiser is not plain
  std::vector<Real> constant;   ///< current per neuron without any spike
  /// Of the normalisation, [normalise_steps][neurons].
  std::vector<Real> scale, offset, mean, inverse;

  // Of extended populations only, formulas in sim/neuron_kernels.hpp.
  std::vector<Real> beta;             ///< per neuron
  std::vector<Real> relative;         ///< [rows][neurons]: u; empty where it is the membrane
  std::vector<NeuronStatus> status;   ///< [rows][neurons]
  std::vector<Real> beta_gradient;    ///< [rows][neurons], where beta is learned

  // Of the estimators that have them.
  bool drawn = false;                      ///< the spikes were drawn at random
  const UserEstimator* own = nullptr;      ///< of Estimator::custom
  std::vector<double> sharpness_gradient;  ///< per sample: of a trained sharpness's logarithm

  /// What the spikes are the quantisation of.
  const std::vector<Real>& quantised() const { return relative.empty() ? membrane : relative; }
  /// What feed-forward projections see.
  const SpikeRows& sent() const { return dropped.empty() ? spikes : heard; }
};

template <class Real>
struct ProjectionState {
  /// w_hat of the last forward: quantised, normed, or the parameters themselves.
  std::span<const Real> in_force;
  std::vector<Real> quantised;          ///< where it is not the parameters
  std::vector<Real> scaled;             ///< w_hat with the source's slopes, where not tiled
  std::vector<Real> normed, norm;       ///< g w / |w| and |w| of weight normalisation
  WeightStatistics statistics;
  DelayKernel<Real> kernel;   ///< of delays that are not fixed
  std::vector<Real> taps;     ///< what a spike adds at each delay, [taps][rows][columns]
  std::vector<std::vector<Real>> transposed;  ///< of a recurrent matrix, at each delay
  /// Of a pulled projection: what add_source_gradient or scatter_fields reads, or the transpose of
  /// a dense matrix.
  std::vector<Real> sources;
  std::vector<std::vector<Real>> parts;       ///< of its weight gradient, see join_weight_parts
};

template <class Real>
class ClockedEngine {
public:
  /// @throws Error where a population names a custom estimator that nobody registered
  explicit ClockedEngine(Plan plan);
  ClockedEngine(const ClockedEngine&) = delete;
  ClockedEngine& operator=(const ClockedEngine&) = delete;

  const Plan& plan() const { return plan_; }

  /// Sparsity of the weights from the next forward on; empty: the recipe's, as at the start.
  void set_sparsity(ProjectionSparsity sparsity) { sparsity_ = std::move(sparsity); }

  /// Where training stands at the next forward: what is drawn at random, and how far what changes
  /// over training has come (estimators, the width of delays' kernels). Left alone: seed 1, step 0,
  /// progress 0.
  void set_moment(const TrainingMoment& moment) { moment_ = moment; }

  /// Runs a batch in training mode: moments are those of the batch. With `frozen`, in inference
  /// mode: the given moments are used instead, delays are rounded and no spike is drawn at random.
  /// `dropout` says which neurons are unheard; null: none are.
  /// @return logits [samples][classes], read as set_readout says. The trains and the parameters
  /// must outlive the following backward, unchanged.
  const std::vector<Real>& forward(std::span<const SpikeTrain* const> samples,
                                   const Parameters<Real>& parameters,
                                   const NetworkMoments* frozen = nullptr,
                                   const DropoutStream* dropout = nullptr);

  /// Gradients of a loss whose gradient by the logits of the last (training mode) forward is given;
  /// overwrites `gradient`.
  void backward(std::span<const Real> logit_gradient, const Parameters<Real>& parameters,
                Parameters<Real>& gradient);

  /// How logits are read of a leaky_integrator; of a lif readout always the mean.
  void set_readout(ReadoutScore readout) { readout_score_ = readout; }
  /// From now on the gradient does not flow back over multiples of `steps`; 0: it does.
  void set_truncation(std::size_t steps) { truncation_ = steps; }
  /// From now on currents and membranes are kept of one population at a time, but for the
  /// readout's, and computed again on the way back: the same numbers for one forward pass more.
  /// Spikes are kept. The parts are populations, not spans of time, because normalisation and the
  /// denoising transform need sums over all steps before the gradient of any is known.
  void set_recomputation(bool on) { recomputing_ = on; }
  /// From now on the samples of a batch are shared by ranks, which all make the same calls with the
  /// whole batch: logits, moments, spikes and parameters' gradients are those of one process, to the
  /// byte, on every rank; currents and membranes are those of its own samples only. The ranks must
  /// outlive the engine.
  void share_with(const Ranks& ranks) { ranks_ = ranks.alone() ? nullptr : &ranks; }
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
  void prepare_weights(const Parameters<Real>& parameters, bool frozen);
  void run_relay(const PlanPopulation& population);
  void add_spikes(const PlanProjection& projection, std::size_t sample, std::size_t t,
                  Real* currents) const;
  /// What a spike adds when it acts, of a projection's tap.
  const Real* spike_weights(const PlanProjection& projection, std::size_t tap) const;
  /// Whether a projection's currents are one sparse product over the whole batch.
  bool tiled(const PlanProjection& projection) const;
  /// Whether a convolution's scaled weights are in the order of its runs.
  bool placed(const PlanProjection& projection) const;
  void compute_currents(const PlanPopulation& population, const Parameters<Real>& parameters);
  /// Whether the scan sums up currents itself, row by row, just before the membranes move on.
  bool streams(const PlanPopulation& population) const;
  /// The constant current and what the spikes of all projections add at step t of a sample.
  void sum_currents(const PlanPopulation& population, std::size_t sample, std::size_t t,
                    Real* currents) const;
  std::vector<Real>& currents_of(const PlanPopulation& population) {
    PopulationState<Real>& state = states_[population.id];
    return population.keeps_currents() ? state.current : state.membrane;
  }
  void normalise(const PlanPopulation& population, const Parameters<Real>& parameters,
                 const NetworkMoments* frozen);
  void scan(const PlanPopulation& population, const Parameters<Real>& parameters, bool draws);
  /// Adds what recurrent projections bring at step t, biases included.
  /// @param fired a sample's spikes by step, up to t
  void add_recurrent(const PlanPopulation& population, const Parameters<Real>& parameters,
                     const std::vector<std::vector<std::uint32_t>>& fired, std::size_t t,
                     Real* currents) const;
  void scan_extended(const PlanPopulation& population, const Parameters<Real>& parameters,
                     bool draws);
  void denoise(const PlanPopulation& population, const NetworkMoments* frozen);
  void drop(const PlanPopulation& population, const DropoutStream* dropout);
  void read_logits();
  /// Whether the gradient flows from the later of two steps of a sample to the earlier.
  bool joined(std::size_t earlier, std::size_t later) const {
    return truncation_ == 0 || earlier / truncation_ == later / truncation_;
  }

  /// Exchanges the large rows of a population for those shared by all.
  void exchange_rows(const PlanPopulation& population);
  void recompute(const PlanPopulation& population, const Parameters<Real>& parameters);
  /// dL/dy of a population, zeros where nothing was added yet.
  std::vector<Real>& gradient_of(std::size_t population);
  /// Whether dL/dy of the source's row is read from the target's gradient when it is wanted
  /// (convolutions, relays, dense ones of few columns), instead of being added by the target for
  /// all rows at once.
  bool pulled(const PlanProjection& projection) const;
  /// dL/dy of one row of a population: what was added so far, and what is pulled.
  void read_gradient(std::size_t population, std::size_t row, Real* out) const;
  /// The same for all rows, into `gradient`.
  void read_gradient_rows(const PlanPopulation& population);
  /// Makes room for that: rows that read_gradient then writes.
  void start_gradient_rows(const PlanPopulation& population);
  /// Whether the weight gradients of a population are summed up while the scan goes back, row by
  /// row; there are only convolutions then.
  bool fuses_weights(const PlanPopulation& population) const;
  /// Whether anything but that reads the population's gradient.
  bool passes_on(const PlanPopulation& population) const;
  /// Whether at every step few of the population's neurons send a gradient back, see
  /// clocked_sparse.cpp.
  bool sends_few(const PlanPopulation& population) const;
  /// What they sent to the projection's source up to a row, as a padded map.
  const Real* carried_gradient(const PlanProjection& projection, std::size_t row) const;
  /// Adds that to one row of the source, or writes it.
  void read_few(const PlanProjection& projection, std::size_t row, bool fresh, Real* out) const;
  /// Whether membranes are not kept but computed again, sample by sample, when the scan goes back:
  /// where the input alone drives a population that is a fraction of the work.
  bool forgets(const PlanPopulation& population) const;
  /// Membranes of one sample again, [steps][neurons].
  void remember(const PlanPopulation& population, std::size_t sample,
                std::vector<Real>& membranes) const;
  void back_fused(const PlanPopulation& population, const BackwardRow<Real>& settings,
                  const Real* x_per_x);
  /// Frees gradients that nobody will read any more. @param done by population
  void free_gradients(const std::vector<bool>& done);
  /// Brings the other ranks' rows of a population's gradient.
  void complete_gradient(const PlanPopulation& population);

  void start_readout_gradient(std::span<const Real> logit_gradient);
  void back_through_time(const PlanPopulation& population, const Parameters<Real>& parameters,
                         Parameters<Real>& gradient);
  void back_dropout(const PlanPopulation& population);
  /// Samples first .. last - 1, step by step. @param reads whether dL/dy is still to be read
  void back_block(const PlanPopulation& population, std::size_t first, std::size_t last, bool reads,
                  const BackwardRow<Real>& settings, const Real* x_per_x);
  /// @param x_per_x as in LevelBackwardRow  @param any likewise, or null
  void back_row(const PlanPopulation& population, std::size_t sample, std::size_t row,
                const BackwardRow<Real>& step, const Real* x_per_x, const Real* any = nullptr);
  void back_plain_row(const PlanPopulation& population, std::size_t sample, std::size_t row,
                      const BackwardRow<Real>& step);
  /// @param wanted of this sample: what later steps want of a spike [neurons]
  /// @param carry of this sample: dL/dv, then dL/da, of the step after [2][neurons]
  void back_extended_row(const PlanPopulation& population, std::size_t sample, std::size_t row,
                         BackwardRow<Real> step, const Real* x_per_x, Real* wanted, Real* carry);
  void back_learned_beta(const PlanPopulation& population, const Parameters<Real>& parameters,
                         Parameters<Real>& gradient);
  void back_normalisation(const PlanPopulation& population, const Parameters<Real>& parameters,
                          Parameters<Real>& gradient);
  void back_projections(const PlanPopulation& population, const Parameters<Real>& parameters,
                        Parameters<Real>& gradient);
  /// Adds a projection's dL/dy to all rows of its source.
  void push_gradient(const PlanProjection& projection);
  void back_delayed_source(const PlanProjection& projection);
  void finish_weight_gradient(const PlanProjection& projection, const SpikeRows& spikes,
                              const SourceAffine<Real>& affine, const Parameters<Real>& parameters,
                              Parameters<Real>& gradient);

  Plan plan_;
  const Ranks* ranks_ = nullptr;  ///< null: alone
  BatchRows rows_;
  std::vector<PopulationState<Real>> states_;
  std::vector<ProjectionState<Real>> projection_states_;
  ProjectionSparsity sparsity_;
  NetworkMoments moments_;
  TrainingMoment moment_;
  std::vector<Real> logits_;
  ReadoutScore readout_score_ = ReadoutScore::mean;
  std::vector<std::size_t> score_row_;  ///< [samples][classes]: where a max or last score is from
  std::size_t truncation_ = 0;
  std::uint64_t backward_ = 0;    ///< number of this backward among those of all engines
  bool recomputing_ = false;
  bool training_ = false;         ///< the last forward was in training mode
  PopulationState<Real> shared_;  ///< of recomputation: only its large rows are used
  struct SpikeTerm {
    std::vector<Real> by_neuron;
    std::size_t delay;
  };
  std::vector<std::vector<SpikeTerm>> spike_terms_;  ///< by population
  std::vector<std::vector<std::size_t>> outgoing_;   ///< feed-forward projections, by source
};

}  // namespace volley
