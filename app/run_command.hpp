// What `volley run` was asked for, and its ways of running. Must not know how options are read.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/live_browser.hpp"
#include "app/live_feed.hpp"
#include "app/model_file.hpp"
#include "app/nir_options.hpp"
#include "app/options.hpp"
#include "app/run_stream.hpp"

namespace volley {

struct RunCommand {
  std::string model, file, out, spikes;
  DataOptions data;
  NirReadOptions nir;
  std::string engine = "event";
  std::string resolution = "step";
  RunStreamOptions stream;
  std::size_t pictures = 1;
  LiveChoice live;
  bool metrics = false;
  std::vector<int> agreement;  ///< steps; empty: around those of the recipe
  CommonOptions common;
};

/// The window of a run, titled so.
std::unique_ptr<LiveWindow> open_window(const LiveChoice& live, const std::string& title,
                                        Console& console);

/// Spikes of every population over all recordings that are run; nothing without a name. Adds what
/// was written to `json`.
void write_spikes(const std::string& name, const FrozenPlan& plan,
                  std::span<const SpikeTrain> trains, std::span<const std::string> names, Json& json,
                  Console& console);

// Each prints its answer. @return the exit code. @throws Error where data are damaged or do not fit
int run_file(const RunCommand& options, const LoadedModel& model, Console& console);
int run_split(const RunCommand& options, const LoadedModel& model, Console& console);
/// Recordings are loaded one by one, and keep their times.
int run_split_in_microseconds(const RunCommand& options, const LoadedModel& model,
                              Console& console);

}  // namespace volley
