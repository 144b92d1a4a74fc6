#include "x_server.hpp"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace volley::fake {

bool installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

XServer::XServer() {
  int ends[2];
  if (::pipe(ends) != 0) return;
  process_ = ::fork();
  if (process_ == 0) {
    // It must neither outlive the test, however that ends, nor hold open its pipes.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (int descriptor = 3; descriptor < 1024; ++descriptor)
      if (descriptor != ends[1]) ::close(descriptor);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    const std::string number = std::to_string(ends[1]);
    ::execlp("Xvfb", "Xvfb", "-displayfd", number.c_str(), "-screen", "0", "1280x720x24",
             "-nolisten", "tcp", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string number;
  char byte = 0;
  pollfd ready{ends[0], POLLIN, 0};
  while (::poll(&ready, 1, 30000) > 0 && ::read(ends[0], &byte, 1) == 1 && byte != '\n')
    number += byte;
  ::close(ends[0]);
  if (byte != '\n' || number.empty()) return;
  display_ = ":" + number;
  ::setenv("DISPLAY", display_.c_str(), 1);
}

XServer::~XServer() { kill(); }

void XServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
  if (display_.empty()) return;
  // Killed like this it cannot tidy up behind itself.
  std::error_code ignored;
  const std::string number = display_.substr(1);
  std::filesystem::remove("/tmp/.X" + number + "-lock", ignored);
  std::filesystem::remove("/tmp/.X11-unix/X" + number, ignored);
}

Pixels XServer::look() const {
  Pixels pixels;
  Display* display = XOpenDisplay(display_.c_str());
  if (display == nullptr) return pixels;
  XImage* image =
      XGetImage(display, DefaultRootWindow(display), 0, 0, 1280, 720, AllPlanes, ZPixmap);
  if (image != nullptr) {
    pixels.width = image->width;
    pixels.height = image->height;
    for (int y = 0; y < image->height; ++y)
      for (int x = 0; x < image->width; ++x) {
        const unsigned long value = XGetPixel(image, x, y);
        for (const int shift : {16, 8, 0})
          pixels.rgba.push_back(static_cast<std::uint8_t>(value >> shift & 0xFFU));
        pixels.rgba.push_back(255);
      }
    XDestroyImage(image);
  }
  XCloseDisplay(display);
  return pixels;
}

}  // namespace volley::fake
