// Options that several commands share, their words and their checks. Must not know what a command
// does with them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace volley {

/// A check that a number lies in a range, without a word about it in the help.
template <class Number>
CLI::Validator between(Number low, Number high) {
  CLI::Validator check = CLI::Range(low, high);
  check.description("");
  return check;
}

struct CommonOptions {
  int threads = 0;  ///< 0: every core
  bool json = false, quiet = false;
};
void add_common_options(CLI::App& command, CommonOptions& options);

/// Keeps oneTBB to so many threads as long as it lives; 0 leaves every core.
class ThreadLimit {
public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

private:
  struct Control;
  std::unique_ptr<Control> control_;
};
/// How many threads work now.
int threads_in_use();

/// Where a model's recordings come from; what is empty is taken from the model.
struct DataOptions {
  std::string directory;
  std::string cache;
  std::string split;
  std::size_t limit = 0;              ///< 0: all
  std::optional<std::uint64_t> seed;  ///< for data made in code
  // For NIR files and single event files, which know no recipe:
  std::string dataset;
  std::optional<double> dt_ms;
  std::optional<int> steps;
  int rate_steps = 0;  ///< of the integrate-and-fire network of the rate view; 0: as trained
};
void add_data_options(CLI::App& command, DataOptions& options);
CLI::Option* add_rate_steps(CLI::App& command, int& steps);
CLI::Option* add_data_directory(CLI::App& command, std::string& directory);
CLI::Option* add_cache(CLI::App& command, std::string& cache);
CLI::Option* add_limit(CLI::App& command, std::size_t& limit);

}  // namespace volley
