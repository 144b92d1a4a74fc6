// AdamW, Adam and gradient descent with momentum. Owns the moments; must not know losses or rates.
#pragma once

#include <cstdint>

#include "models/recipe.hpp"
#include "sim/parameters.hpp"

namespace volley {

/// Euclidean norm of each array of a gradient, in the order of parameter_views; blocks and lanes
/// are added up in one order whatever the threads.
template <class Real>
std::vector<double> tensor_norms(const Plan& plan, Parameters<Real>& gradient);

template <class Real>
class Optimizer {
public:
  Optimizer(const Plan& plan, const TrainingOptions& options);

  /// One step of the kind that the options say (Adam: beta1 0.9, beta2 0.999, epsilon 1e-8); scales
  /// the gradient first to a global norm of at most gradient_clip where the options say so.
  /// @param norms as tensor_norms gives them; not looked at without gradient_clip
  void step(const Plan& plan, Parameters<Real>& parameters, Parameters<Real>& gradient,
            const std::vector<double>& norms, double rate, std::uint64_t step_number);

  /// The velocity of sgd.
  Parameters<Real>& first_moment() { return first_; }
  /// Without arrays for sgd.
  Parameters<Real>& second_moment() { return second_; }
  bool has_second_moment() const { return options_.optimizer != OptimizerKind::sgd; }

private:
  TrainingOptions options_;
  Parameters<Real> first_, second_;
};

/// Norm of the whole gradient from its tensors' norms.
double global_norm(const std::vector<double>& norms);

}  // namespace volley
