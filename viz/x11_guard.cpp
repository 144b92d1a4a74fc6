#include "viz/x11_guard.hpp"

#include <X11/Xlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>

namespace volley {

namespace {
std::atomic<bool> display_lost{false};
std::atomic<int> guarded_threads{0};
thread_local std::function<void()>* on_loss = nullptr;
XIOErrorHandler earlier_loss_handler = nullptr;
XErrorHandler earlier_error_handler = nullptr;

std::atomic<bool> exiting{false};
int exit_status = 0;

[[noreturn]] void leave(int status) {
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(status);
}

void before_exit(int status, void*) {
  if (display_lost || guarded_threads > 0) leave(status);
  exit_status = status;
  exiting = true;
}

int handle_loss(Display* display) {
  if (exiting) leave(exit_status);
  if (on_loss == nullptr) return earlier_loss_handler(display);
  display_lost = true;
  guard_exit();
  (*on_loss)();
  for (;;) ::pause();
}

/// A refused request (a window that has just been closed by others, say) is not worth the program.
int handle_error(Display* display, XErrorEvent* event) {
  return on_loss == nullptr ? earlier_error_handler(display, event) : 0;
}

void install_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    earlier_loss_handler = XSetIOErrorHandler(handle_loss);
    earlier_error_handler = XSetErrorHandler(handle_error);
  });
}
}  // namespace

std::string display_problem() {
  if (display_lost) return "the display was lost while a window was open";
  const char* name = std::getenv("DISPLAY");
  if (name == nullptr || *name == '\0')
    return "there is no display: the variable DISPLAY is not set";
  static std::once_flag once;
  std::call_once(once, [] { XInitThreads(); });
  // The first connection stays: an X server may start anew when its last client leaves (Xvfb does),
  // and would turn away the window that follows.
  static std::atomic<Display*> kept = nullptr;
  Display* display = XOpenDisplay(nullptr);
  if (display == nullptr) return std::string("the display ") + name + " cannot be opened";
  int code = 0, event = 0, error = 0;
  const bool opengl = XQueryExtension(display, "GLX", &code, &event, &error) != 0;
  Display* none = nullptr;
  if (!kept.compare_exchange_strong(none, display)) XCloseDisplay(display);
  if (!opengl) return std::string("the display ") + name + " has no OpenGL (GLX)";
  return {};
}

double display_scale() {
  Display* display = XOpenDisplay(nullptr);
  if (display == nullptr) return 1;
  double dots = 0;
  if (const char* set = XGetDefault(display, "Xft", "dpi"); set != nullptr) dots = std::atof(set);
  const int screen = DefaultScreen(display);
  // Many screens state 96 whatever they are; only a clearly denser one is believed.
  if (!(dots > 0) && DisplayHeightMM(display, screen) > 0) {
    dots = 25.4 * DisplayHeight(display, screen) / DisplayHeightMM(display, screen);
    if (dots < 144) dots = 96;
  }
  XCloseDisplay(display);
  return std::isfinite(dots) && dots >= 72 && dots <= 480 ? std::max(1.0, dots / 96) : 1;
}

void guard_display(std::function<void()> lost) {
  install_handlers();
  unguard_display();
  on_loss = new std::function<void()>(std::move(lost));
  ++guarded_threads;
}

void guard_exit() {
  on_exit(before_exit, nullptr);
}

void give_up_display() {
  display_lost = true;
  guard_exit();
}

void unguard_display() {
  if (on_loss == nullptr) return;
  --guarded_threads;
  delete on_loss;
  on_loss = nullptr;
}

}  // namespace volley
