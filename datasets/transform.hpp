// Changes of recordings before they become spikes: cropping, filtering, augmentation. Owns the list
// that a recipe gives, its order, and when and with which random numbers each entry acts. Must not
// know files, labels or networks; the single changes are in transform_*.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/named_values.hpp"
#include "base/random.hpp"
#include "datasets/recording.hpp"

namespace volley {

/// One change. Safe from many threads.
class Transform {
public:
  virtual ~Transform() = default;
  /// The sensor of what comes out. @throws Error for a sensor that is too small for the change
  virtual SensorSize sensor(const SensorSize& before) const { return before; }
  /// Changes events, sensor and start together; events come out sorted by time, all inside the
  /// sensor and not before the start. @param random numbers of this sample and entry alone
  virtual void apply(Recording& recording, RandomEngine& random) const = 0;
  virtual bool random() const { return false; }
  /// Whether the sensor changes.
  virtual bool resizes() const { return false; }
  /// What happens instead to samples that are not for training.
  virtual void rest(Recording& /*recording*/) const {}
};

/// Where a sample stands: equal places, equal random numbers, whoever computes them and when.
struct SamplePlace {
  std::uint64_t seed = 1, sample = 0, epoch = 0;
};

class TransformList {
public:
  TransformList() = default;
  /// Reads a recipe's list: names as in Tonic (`drop_event` or `DropEvent`), keys as documented in
  /// models/recipes/README.md. The key `when` is known to all: "always", or "training" for training
  /// samples only, anew in each epoch. Random transforms act in training unless told otherwise.
  /// @throws Error with the entry's place for an unknown name (lists the known ones), an unknown
  /// key, a wrong type or a value out of range
  explicit TransformList(const std::vector<NamedValues>& entries);

  /// Of the recordings that come out. @throws Error as Transform::sensor
  SensorSize sensor(SensorSize before) const;
  /// Applies all in order; those of training only where `training` is set.
  void apply(Recording& recording, const SamplePlace& place, bool training) const;
  /// Whether training samples differ from epoch to epoch.
  bool changes_every_epoch() const;
  bool empty() const { return entries_.empty(); }
  /// What it was read from.
  const std::vector<NamedValues>& given() const { return given_; }

private:
  struct Entry {
    std::shared_ptr<const Transform> transform;
    bool training_only = false;
  };
  std::vector<Entry> entries_;
  std::vector<NamedValues> given_;
};

/// All names, sorted.
std::vector<std::string> transform_names();

}  // namespace volley
