// The choices of the [training] part that have names, and the names. Must not know how training
// works.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace volley {

enum class OptimizerKind {
  adamw,  ///< decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101)
  adam,   ///< weight decay as an L2 term of the gradient (Kingma and Ba, arXiv 1412.6980)
  sgd,    ///< momentum, L2 term, Nesterov's form on request (Sutskever et al., ICML 2013)
};

/// How the learning rate goes over the run; formulas in sim/schedule.hpp.
enum class Schedule { cosine, step, one_cycle, constant };

enum class LossKind { cross_entropy, mse };

/// How class scores come from the readout's steps: of a leaky_integrator's membrane the mean over
/// the steps, the largest or the last value; of a lif readout always the spikes divided by the
/// steps, called mean.
enum class ReadoutScore { mean, max, last };

/// How the network sees time while it trains. `rate`: static data, in one step, with activations of
/// several levels that stand for firing rates; see models/rate_view.hpp.
enum class TimeView { temporal, rate };

/// What an epoch is judged by; the first two on the test split.
enum class EarlyStopMetric { balanced_accuracy, accuracy, train_loss };

template <class Value>
using Names = std::vector<std::pair<std::string, Value>>;

inline const Names<OptimizerKind> optimizer_names = {
    {"adamw", OptimizerKind::adamw}, {"adam", OptimizerKind::adam}, {"sgd", OptimizerKind::sgd}};
inline const Names<Schedule> schedule_names = {{"cosine", Schedule::cosine},
                                               {"step", Schedule::step},
                                               {"one_cycle", Schedule::one_cycle},
                                               {"constant", Schedule::constant}};
inline const Names<LossKind> loss_names = {{"cross_entropy", LossKind::cross_entropy},
                                           {"mse", LossKind::mse}};
inline const Names<ReadoutScore> readout_names = {
    {"mean", ReadoutScore::mean}, {"max", ReadoutScore::max}, {"last", ReadoutScore::last}};
inline const Names<TimeView> view_names = {{"temporal", TimeView::temporal},
                                           {"rate", TimeView::rate}};
inline const Names<EarlyStopMetric> early_stop_names = {
    {"balanced_accuracy", EarlyStopMetric::balanced_accuracy},
    {"accuracy", EarlyStopMetric::accuracy},
    {"train_loss", EarlyStopMetric::train_loss}};

template <class Value>
const std::string& name_of(const Names<Value>& names, Value value) {
  for (const auto& [name, each] : names)
    if (each == value) return name;
  return names.front().first;
}

}  // namespace volley
