// Recordings one after another in a live window: N and P go through them. Owns which one is shown;
// must not know how one becomes a trace.
#pragma once

#include <cstddef>
#include <functional>

#include "viz/live_window.hpp"

namespace volley {

class LiveBrowser {
public:
  /// Shows the first of `count` recordings. `make` gives the trace of recording i; it is called
  /// from a thread of the window, one call at a time. The window outlives the browser.
  LiveBrowser(LiveWindow& window, std::size_t count, std::function<SampleTrace(std::size_t)> make);
  ~LiveBrowser();
  LiveBrowser(const LiveBrowser&) = delete;
  LiveBrowser& operator=(const LiveBrowser&) = delete;

private:
  void show();

  LiveWindow& window_;
  std::size_t count_, at_ = 0;
  std::function<SampleTrace(std::size_t)> make_;
};

}  // namespace volley
