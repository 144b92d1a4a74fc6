// Watches a training run for what goes wrong: populations without spikes or with nothing else,
// gradients that vanish or explode. Owns the limits and the words; must not know who is told.
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/parameters.hpp"
#include "sim/training_history.hpp"

namespace volley {

class TrainingWatch {
public:
  using Tell = std::function<void(const TrainingWarning&)>;

  /// Samples after which rates are looked at; at least once an epoch.
  static constexpr std::size_t window = 1024;

  /// @param names_of the parameters in the order of the norms
  TrainingWatch(const Plan& plan, Parameters<float>& names_of);

  /// After a batch's gradient. Tells each kind of trouble once per epoch and subject: a lif
  /// population that never fires (or below 0.1 % of its neurons and steps, or above 90 %) over the
  /// window; a weight's gradient that is below 1e-12 while another's is not, above 1000 times its
  /// median over the last 50 batches, or not a number.
  /// @param epoch from 1, @param step optimiser steps taken before it
  void batch(int epoch, std::uint64_t step, std::size_t samples, const std::vector<double>& rates,
             const std::vector<double>& norms, const Tell& tell);
  /// After an epoch's last batch.
  void end_epoch(int epoch, std::uint64_t step, const Tell& tell);

private:
  void look_at_rates(int epoch, std::uint64_t step, const Tell& tell);
  void look_at_norms(int epoch, std::uint64_t step, const std::vector<double>& norms,
                     const Tell& tell);
  void say(TrainingWarning warning, const Tell& tell);

  struct Weight {
    std::size_t at;  ///< within the norms
    std::string name;
    std::deque<double> history;
  };
  std::vector<Population> populations_;  ///< by id
  std::vector<Weight> weights_;
  std::vector<double> fired_;  ///< rate times samples within the window, by population
  std::size_t samples_ = 0;
  bool looked_ = false;  ///< at the rates, in this epoch
  std::set<std::pair<TrainingWarning::Kind, std::string>> told_;
};

}  // namespace volley
