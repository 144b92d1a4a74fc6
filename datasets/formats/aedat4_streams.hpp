// The streams that an AEDAT4 header describes in XML. Must not know packets.
#pragma once

#include <map>
#include <string>

#include "datasets/event.hpp"

namespace volley {

struct Aedat4Stream {
  std::string type;            ///< "EVTS", "FRME", "IMUS", "TRIG"
  SensorSize sensor{0, 0, 2};  ///< 0 x 0 where none is told
};

/// By number. What is no XML gives what stands before the mistake.
std::map<int, Aedat4Stream> read_aedat4_streams(const std::string& xml);

/// The XML of a file with one stream of events, number 0.
std::string aedat4_streams_xml(const SensorSize& sensor, const std::string& compression);

}  // namespace volley
