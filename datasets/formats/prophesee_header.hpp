// The '%' lines that begin Prophesee files, DAT and EVT alike. Must not know what follows.
#pragma once

#include <optional>
#include <string>

#include "datasets/block_stream.hpp"

namespace volley {

struct PropheseeHeader {
  std::size_t size = 0;  ///< bytes, up to the first that is no header
  std::string evt;       ///< "2.0", "2.1", "3.0"; empty: no EVT file
  int dat_version = 0;   ///< of "% Version", 0 where there is none
  bool dat = false;      ///< says "% Data file"
  std::optional<SensorSize> sensor;
};

/// Reads as many header lines as there are; old files end them without "% end". Knows "% format
/// EVT3;height=720;width=1280", "% evt 3.0", "% geometry 1280x720", "% Width 304", "% Height 240",
/// "% Version 2" and the camera in "% plugin_name hal_plugin_gen41_evk3".
PropheseeHeader read_prophesee_header(ByteSpan front);

}  // namespace volley
