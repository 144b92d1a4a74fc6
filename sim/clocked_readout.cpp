// Class scores of the clocked engine: read from the readout's steps, and their gradient back.

#include "sim/clocked_engine.hpp"
#include "sim/row_kernels.hpp"

namespace volley {

template <class Real>
void ClockedEngine<Real>::read_logits() {
  const PlanPopulation& readout = plan_.populations[plan_.readout];
  const PopulationState<Real>& state = states_[readout.id];
  const std::size_t classes = readout.neurons;
  const Share own_samples = rows_.own_samples();
  logits_.assign(rows_.samples() * classes, Real(0));
  if (!readout.spiking() && readout_score_ != ReadoutScore::mean) {
    score_row_.assign(logits_.size(), 0);
    for (std::size_t sample = own_samples.first; sample < own_samples.last; ++sample)
      for (std::size_t c = 0; c < classes && rows_.steps(sample) > 0; ++c) {
        const auto membrane = [&](std::size_t row) { return state.membrane[row * classes + c]; };
        std::size_t best = rows_.first[sample + 1] - 1;
        if (readout_score_ == ReadoutScore::max)
          for (std::size_t row = best = rows_.first[sample]; row < rows_.first[sample + 1]; ++row)
            if (membrane(row) > membrane(best)) best = row;
        logits_[sample * classes + c] = membrane(best);
        score_row_[sample * classes + c] = best;
      }
    complete_samples<Real>(rows_, classes, logits_);
    return;
  }
  for (std::size_t sample = own_samples.first; sample < own_samples.last; ++sample) {
    Real* own = logits_.data() + sample * classes;
    for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row) {
      if (readout.spiking())
        for (const std::uint32_t neuron : state.spikes.row(row)) own[neuron] += Real(1);
      else
        add_scaled(own, classes, state.membrane.data() + row * classes, Real(1));
    }
    for (std::size_t c = 0; c < classes; ++c) own[c] /= static_cast<Real>(rows_.steps(sample));
  }
  complete_samples<Real>(rows_, classes, logits_);
}

template <class Real>
void ClockedEngine<Real>::start_readout_gradient(std::span<const Real> logit_gradient) {
  const std::size_t classes = plan_.classes();
  const Share own_samples = rows_.own_samples();
  std::vector<Real>& gradient = gradient_of(plan_.readout);
  if (!plan_.populations[plan_.readout].spiking() && readout_score_ != ReadoutScore::mean) {
    for (std::size_t sample = own_samples.first; sample < own_samples.last; ++sample)
      for (std::size_t c = 0; c < classes && rows_.steps(sample) > 0; ++c) {
        const std::size_t at = sample * classes + c;
        gradient[score_row_[at] * classes + c] = logit_gradient[at];
      }
    return;
  }
  for (std::size_t sample = own_samples.first; sample < own_samples.last; ++sample)
    for (std::size_t row = rows_.first[sample]; row < rows_.first[sample + 1]; ++row)
      for (std::size_t c = 0; c < classes; ++c)
        gradient[row * classes + c] =
            logit_gradient[sample * classes + c] / static_cast<Real>(rows_.steps(sample));
}

#define VOLLEY_INSTANTIATE(Real)                                                                  \
  template void ClockedEngine<Real>::read_logits();                                               \
  template void ClockedEngine<Real>::start_readout_gradient(std::span<const Real>);
VOLLEY_INSTANTIATE(float)
VOLLEY_INSTANTIATE(double)
#undef VOLLEY_INSTANTIATE

}  // namespace volley
