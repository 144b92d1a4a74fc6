// Estimators of one's own, without a change to volley: a program that links volley::sim registers a
// slope under a name, and recipes use it as quantizer = { estimator = "custom", custom = "name" }.
// Example: tests/sim/test_user_estimator.cpp. Inference needs no slope, so a model trained this way
// runs everywhere. Must not know networks.
#pragma once

#include <string>
#include <vector>

namespace volley {

struct UserEstimator {
  std::string name;  ///< letters, digits, '_', '-', '.', at most 64
  /// ds/dv. @param distance v - threshold  @param window width of the quantizer's window in units
  /// of v  @param sharpness k as the recipe gives it, or the default. Called from several threads
  /// at once, must give the same for the same arguments. Neuron by neuron: slower than a built-in
  /// slope.
  double (*slope)(double distance, double window, double sharpness) = nullptr;
  double default_sharpness = 1;
};

/// Call before training, from any thread. @throws Error for a name that is taken or cannot be used,
/// or where there is no slope.
void register_estimator(const UserEstimator& estimator);

/// The estimator registered so; stays valid. @throws Error listing the names there are.
const UserEstimator& user_estimator(const std::string& name);

/// Names registered, in alphabetical order.
std::vector<std::string> user_estimators();

}  // namespace volley
