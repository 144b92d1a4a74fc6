// Events into binary spikes in discrete time. Owns where a bin begins and ends; must not know files
// or networks.
#pragma once

#include "datasets/image_encoding.hpp"
#include "datasets/recording.hpp"
#include "datasets/spike_train.hpp"

namespace volley {

/// More steps than this are refused, so that no input exhausts memory.
inline constexpr int max_steps = 1'000'000;

struct BinOptions {
  double dt_ms = 10;  ///< length of a step; rounded to whole microseconds
  int steps = 0;      ///< steps of the train; 0 = as many as the recording needs, at least 1
  ImageEncoding encoding = ImageEncoding::automatic;  ///< of still images; events are as they are
  std::uint64_t seed = 1;                             ///< of the rate code and of saccades
  bool counts = false;      ///< several events of an address in one step count, else they are one
  int events_per_step = 0;  ///< a step is so many events instead of a time; 0 = off

  friend bool operator==(const BinOptions&, const BinOptions&) = default;
};

/// Bins a recording: step k holds the events with k*dt <= t - start_us < (k+1)*dt, or with
/// events_per_step = n the events number k*n to (k+1)*n - 1. An address that has several events in
/// one step spikes once; with `counts` its value is their number. With a fixed number of steps
/// later events are left out, and a shorter recording ends in empty steps.
/// @return steps x sensor.inputs(), indices as documented in spike_train.hpp
/// @throws Error (where = the recording's name, or the option's) for an event outside the sensor,
/// before the start or earlier than the one before it; for a step below 1 us or above 10^9 ms, a
/// negative number of steps, or more than max_steps; for a sensor of no or of 2^32 and more inputs.
SpikeTrain bin_events(const Recording& recording, const BinOptions& options);

}  // namespace volley
