// `volley view -` and `volley view udp:PORT`: events as they come, alone or as a network sees them.
// Must not know the options of the command.
#pragma once

#include <memory>
#include <string>

#include "app/model_file.hpp"
#include "viz/live_window.hpp"

namespace volley {

struct LiveView {
  std::string live;  ///< name of the source
  SensorSize sensor;
  double dt_ms = 1;
  std::shared_ptr<LoadedModel> model;  ///< may be null
};

/// Shows what comes until the source ends, the window is closed or Ctrl-C is pressed.
/// @throws Error as open_live_stream() and BinnedStream do
void watch_live(const LiveView& source, LiveWindow& window, Console& console);

}  // namespace volley
