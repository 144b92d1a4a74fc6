// What `volley inspect` tells of a recording, gathered batch by batch in bounded memory. Must not
// know formats or words.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "datasets/event.hpp"

namespace volley {

struct PixelCount {
  int x = 0, y = 0;
  std::uint64_t events = 0;
};

/// Events of each pixel, in tiles made when first touched. Gives up counting (complete() is false)
/// where events lie on so many tiles that the counts would take more than 64 MiB.
class PixelCounts {
public:
  void add(std::span<const Event> events);
  bool complete() const { return !full_; }
  std::uint64_t active() const;  ///< pixels with any event
  /// The hottest first; of equals the upper, then the left.
  std::vector<PixelCount> hottest(std::size_t count) const;

private:
  static constexpr int tile_bits = 6, tile = 1 << tile_bits;
  static constexpr std::size_t most_tiles = 4096;
  using Tile = std::array<std::uint32_t, tile * tile>;
  struct Place {
    std::uint32_t column, row;
    std::unique_ptr<Tile> counts;
  };
  Tile* at(std::uint32_t column, std::uint32_t row);
  template <class Visit>
  void each(const Visit& visit) const;

  std::vector<Place> tiles_;
  std::vector<std::uint16_t> index_;  // of a tile in tiles_, plus 1
  bool full_ = false;
};

class EventStatistics {
public:
  static constexpr std::int64_t long_gap_us = 100'000;

  void add(std::span<const Event> events);

  std::uint64_t events = 0, on = 0;
  std::int64_t first_us = 0, last_us = 0;
  int min_x = 65535, max_x = 0, min_y = 65535, max_y = 0;
  std::int64_t longest_gap_us = 0, longest_gap_at_us = 0;  ///< and the event before it
  std::uint64_t long_gaps = 0;  ///< of more than long_gap_us between two events
  PixelCounts pixels;

  double seconds() const { return static_cast<double>(last_us - first_us + 1) * 1e-6; }
  double on_share() const { return static_cast<double>(on) / static_cast<double>(events); }
};

}  // namespace volley
