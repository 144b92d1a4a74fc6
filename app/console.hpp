// Where words go: human text, one updating line of progress, warnings, machine output. Owns the two
// standard streams and the choice of colours; must not know what is said.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace volley {

using Json = nlohmann::ordered_json;

enum class Ink { plain, good, warning, bad, faint, strong };

/// Whether a stream is a terminal that takes colours (NO_COLOR unset, TERM not dumb).
bool takes_colours(int descriptor);
/// Text in a colour where `colours`, else as it is.
std::string inked(std::string_view text, Ink ink, bool colours);

class Console {
public:
  /// @param json  human text goes to stderr, standard output is left to emit()
  /// @param quiet only results, warnings and errors
  Console(bool json, bool quiet);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// A line on the way; not when quiet.
  void say(std::string_view line);
  /// Lines that were asked for.
  void result(std::string_view lines);
  /// A line on stderr, after "warning: ".
  void warn(std::string_view line);
  /// The machine's object: one line on standard output where --json was given.
  void emit(const Json& object);
  bool json() const { return json_; }

  /// Whether a line of progress is due: ten a second on a terminal, else one every 5 s.
  bool progress_due();
  /// Shows a line of progress on stderr: over the last one on a terminal, else on its own.
  void progress(std::string_view line);
  /// Wipes the line of progress from a terminal.
  void clear_progress();

  /// From now on no console shows anything: of a rank that is not the first.
  static void silence() { silent_ = true; }

  /// Text in a colour where human text takes colours.
  std::string ink(std::string_view text, Ink ink) const { return inked(text, ink, colours_); }

private:
  void print(std::string_view text);

  static inline bool silent_ = false;
  bool json_, quiet_, colours_, terminal_;
  bool line_shown_ = false;
  std::chrono::steady_clock::time_point last_progress_;
};

}  // namespace volley
