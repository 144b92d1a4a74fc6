// What `volley view` is asked to show: recordings of a dataset, one file of any kind, or a live
// source; alone or as a network sees them. Must not know windows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/live_browser.hpp"
#include "app/model_file.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

struct ViewFiles {
  std::vector<std::string> files;
  DataOptions data;
  StreamOptions stream;    ///< of an event file or a live source
  bool strict = false;     ///< a damaged file is refused
};

struct ViewSource {
  std::string title;
  LiveBrowser::Source recordings;
  /// Of a live source its name, and what is needed to run it; else empty.
  std::string live;
  SensorSize sensor;
  double dt_ms = 1;
  std::shared_ptr<LoadedModel> model;  ///< may be null
};

/// Sorts the files by what they are and opens them.
/// @throws Error for two of a kind, for what cannot be read, and for sensors that do not fit
ViewSource open_view(const ViewFiles& files, Console& console);

}  // namespace volley
