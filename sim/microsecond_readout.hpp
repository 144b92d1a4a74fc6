// A leaky_integrator readout in microsecond mode: its membrane where spikes arrive, its sum and
// largest value over all ticks in closed form. Must not know projections.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/training_options.hpp"
#include "sim/microsecond_dynamics.hpp"

namespace volley {

class MicrosecondReadout {
public:
  MicrosecondReadout(const PlanPopulation& population, MicrosecondDynamics dynamics,
                     ReadoutScore score);

  /// Back to rest before tick 0; scores begin anew.
  void reset();
  /// Advances to tick t, to whose membrane arrive() then adds; t is behind every tick before.
  void advance(std::int64_t t);
  /// At `count` neurons from `first` on, in the tick advanced to.
  void arrive(const float* weights, std::size_t first, std::size_t count);
  /// Scores are those of the ticks behind t, which it advances to.
  void begin_scores(std::int64_t t);
  /// Of the ticks since begin_scores() up to t: mean, largest (at least 0, as in steps) or last
  /// membrane. All 0 without ticks.
  std::span<const float> scores(std::int64_t t);
  std::span<const double> membrane() const { return v_; }

private:
  void count_present();
  void silence(std::int64_t until);

  MicrosecondDynamics dynamics_;
  ReadoutScore score_;
  std::vector<double> v_, sum_, largest_;
  std::int64_t last_ = -1, begin_ = -1;  ///< begin_: last tick that does not count
  bool counted_ = true;                  ///< the present tick is in sum_ and largest_
  std::vector<float> scores_;
};

}  // namespace volley
