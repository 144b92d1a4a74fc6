// A dataset made in code in which only the time of spikes tells the classes apart: every input
// spikes once in every recording, at a time that follows a smooth random curve of its class. After
// "randman" of Zenke and Vogels ("The remarkable robustness of surrogate gradient learning", Neural
// Computation 33, 2021) with manifolds of dimension 1. Must not know files or networks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "datasets/dataset.hpp"

namespace volley {

inline constexpr int timing_inputs = 100;
inline constexpr int timing_classes = 10;
inline constexpr std::int64_t timing_duration_us = 50'000;  ///< all events are earlier
inline constexpr std::size_t timing_train_size = 2000;
inline constexpr std::size_t timing_test_size = 500;

/// The curves of one seed, train and test alike. A recording is a place z in [0, 1) on the closed
/// curve of its class; input i spikes at
///   t_i(z) = timing_duration_us (f_i(z) - min f_i) / (max f_i - min f_i), below the duration,
///   f_i(z) = sum over m = 1 .. 8 of a_im / m^2 sin(2 pi (m z + p_im)),
/// a and p uniform in [0, 1), drawn for every class and input; min and max over 512 places.
class TimingManifolds {
public:
  explicit TimingManifolds(std::uint64_t seed);

  /// Microseconds from the start to the spike of an input, at place z.
  std::int64_t time_us(int label, int input, double z) const;

private:
  static constexpr std::size_t harmonics = 8;
  struct Curve {
    std::array<double, harmonics> amplitude{}, phase{};
    double least = 0, range = 1;
    double at(double z) const;
  };
  std::vector<Curve> curves_;  ///< by class, then input
};

DatasetInfo timing_info();

/// Recording `index` of a split ("Train" or "Test" as `test`), class index % 10: 100x1x1, events
/// sorted. Depends on the arguments alone; safe from many threads.
Recording timing_recording(const TimingManifolds& manifolds, std::uint64_t seed, bool test,
                           std::uint64_t index);

/// The dataset over timing_recording(); load(i) makes it anew each time.
/// @throws Error for a split other than Train and Test, or more than a million recordings.
std::unique_ptr<Dataset> open_timing(const DatasetRequest& request);

}  // namespace volley
