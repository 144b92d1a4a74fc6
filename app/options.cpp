// Shared options.
#include "app/options.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>

namespace volley {

void add_common_options(CLI::App& command, CommonOptions& options) {
  command
      .add_option("--threads", options.threads,
                  "worker threads; 0 = every core. Results do not depend on it")
      ->type_name("N")
      ->check(between(0, 1024))
      ->capture_default_str();
  command.add_flag("--json", options.json,
                   "one JSON object on standard output; words go to standard error");
  command.add_flag("-q,--quiet", options.quiet, "no progress, only results and warnings");
}

struct ThreadLimit::Control {
  explicit Control(int threads)
      : control(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)) {}
  tbb::global_control control;
};

ThreadLimit::ThreadLimit(int threads) {
  if (threads > 0) control_ = std::make_unique<Control>(threads);
}
ThreadLimit::~ThreadLimit() = default;

int threads_in_use() {
  const auto allowed = static_cast<int>(
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
  return std::min(allowed, tbb::this_task_arena::max_concurrency());
}

CLI::Option* add_data_directory(CLI::App& command, std::string& directory) {
  return command
      .add_option("--data", directory,
                  "folder that holds the dataset's splits; not needed for data made in code")
      ->type_name("DIR");
}

CLI::Option* add_cache(CLI::App& command, std::string& cache) {
  return command
      .add_option("--cache", cache,
                  "where binned samples are kept for the next run, or off (default: VOLLEY_CACHE, "
                  "else volley in XDG_CACHE_HOME or ~/.cache)")
      ->type_name("DIR");
}

CLI::Option* add_limit(CLI::App& command, std::size_t& limit) {
  return command
      .add_option("--limit", limit,
                  "at most so many recordings of a split, spread over classes (default: the recipe's "
                  "train_limit and test_limit)")
      ->type_name("N")
      ->check(between(std::size_t{1}, std::size_t{1'000'000'000}));
}

CLI::Option* add_rate_steps(CLI::App& command, int& steps) {
  return command
      .add_option("--rate-steps", steps,
                  "of a model of the rate view (view = \"rate\") take the integrate-and-fire "
                  "network over so many steps, not the network of one step")
      ->type_name("N")
      ->check(between(1, 100'000));
}

void add_data_options(CLI::App& command, DataOptions& options) {
  add_data_directory(command, options.directory);
  add_cache(command, options.cache);
  command.add_option("--split", options.split, "split to use (default: the recipe's test split)")
      ->type_name("NAME");
  add_limit(command, options.limit);
  command.add_option("--seed", options.seed,
                     "seed of data made in code (default: that of the training)")
      ->type_name("N");
  command.add_option("--dataset", options.dataset,
                     "catalog name, where the file does not say it (NIR of other tools: nmnist)")
      ->type_name("NAME");
  command
      .add_option("--dt-ms", options.dt_ms,
                  "length of a step in ms, for files without a recipe (NIR of other tools: from its "
                  "metadata)")
      ->type_name("MS")
      ->check(between(0.001, 1e6));
  command
      .add_option("--steps", options.steps,
                  "steps of each recording, for files without a recipe (0 = as long as it is)")
      ->type_name("N")
      ->check(between(0, 1'000'000));
  add_rate_steps(command, options.rate_steps);
}

}  // namespace volley
