// Writing to the two standard streams.
#include "app/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace volley {

namespace {

bool is_dumb() {
  const char* terminal = std::getenv("TERM");
  return terminal == nullptr || std::string_view(terminal) == "dumb";
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void write(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

bool takes_colours(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0') && !is_dumb();
}

std::string inked(std::string_view text, Ink ink, bool colours) {
  if (!colours || ink == Ink::plain) return std::string(text);
  const char* code = "0";
  if (ink == Ink::good) code = "32";
  if (ink == Ink::warning) code = "33";
  if (ink == Ink::bad) code = "31";
  if (ink == Ink::faint) code = "2";
  if (ink == Ink::strong) code = "1";
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

Console::Console(bool json, bool quiet)
    : json_(json),
      quiet_(quiet),
      colours_(takes_colours(json ? STDERR_FILENO : STDOUT_FILENO)),
      terminal_(::isatty(STDERR_FILENO) == 1 && !is_dumb()),
      last_progress_(std::chrono::steady_clock::now()) {}

Console::~Console() { clear_progress(); }

void Console::print(std::string_view text) {
  if (silent_) return;
  clear_progress();
  write(json_ ? stderr : stdout, text);
}

void Console::say(std::string_view line) {
  if (!quiet_) print(std::string(line) + "\n");
}

void Console::result(std::string_view lines) {
  if (json_ && quiet_) return;
  print(lines.empty() || lines.back() != '\n' ? std::string(lines) + "\n" : std::string(lines));
}

void Console::warn(std::string_view line) {
  if (silent_) return;
  clear_progress();
  write(stderr, inked("warning: ", Ink::warning, takes_colours(STDERR_FILENO)) +
                    std::string(line) + "\n");
}

void Console::emit(const Json& object) {
  if (!json_ || silent_) return;
  clear_progress();
  write(stdout, object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

bool Console::progress_due() {
  if (quiet_ || silent_) return false;
  const std::chrono::milliseconds pause(terminal_ ? 100 : 5000);
  return std::chrono::steady_clock::now() - last_progress_ >= pause;
}

void Console::progress(std::string_view line) {
  if (quiet_ || silent_) return;
  last_progress_ = std::chrono::steady_clock::now();
  if (!terminal_) {
    write(stderr, std::string(line) + "\n");
    return;
  }
  // One column stays free, so that no terminal wraps the line.
  write(stderr, "\r\033[K" + std::string(line.substr(0, terminal_width() - 1)));
  line_shown_ = true;
}

void Console::clear_progress() {
  if (!line_shown_) return;
  write(stderr, "\r\033[K");
  line_shown_ = false;
}

}  // namespace volley
