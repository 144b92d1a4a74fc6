// Recordings one after another in a live window: N and P go through them, all or those that a filter
// lets through. Owns which one is shown; must not know how one becomes a trace.
#pragma once

#include <cstddef>
#include <functional>

#include "viz/live_window.hpp"

namespace volley {

class LiveBrowser {
public:
  /// Recordings: how many, the label of one (-1: unknown), and its trace.
  struct Source {
    std::size_t count = 1;
    std::function<int(std::size_t)> label;
    std::function<SampleTrace(std::size_t)> make;
  };

  /// Shows the first. `source` is called from a thread of the window, one call at a time. The window
  /// outlives the browser.
  LiveBrowser(LiveWindow& window, Source source);
  ~LiveBrowser();
  LiveBrowser(const LiveBrowser&) = delete;
  LiveBrowser& operator=(const LiveBrowser&) = delete;

private:
  void go(int by, const RecordingFilter& filter);

  LiveWindow& window_;
  Source source_;
  std::size_t at_ = 0;
};

/// Whether a filter lets a trace through.
bool passes(const SampleTrace& trace, const RecordingFilter& filter);

}  // namespace volley
