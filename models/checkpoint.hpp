// volley's own model file (.volley, HDF5): everything needed to run a network or to go on training
// it as if it had never stopped. Owns the layout; must not know engines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/recipe.hpp"

namespace volley {

template <class Value>
struct Tensor {
  std::vector<std::size_t> shape;
  std::vector<Value> values;  ///< row-major

  friend bool operator==(const Tensor&, const Tensor&) = default;
};

using FloatTensors = std::map<std::string, Tensor<float>>;
using DoubleTensors = std::map<std::string, Tensor<double>>;

/// Where training stands. All randomness is drawn from streams addressed by seed, epoch and sample
/// (base/random.hpp), so these counters are the whole random state.
struct TrainingPosition {
  std::uint64_t seed = 1;
  int epoch = 0;             ///< whole epochs done
  std::uint64_t batch = 0;   ///< batches done of the epoch after that
  std::uint64_t step = 0;    ///< optimiser steps taken
  bool finished = false;     ///< recipe's epochs done and statistics recalibrated
  double epoch_loss = 0;     ///< sums over the samples done of the epoch after `epoch`
  double epoch_correct = 0;
  int best_epoch = 0;        ///< best of the epochs judged, from 1; 0 = none yet
  double best_value = 0;     ///< its early_stop_metric
  int judged = 0;            ///< epochs judged

  friend bool operator==(const TrainingPosition&, const TrainingPosition&) = default;
};

/// Names: "<source>-><target>/weight" [fan_in, columns], ".../bias" [columns], ".../delay" in steps
/// (delay_shape in models/delays.hpp; absent where fixed), ".../norm_gain" [columns],
/// "<population>/gamma" and "/shift" [channels], "/beta_logit" [1 or channels], "/log_sharpness" [1];
/// statistics "<population>/current_mean", "/current_variance", "/membrane_mean", "/spike_mean",
/// "/covariance", "/spike_variance", "/membrane_variance", and "<source>-><target>/sparsity" [1], the
/// sparsity reached, where it rises while training; optimiser "first_moment/<parameter>" and, but
/// for sgd, "second_moment/<parameter>".
struct Checkpoint {
  Recipe recipe;
  FloatTensors parameters;
  DoubleTensors statistics;
  FloatTensors optimiser;
  TrainingPosition position;
  std::string volley_version;  ///< of the writer; filled by load
};

/// Layout version; a file of another version is refused.
inline constexpr int checkpoint_format = 1;

/// Writes atomically; the same checkpoint gives the same bytes. @throws Error as AtomicFile does.
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file);

/// @throws Error for a file that is not HDF5, not a volley model, cut short, of another format
/// version, or whose tensors do not fit its recipe (names the HDF5 path).
Checkpoint load_checkpoint(const std::filesystem::path& file);

}  // namespace volley
