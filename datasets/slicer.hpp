// Pieces of a recording: of equal length or of equally many events, as Tonic's slicers cut them.
// Owns where each begins and ends; must not know which of them are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/named_values.hpp"
#include "datasets/recording.hpp"

namespace volley {

/// Where a slice lies in its recording.
struct Slice {
  std::size_t first = 0, last = 0;  ///< events [first, last)
  std::int64_t start_us = 0;        ///< the slice's own start
};

class Slicer {
public:
  virtual ~Slicer() = default;
  /// At least 1; what does not fill a slice at the end is in none, unless there is no other.
  virtual std::int64_t count(const Recording& recording) const = 0;
  /// @param k from 0, below count()
  virtual Slice slice(const Recording& recording, std::int64_t k) const = 0;
};

/// Slice k holds k * stride <= t - start < k * stride + window_us, and starts there; stride =
/// window_us - overlap_us (Tonic: SliceByTime).
/// @throws Error where window_us is missing or not longer than overlap_us
std::unique_ptr<Slicer> slicer_by_time(NamedReader& reader);

/// Slice k holds event_count events from number k * (event_count - overlap) on, and starts at its
/// first (Tonic: SliceByEventCount). @throws Error likewise
std::unique_ptr<Slicer> slicer_by_event_count(NamedReader& reader);

/// The one whose length is given: `window_us` or `event_count`. @throws Error for other values
std::unique_ptr<Slicer> make_slicer(const NamedValues& given);

/// What is left of the recording is the slice.
void cut_slice(Recording& recording, const Slice& slice);

}  // namespace volley
