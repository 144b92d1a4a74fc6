// A whole event file into a Recording. Owns the choice between refusing a damaged file and keeping
// what came before the damage; must not know any file format.
#pragma once

#include <cstdint>
#include <string>

#include "datasets/event_stream.hpp"
#include "datasets/recording.hpp"

namespace volley {

enum class OnDamage { fail, keep };

/// More events than this are not held in memory at once (2 GiB of them).
inline constexpr std::uint64_t max_recording_events = std::uint64_t{1} << 27;

/// Reads `stream` to its end. The recording has no label; it starts at 0 us, the origin of the
/// file's own clock, or at its first event where that clock runs freely (a camera's). A caller who
/// knows better sets both. Where no sensor is stated it is the smallest that holds the events.
/// @param origin path for messages, and the recording's name
/// @param report where given, what the stream told in the end
/// @throws Error where the recording has more than max_recording_events; with OnDamage::fail also
/// where it is damaged, at "origin: byte N". With OnDamage::keep the events before the damage come
/// back.
Recording read_recording(EventStream& stream, const std::string& origin, OnDamage on_damage,
                         StreamReport* report = nullptr);

/// Turns a report's damage, "byte 1234: reason", into an Error at "origin: byte 1234".
[[noreturn]] void throw_damage(const std::string& origin, const std::string& damage);

}  // namespace volley
