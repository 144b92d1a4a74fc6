// The subcommands of `volley`: each file adds one to the parser. Owns nothing but their names; must
// not know what a command does.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace volley {

/// What the command line asked for, set while parsing and run afterwards. Returns the exit code:
/// 0 success, 1 a check that failed, 2 something the user can mend (by Error), 130 Ctrl-C.
using Action = std::function<int()>;

void add_train(CLI::App& app, Action& action);
void add_study(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_view(CLI::App& app, Action& action);
void add_plot(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_nir(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_describe(CLI::App& app, Action& action);
void add_convert(CLI::App& app, Action& action);
void add_datasets(CLI::App& app, Action& action);
void add_make_dataset(CLI::App& app, Action& action);
void add_simulate(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_bench_simulate(CLI::App& bench, Action& action);  ///< of the command `bench`

}  // namespace volley
