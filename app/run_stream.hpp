// `volley run MODEL FILE --stream`: one recording of any length, class scores over time. Owns what
// is printed and written; must not know how networks run.
#pragma once

#include <optional>
#include <string>

#include "app/model_file.hpp"
#include "app/stream_feed.hpp"
#include "viz/live_window.hpp"

namespace volley {

struct StreamCommand {
  bool stream = false;
  std::string reset = "never";        ///< or "window": after as many steps as the model has
  std::optional<double> interval_ms;  ///< of scores; default: the model's steps, else 100 ms
};

/// @param out folder for scores.csv; empty: none
/// @return exit code @throws Error for a file that cannot be read, and for windows without a length
/// @param window where the spikes are shown as they come; null: nowhere. Only with steps
int run_stream(const StreamCommand& options, TimeResolution resolution, const LoadedModel& model,
               const std::string& file, const std::string& out, LiveWindow* window,
               Console& console);

}  // namespace volley
