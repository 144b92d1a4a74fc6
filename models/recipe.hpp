// A recipe: dataset, network and training named in one TOML file. Owns the keys, their defaults and
// their checks; must not open datasets or run anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "models/network.hpp"
#include "models/recipe_override.hpp"

namespace volley {

struct DatasetOptions {
  std::string name = "synthetic-digits";  ///< catalog name
  std::string train_split = "Train";
  std::string test_split = "Test";
  double dt_ms = 10.0;             ///< length of a step
  int steps = 0;                   ///< steps per sample; 0 = as long as each recording
  std::string encoding = "auto";   ///< of still images: auto (latency), latency, rate, direct
  int shift_pixels = 0;            ///< augmentation: random shift of up to this many pixels
  bool mirror = false;             ///< augmentation: left and right swapped in half of the samples
  std::size_t synthetic_train = 0; ///< recordings made for data made in code; 0 = its default
  std::size_t synthetic_test = 0;
  std::size_t train_limit = 0;     ///< at most so many recordings, classes in turn; 0 = all
  std::size_t test_limit = 0;

  friend bool operator==(const DatasetOptions&, const DatasetOptions&) = default;
};

/// What the loss looks at: the time-mean of a leaky_integrator's membrane, or the mean spike count
/// of a lif readout (times logit_scale).
struct TrainingOptions {
  int epochs = 10;
  int batch_size = 64;
  double learning_rate = 2e-3;
  double warm_up = 0.05;           ///< fraction of all steps with a rising rate, then cosine to 0
  double weight_decay = 0.01;      ///< AdamW (arXiv 1711.05101), weights only
  double logit_scale = 1.0;        ///< factor on the readout before the cross-entropy
  double label_smoothing = 0.0;
  double gradient_clip = 0.0;      ///< clip the global gradient norm to this; 0 = off
  double gradient_l1 = 0.0;        ///< weight of the l1 norm of dL/dweights, sim/gradient_l1.hpp
  double momentum = 0.1;           ///< of the running moments (weight of the newest batch)
  int recalibration_samples = 4000;  ///< cumulative re-averaging after training; 0 = off
  bool class_balanced = false;     ///< weigh the loss by inverse class frequency
  std::uint64_t seed = 1;

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

/// The recipe with every default written out; parse_recipe reads it back to an equal recipe (what
/// has no meaning for a kind of neuron or projection is not written and comes back as its default).
/// @throws Error where the input is not the first population, named "input"
std::string format_recipe(const Recipe& recipe);

}  // namespace volley
