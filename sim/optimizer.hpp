// AdamW with a warm-up and cosine rate. Owns the moments; must not know losses.
#pragma once

#include <cstdint>

#include "models/recipe.hpp"
#include "sim/parameters.hpp"

namespace volley {

/// Rises linearly over warm_up * total steps, then falls as a half cosine to 0 at `total`.
/// @param step optimiser steps already taken
double scheduled_rate(const TrainingOptions& options, std::uint64_t step, std::uint64_t total);

template <class Real>
class AdamW {
public:
  AdamW(const Plan& plan, const TrainingOptions& options);

  /// One step (Loshchilov and Hutter, arXiv 1711.05101; beta1 0.9, beta2 0.999, epsilon 1e-8);
  /// clips the global gradient norm first where the options say so.
  /// @return norm of the gradient before clipping
  double step(const Plan& plan, Parameters<Real>& parameters, Parameters<Real>& gradient,
              double rate, std::uint64_t step_number);

  Parameters<Real>& first_moment() { return first_; }
  Parameters<Real>& second_moment() { return second_; }

private:
  TrainingOptions options_;
  Parameters<Real> first_, second_;
};

}  // namespace volley
