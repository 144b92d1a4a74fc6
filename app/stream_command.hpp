// Options of commands that read one recording of any format: what the file does not say. Must not
// know what a command does with the events.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/console.hpp"
#include "datasets/event_stream.hpp"
#include "datasets/stream_options.hpp"

namespace volley {

struct StreamCommand {
  StreamOptions options;
  std::string sensor;     ///< "WIDTHxHEIGHT"
  std::string time_unit;  ///< "s", "ms", "us" or "ns"
  bool strict = false;    ///< damage is an error
};

void add_stream_options(CLI::App& command, StreamCommand& options);

/// The options with the words of the command line understood.
/// @throws Error for a sensor or unit that is none
StreamOptions stream_options(const StreamCommand& command);

/// Tells notes and damage of a stream read to its end.
/// @throws Error naming the byte of the damage where --strict was given
void tell_report(const StreamReport& report, const std::string& file, bool strict,
                 Console& console);

}  // namespace volley
