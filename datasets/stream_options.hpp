// How to read what a file does not say about itself. Must not know any decoder.
#pragma once

#include <string>

#include "datasets/event.hpp"

namespace volley {

struct StreamOptions {
  /// Of the sensor, in place of what the file says; 0 x 0: as the file says, or what its format can
  /// address.
  SensorSize sensor{0, 0, 2};
  std::string format;     ///< a name of recording_formats(); empty: told by the content
  std::string layout;     ///< AEDAT 2 addresses: dvs128, davis, cifar10-dvs, cochlea, cochlea-onoff
  int address_bytes = 0;  ///< of AEDAT 2 without a header: 2 or 4; 0: told by the content
  double tick_us = 1;     ///< of AEDAT 2 times
  int stream = -1;        ///< of AEDAT4; -1: the first stream of events
  bool keep_invalid = false;  ///< deliver AEDAT 3.1 events that are marked invalid
  long index = -1;            ///< of the recording in a file of many (SHD, SSC); -1: the only one
  std::string columns;  ///< of text and arrays, for example "t x y p"; empty: told by the content
  double time_unit_us = 0;  ///< of text and arrays; 0: told by the content
};

}  // namespace volley
