#include "app/event_statistics.hpp"

#include <algorithm>

namespace volley {

namespace {
constexpr std::uint32_t tiles_a_side = 65536 / 64;
}

PixelCounts::Tile* PixelCounts::at(std::uint32_t column, std::uint32_t row) {
  if (index_.empty()) index_.assign(tiles_a_side * tiles_a_side, 0);
  std::uint16_t& place = index_[row * tiles_a_side + column];
  if (place == 0) {
    if (tiles_.size() == most_tiles) {
      full_ = true;
      return nullptr;
    }
    tiles_.push_back({column, row, std::make_unique<Tile>()});
    place = static_cast<std::uint16_t>(tiles_.size());
  }
  return tiles_[place - 1u].counts.get();
}

void PixelCounts::add(std::span<const Event> events) {
  if (full_) return;
  for (const Event& event : events) {
    Tile* const counts = at(event.x >> tile_bits, event.y >> tile_bits);
    if (counts == nullptr) return;
    ++(*counts)[static_cast<std::size_t>((event.y & (tile - 1)) << tile_bits |
                                         (event.x & (tile - 1)))];
  }
}

template <class Visit>
void PixelCounts::each(const Visit& visit) const {
  for (const Place& place : tiles_)
    for (std::size_t i = 0; i < place.counts->size(); ++i)
      if ((*place.counts)[i] != 0)
        visit(PixelCount{static_cast<int>(place.column << tile_bits | (i & (tile - 1))),
                         static_cast<int>(place.row << tile_bits | i >> tile_bits),
                         (*place.counts)[i]});
}

std::uint64_t PixelCounts::active() const {
  std::uint64_t count = 0;
  each([&](const PixelCount&) { ++count; });
  return count;
}

std::vector<PixelCount> PixelCounts::hottest(std::size_t count) const {
  const auto hotter = [](const PixelCount& a, const PixelCount& b) {
    if (a.events != b.events) return a.events > b.events;
    return a.y != b.y ? a.y < b.y : a.x < b.x;
  };
  std::vector<PixelCount> hottest;  // a heap whose front is the coolest
  each([&](const PixelCount& pixel) {
    if (hottest.size() < count) {
      hottest.push_back(pixel);
      std::push_heap(hottest.begin(), hottest.end(), hotter);
    } else if (count > 0 && hotter(pixel, hottest.front())) {
      std::pop_heap(hottest.begin(), hottest.end(), hotter);
      hottest.back() = pixel;
      std::push_heap(hottest.begin(), hottest.end(), hotter);
    }
  });
  std::sort_heap(hottest.begin(), hottest.end(), hotter);
  return hottest;
}

void EventStatistics::add(std::span<const Event> batch) {
  if (batch.empty()) return;
  if (events == 0) first_us = last_us = batch.front().t;
  events += batch.size();
  for (const Event& event : batch) {
    on += event.p;
    min_x = std::min<int>(min_x, event.x);
    max_x = std::max<int>(max_x, event.x);
    min_y = std::min<int>(min_y, event.y);
    max_y = std::max<int>(max_y, event.y);
    const std::int64_t gap = event.t - last_us;
    long_gaps += gap > long_gap_us;
    if (gap > longest_gap_us) {
      longest_gap_us = gap;
      longest_gap_at_us = last_us;
    }
    last_us = event.t;
  }
  pixels.add(batch);
}

}  // namespace volley
