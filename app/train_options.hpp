// The options of `volley train` and the recipe they resolve to. Must not know how training runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/live_feed.hpp"
#include "app/options.hpp"
#include "models/checkpoint.hpp"

namespace volley {

struct TrainCommand {
  std::string recipe, directory, cache, out = "run", resume;
  std::size_t limit = 0;
  std::optional<std::uint64_t> seed;
  std::optional<int> epochs;
  std::optional<double> learning_rate;
  std::optional<std::string> train_split, test_split;
  std::vector<std::string> set;  ///< path=value
  LiveChoice live;
  CommonOptions common;
};

void add_train_options(CLI::App& command, TrainCommand& options);

/// The recipe with what the command line overrides. With a checkpoint, that of the checkpoint,
/// whose end may be moved by --epochs (then `finished` is taken back).
/// @throws Error where a resumed run would not be the same run
Recipe resolve_recipe(const TrainCommand& options, Checkpoint* resume, Console& console);

/// The command that goes on from a model, with the same options.
std::string resume_command(const TrainCommand& options, const std::string& model);

}  // namespace volley
