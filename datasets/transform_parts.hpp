// What the single transforms share, and how they are made from named values. Must not be included
// outside transform_*.cpp.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/named_values.hpp"
#include "datasets/transform.hpp"

namespace volley {

using TransformMaker = std::unique_ptr<Transform> (*)(NamedReader&);
/// The maker of a transform that reads its own arguments.
template <class Kind>
std::unique_ptr<Transform> make_transform(NamedReader& reader) {
  return std::make_unique<Kind>(reader);
}

using TransformTable = std::vector<std::pair<const char*, TransformMaker>>;

TransformTable spatial_transforms();   ///< crop, flip, shift, rotate, jitter, downsample
TransformTable temporal_transforms();  ///< crop, jitter, skew, reversal, alignment
TransformTable filter_transforms();    ///< denoise, refractory period, decimation, polarity
TransformTable dropping_transforms();  ///< events dropped and added at random

/// Asks `gone` of every event once, in order, and removes those for which it holds; it may change
/// the event that it is asked of.
template <class Predicate>
void drop_events(Recording& recording, Predicate gone) {
  std::size_t kept = 0;
  for (Event& event : recording.events)
    if (!gone(event)) recording.events[kept++] = event;
  recording.events.resize(kept);
}

/// Sorts by time; events of one time keep their order.
void sort_by_time(std::vector<Event>& events);

double uniform(RandomEngine& random, double low, double high);
int uniform_whole(RandomEngine& random, int low, int high);
bool chance(RandomEngine& random, double probability);

/// A number, or a range from which each sample draws one.
struct NumberOrRange {
  double low = 0, high = 0;
  double draw(RandomEngine& random) const { return low == high ? low : uniform(random, low, high); }
};
NumberOrRange number_or_range(NamedReader& reader, std::string_view key, double fallback,
                              double low, double high);

/// Two whole numbers, `[across, down]`, or one for both.
std::pair<int, int> two_numbers(NamedReader& reader, std::string_view key, int low, int high);

}  // namespace volley
