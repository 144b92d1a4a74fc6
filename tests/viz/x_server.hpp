// An X server without a screen for the tests of the window, and a camera pointed at it. Hides Xlib
// and its macros.
#pragma once

#include <sys/types.h>

#include <string>

#include "viz/pixels.hpp"

namespace volley::fake {

/// Whether a program is on the PATH.
bool installed(const std::string& program);

/// Xvfb on a free display number, its screen 1280 x 720; DISPLAY names it while it lives.
class XServer {
public:
  XServer();
  ~XServer();
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;

  bool started() const { return !display_.empty(); }
  /// Ends it without a word to its clients.
  void kill();
  /// What its screen shows.
  Pixels look() const;

private:
  pid_t process_ = -1;
  std::string display_;
};

}  // namespace volley::fake
