#include "datasets/slicer.hpp"

#include <algorithm>

namespace volley {

namespace {

std::int64_t slices_of(std::int64_t whole, std::int64_t length, std::int64_t stride) {
  return whole < length ? 1 : (whole - length) / stride + 1;
}

class SlicerByTime final : public Slicer {
public:
  SlicerByTime(std::int64_t window_us, std::int64_t stride_us)
      : window_(window_us), stride_(stride_us) {}

  std::int64_t count(const Recording& recording) const override {
    return slices_of(recording.duration_us(), window_, stride_);
  }
  Slice slice(const Recording& recording, std::int64_t k) const override {
    const std::int64_t start = recording.start_us + k * stride_;
    const auto place = [&](std::int64_t time) {
      const auto at = std::lower_bound(
          recording.events.begin(), recording.events.end(), time,
          [](const Event& event, std::int64_t limit) { return event.t < limit; });
      return static_cast<std::size_t>(at - recording.events.begin());
    };
    return {place(start), place(start + window_), start};
  }

private:
  std::int64_t window_, stride_;
};

class SlicerByEventCount final : public Slicer {
public:
  SlicerByEventCount(std::int64_t events, std::int64_t stride)
      : events_(events), stride_(stride) {}

  std::int64_t count(const Recording& recording) const override {
    return slices_of(static_cast<std::int64_t>(recording.events.size()), events_, stride_);
  }
  Slice slice(const Recording& recording, std::int64_t k) const override {
    const auto first = static_cast<std::size_t>(k * stride_);
    const std::size_t last =
        std::min(recording.events.size(), first + static_cast<std::size_t>(events_));
    return {first, last, first < last ? recording.events[first].t : recording.start_us};
  }

private:
  std::int64_t events_, stride_;
};

}  // namespace

std::unique_ptr<Slicer> slicer_by_time(NamedReader& reader) {
  constexpr std::int64_t most = std::int64_t{1} << 50;
  const std::int64_t window = reader.integer("window_us", 0, 0, most);
  const std::int64_t stride = window - reader.integer("overlap_us", 0, 0, most);
  if (window < 1 || stride < 1)
    reader.fail("'window_us' must be given, and be longer than overlap_us",
                "write window_us = 100000");
  return std::make_unique<SlicerByTime>(window, stride);
}

std::unique_ptr<Slicer> slicer_by_event_count(NamedReader& reader) {
  constexpr std::int64_t most = 1'000'000'000;
  const std::int64_t events = reader.integer("event_count", 0, 0, most);
  const std::int64_t stride = events - reader.integer("overlap", 0, 0, most);
  if (events < 1 || stride < 1)
    reader.fail("'event_count' must be given, and be more than overlap",
                "write event_count = 1000");
  return std::make_unique<SlicerByEventCount>(events, stride);
}

std::unique_ptr<Slicer> make_slicer(const NamedValues& given) {
  NamedReader reader(given);
  auto slicer =
      reader.has("event_count") ? slicer_by_event_count(reader) : slicer_by_time(reader);
  reader.finish();
  return slicer;
}

void cut_slice(Recording& recording, const Slice& slice) {
  const auto begin = recording.events.begin();
  recording.events.erase(begin + static_cast<std::ptrdiff_t>(slice.last), recording.events.end());
  recording.events.erase(begin, begin + static_cast<std::ptrdiff_t>(slice.first));
  recording.start_us = slice.start_us;
}

}  // namespace volley
