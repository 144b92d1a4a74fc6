#include "sim/training_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace volley {

namespace {

using Kind = TrainingWarning::Kind;

constexpr double nearly_silent_rate = 0.001, saturated_rate = 0.9;
constexpr double vanished = 1e-12, exploded = 1e3;
constexpr std::size_t history = 50, enough_history = 10;

double median(std::deque<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string move_rate(const Population& population, bool up) {
  if (population.normalise)
    return fmt::format("{} shift of '{}' (the recipe says {}), or {} its threshold",
                       up ? "raise" : "lower", population.name, population.shift,
                       up ? "lower" : "raise");
  return fmt::format("{} gain of the projections into '{}', or {} its threshold",
                     up ? "raise" : "lower", population.name, up ? "lower" : "raise");
}

}  // namespace

TrainingWatch::TrainingWatch(const Plan& plan, Parameters<float>& names_of)
    : fired_(plan.populations.size(), 0.0) {
  for (const PlanPopulation& population : plan.populations)
    populations_.push_back(population.spec);
  const auto views = parameter_views(plan, names_of);
  for (std::size_t at = 0; at < views.size(); ++at)
    if (views[at].decays) weights_.push_back({at, views[at].name, {}});
}

void TrainingWatch::say(TrainingWarning warning, const Tell& tell) {
  if (told_.emplace(warning.kind, warning.subject).second) tell(warning);
}

void TrainingWatch::look_at_rates(int epoch, std::uint64_t step, const Tell& tell) {
  for (std::size_t id = 0; id < populations_.size() && samples_ > 0; ++id) {
    const Population& population = populations_[id];
    if (population.kind != NeuronKind::lif) continue;
    const double rate = fired_[id] / static_cast<double>(samples_);
    const auto warn = [&](Kind kind, const std::string& problem, bool up) {
      say({kind, epoch, step, population.name, problem, move_rate(population, up)}, tell);
    };
    if (rate <= 0)
      warn(Kind::silent, fmt::format("is silent: no spike in {} samples", samples_), true);
    else if (rate < nearly_silent_rate)
      warn(Kind::nearly_silent,
           fmt::format("is nearly silent: {:.3f} % of its neurons fire in a step", 100 * rate),
           true);
    else if (rate > saturated_rate)
      warn(Kind::saturated,
           fmt::format("is saturated: {:.1f} % of its neurons fire in a step", 100 * rate), false);
  }
  std::fill(fired_.begin(), fired_.end(), 0.0);
  samples_ = 0;
  looked_ = true;
}

void TrainingWatch::look_at_norms(int epoch, std::uint64_t step, const std::vector<double>& norms,
                                  const Tell& tell) {
  const bool any = std::any_of(weights_.begin(), weights_.end(),
                               [&](const Weight& weight) { return norms[weight.at] >= vanished; });
  for (Weight& weight : weights_) {
    const double norm = norms[weight.at];
    const auto warn = [&](Kind kind, const std::string& problem, const std::string& advice) {
      say({kind, epoch, step, weight.name, problem, advice}, tell);
    };
    if (!std::isfinite(norm)) {
      warn(Kind::not_finite, "has a gradient that is not a number",
           "lower learning_rate, or set gradient_clip = 1");
      continue;
    }
    if (norm < vanished && any)
      warn(Kind::vanishing, fmt::format("gets no gradient (norm {:.1e})", norm),
           "widen the quantizer's window behind it, or raise shift where populations are silent");
    if (weight.history.size() >= enough_history && norm > exploded * median(weight.history) &&
        norm >= vanished)
      warn(Kind::exploding,
           fmt::format("has a gradient {:.0f} times its usual size",
                       norm / std::max(median(weight.history), vanished)),
           "set gradient_clip = 1, or lower learning_rate");
    weight.history.push_back(norm);
    if (weight.history.size() > history) weight.history.pop_front();
  }
}

void TrainingWatch::batch(int epoch, std::uint64_t step, std::size_t samples,
                          const std::vector<double>& rates, const std::vector<double>& norms,
                          const Tell& tell) {
  look_at_norms(epoch, step, norms, tell);
  for (std::size_t id = 0; id < rates.size(); ++id)
    fired_[id] += rates[id] * static_cast<double>(samples);
  samples_ += samples;
  if (samples_ >= window) look_at_rates(epoch, step, tell);
}

void TrainingWatch::end_epoch(int epoch, std::uint64_t step, const Tell& tell) {
  // A rest after whole windows counts with the next epoch; a short epoch is looked at as it is.
  if (!looked_) look_at_rates(epoch, step, tell);
  looked_ = false;
  told_.clear();
}

}  // namespace volley
