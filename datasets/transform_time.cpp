// Transforms of when events come: crop, jitter, skew, reversal, alignment. Times are counted from
// the recording's start; what would lie before it is dropped.
#include <algorithm>
#include <cmath>

#include "datasets/slicer.hpp"
#include "datasets/transform_parts.hpp"

namespace volley {

namespace {

constexpr double most_us = 1e15;

/// Times from the start as doubles, exact below 2^53 us.
template <class Time>
void move_in_time(Recording& recording, Time time) {
  drop_events(recording, [&](Event& event) {
    const double moved = std::round(time(static_cast<double>(event.t - recording.start_us)));
    if (!(moved >= 0 && moved <= most_us)) return true;
    event.t = recording.start_us + static_cast<std::int64_t>(moved);
    return false;
  });
  sort_by_time(recording.events);
}

/// Keeps min_us <= t < max_us; what is kept starts at min_us.
class CropTime final : public Transform {
public:
  explicit CropTime(NamedReader& reader)
      : min_(reader.integer("min_us", 0, 0, static_cast<std::int64_t>(most_us))),
        max_(reader.integer("max_us", static_cast<std::int64_t>(most_us), 1,
                            static_cast<std::int64_t>(most_us))) {
    if (min_ >= max_) reader.fail("min_us is not below max_us", "choose a later max_us");
  }
  void apply(Recording& recording, RandomEngine&) const override {
    const std::int64_t start = recording.start_us;
    drop_events(recording, [&](const Event& event) {
      return event.t - start < min_ || event.t - start >= max_;
    });
    recording.start_us = start + min_;
  }

private:
  std::int64_t min_, max_;
};

class TimeJitter final : public Transform {
public:
  explicit TimeJitter(NamedReader& reader) : std_(reader.number("std_us", 1, 0, 1e12)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    boost::random::normal_distribution<double> normal(0, std_ > 0 ? std_ : 1);
    if (std_ > 0) move_in_time(recording, [&](double t) { return t + normal(random); });
  }
  bool random() const override { return true; }

private:
  double std_;
};

class TimeSkew final : public Transform {
public:
  explicit TimeSkew(NamedReader& reader)
      : coefficient_(number_or_range(reader, "coefficient", 1, 1e-3, 1e3)),
        offset_(number_or_range(reader, "offset_us", 0, -1e12, 1e12)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    const double coefficient = coefficient_.draw(random), offset = offset_.draw(random);
    move_in_time(recording, [&](double t) { return t * coefficient + offset; });
  }
  bool random() const override {
    return coefficient_.low != coefficient_.high || offset_.low != offset_.high;
  }

private:
  NumberOrRange coefficient_, offset_;
};

/// The last event comes at the time of the first and the other way round.
class RandomTimeReversal final : public Transform {
public:
  explicit RandomTimeReversal(NamedReader& reader)
      : p_(reader.number("p", 0.5, 0, 1)),
        flip_polarities_(reader.boolean("flip_polarities", true)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    if (!chance(random, p_) || recording.events.empty()) return;
    const std::int64_t sum = recording.events.front().t + recording.events.back().t;
    std::reverse(recording.events.begin(), recording.events.end());
    for (Event& event : recording.events) {
      event.t = sum - event.t;
      if (flip_polarities_ && recording.sensor.polarities == 2) event.p ^= 1;
    }
  }
  bool random() const override { return true; }

private:
  double p_;
  bool flip_polarities_;
};

/// The recording starts at its first event.
class TimeAlignment final : public Transform {
public:
  explicit TimeAlignment(NamedReader&) {}
  void apply(Recording& recording, RandomEngine&) const override {
    if (!recording.events.empty()) recording.start_us = recording.events.front().t;
  }
};

/// One slice of a recording: any of them while training, else the one in the middle.
template <std::unique_ptr<Slicer> (*make)(NamedReader&)>
class OneSlice final : public Transform {
public:
  explicit OneSlice(NamedReader& reader) : slicer_(make(reader)) {}
  void apply(Recording& recording, RandomEngine& random) const override {
    const std::int64_t last = slicer_->count(recording) - 1;
    cut(recording, boost::random::uniform_int_distribution<std::int64_t>(0, last)(random));
  }
  void rest(Recording& recording) const override {
    cut(recording, (slicer_->count(recording) - 1) / 2);
  }
  bool random() const override { return true; }

private:
  void cut(Recording& recording, std::int64_t k) const {
    cut_slice(recording, slicer_->slice(recording, k));
  }
  std::unique_ptr<Slicer> slicer_;
};

}  // namespace

TransformTable temporal_transforms() {
  return {
      {"crop_time", make_transform<CropTime>},
      {"random_time_reversal", make_transform<RandomTimeReversal>},
      {"slice_by_event_count", make_transform<OneSlice<slicer_by_event_count>>},
      {"slice_by_time", make_transform<OneSlice<slicer_by_time>>},
      {"time_alignment", make_transform<TimeAlignment>},
      {"time_jitter", make_transform<TimeJitter>},
      {"time_skew", make_transform<TimeSkew>},
  };
}

}  // namespace volley
