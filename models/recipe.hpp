// A recipe: dataset, network and training named in one TOML file. Owns the keys, their defaults and
// their checks; must not open datasets or run anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/named_values.hpp"
#include "models/network.hpp"
#include "models/recipe_override.hpp"
#include "models/training_options.hpp"

namespace volley {

struct DatasetOptions {
  std::string name = "synthetic-digits";  ///< catalog name
  std::string train_split = "Train";
  std::string test_split = "Test";
  double dt_ms = 10.0;             ///< length of a step
  int steps = 0;                   ///< steps per sample; 0 = as long as each recording
  std::string encoding = "auto";   ///< of still images: auto (latency), latency, rate, direct, ...
  std::string binning = "binary";  ///< binary, or counts: several events of a step add up
  int events_per_step = 0;         ///< steps of so many events instead of dt_ms; 0 = off
  std::vector<NamedValues> transforms;  ///< of the events before binning, in order
  NamedValues cochlea{"cochlea", {}, "cochlea"};  ///< how sound becomes spikes
  NamedValues slices{"slices", {}, "slices"};     ///< samples are all slices of the recordings
  int shift_pixels = 0;            ///< augmentation: random shift of up to this many pixels
  bool mirror = false;             ///< augmentation: left and right swapped in half of the samples
  std::size_t synthetic_train = 0; ///< recordings made for data made in code; 0 = its default
  std::size_t synthetic_test = 0;
  std::size_t train_limit = 0;     ///< at most so many recordings, classes in turn; 0 = all
  std::size_t test_limit = 0;

  friend bool operator==(const DatasetOptions&, const DatasetOptions&) = default;
};

/// What the loss looks at: the readout's scores as `readout` says, times logit_scale.
struct TrainingOptions {
  TimeView view = TimeView::temporal;
  int epochs = 10;
  int batch_size = 64;
  double learning_rate = 2e-3;
  double warm_up = 0.05;           ///< fraction of all steps with a rising rate; not one_cycle
  double weight_decay = 0.01;      ///< weights only; see OptimizerKind
  double logit_scale = 1.0;        ///< factor on the readout before the loss
  double label_smoothing = 0.0;
  double gradient_clip = 0.0;      ///< clip the global gradient norm to this; 0 = off
  double gradient_l1 = 0.0;        ///< weight of the l1 norm of dL/dweights, sim/gradient_l1.hpp
  double momentum = 0.1;           ///< of the running moments (weight of the newest batch)
  int recalibration_samples = 4000;  ///< cumulative re-averaging after training; 0 = off
  bool class_balanced = false;     ///< weigh the loss by inverse class frequency
  std::uint64_t seed = 1;

  OptimizerKind optimizer = OptimizerKind::adamw;
  double sgd_momentum = 0.9;
  bool nesterov = false;           ///< sgd only
  Schedule schedule = Schedule::cosine;
  int schedule_steps = 10;         ///< step: epochs between drops
  double schedule_factor = 0.1;    ///< step: the rate is multiplied by this at each drop

  LossKind loss = LossKind::cross_entropy;
  double count_correct = 1.0;      ///< mse: target of the right class's score
  double count_wrong = 0.0;        ///< mse: target of the other classes' scores
  ReadoutScore readout = ReadoutScore::mean;

  double rate_target = 0.1;        ///< spikes per neuron and step that cost nothing
  double rate_weight = 0.0;        ///< of the rate penalty; 0 = off
  double synops_target = 0.0;      ///< synaptic operations per sample that cost nothing; 0 = off
  double synops_weight = 1.0;      ///< of their penalty
  int truncate_steps = 0;          ///< the gradient is cut at multiples of this; 0 = off
  double memory_budget_mib = 0.0;  ///< larger batches are recomputed or cut; 0 = off

  int patience = 0;                ///< epochs without a better one before the end; 0 = off
  EarlyStopMetric early_stop_metric = EarlyStopMetric::balanced_accuracy;

  friend bool operator==(const TrainingOptions&, const TrainingOptions&) = default;
};

struct Recipe {
  std::string name;  ///< file stem
  DatasetOptions dataset;
  Network network;
  TrainingOptions training;

  friend bool operator==(const Recipe&, const Recipe&) = default;
};

/// Reads a recipe. Layout and keys: models/recipes/README.md.
/// @param origin  file name for messages
/// @param changes made to the tree before it is read, in order
/// @throws Error with line and column (or the place of the change) for a syntax error, an unknown or
/// repeated key (names the nearest known one), a wrong type, a value out of range, or a network that
/// does not check.
Recipe parse_recipe(std::string_view toml, const std::string& origin,
                    const std::vector<RecipeOverride>& changes = {});
/// The text of a recipe file. @throws Error where there is none, or it is too large for one
std::string read_recipe(const std::filesystem::path& file);
Recipe load_recipe(const std::filesystem::path& file,
                   const std::vector<RecipeOverride>& changes = {});

/// Refuses what training cannot do together: max or last scores of a lif readout, label smoothing
/// with mse, a budget of synaptic operations behind max pooling, the rate view of anything but still
/// images in direct code and networks that check_rate_view() takes. parse_recipe calls it.
/// @throws Error naming `where`, the key and what to do instead
void check_training(const Recipe& recipe, const std::string& where);

/// The recipe with every default written out; parse_recipe reads it back to an equal recipe (what
/// has no meaning for a kind of neuron or projection is not written and comes back as its default).
/// @throws Error where the input is not the first population, named "input"
std::string format_recipe(const Recipe& recipe);

}  // namespace volley
