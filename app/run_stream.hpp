// `volley run MODEL FILE --stream`, `volley run MODEL -` and `volley run MODEL udp:PORT`: one
// recording of any length, or one that comes while it runs; class scores over time. Owns what is
// printed and written; must not know how networks run.
#pragma once

#include <optional>
#include <string>

#include "app/model_file.hpp"
#include "app/stream_feed.hpp"
#include "viz/live_window.hpp"

namespace volley {

struct RunStreamOptions {
  bool stream = false;
  std::string reset = "never";        ///< or "window": after as many steps as the model has
  std::optional<double> interval_ms;  ///< of scores; default: the model's steps, else 100 ms
  std::string format;                 ///< of what is read; empty: told by the content
  int idle_ms = 0;                    ///< a live source ends after so long without a byte; 0 = never
};

/// @param source file or live source  @param out folder for scores.csv; empty: none
/// @param window where the spikes are shown as they come; null: nowhere. Only with steps
/// @return exit code @throws Error for what cannot be read, and for windows without a length
int run_stream(const RunStreamOptions& options, TimeResolution resolution,
               const LoadedModel& model, const std::string& source, const std::string& out,
               LiveWindow* window, Console& console);

}  // namespace volley
