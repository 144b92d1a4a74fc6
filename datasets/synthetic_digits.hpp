// An event-camera dataset made in code: stroke digits 0-9 that move along three saccades and turn a
// little. Owns how a digit varies and moves; must not know files or networks.
#pragma once

#include <cstdint>
#include <memory>

#include "datasets/dataset.hpp"

namespace volley {

enum class SyntheticSplit : std::uint64_t { train = 0, test = 1 };

inline constexpr std::size_t synthetic_train_size = 2000;
inline constexpr std::size_t synthetic_test_size = 500;
inline constexpr std::size_t max_synthetic_size = 1'000'000;
inline constexpr std::int64_t synthetic_duration_us = 300'000;  ///< all events are earlier

DatasetInfo synthetic_digits_info();

/// Makes recording `index` of a split, digit index % 10: 34x34x2, 300 ms, events sorted. Depends on
/// the arguments alone; safe from many threads.
Recording synthetic_digit(std::uint64_t seed, SyntheticSplit split, std::uint64_t index);

/// The dataset over synthetic_digit(); load(i) makes it anew each time.
/// @throws Error for a split other than Train and Test, or more than max_synthetic_size recordings.
std::unique_ptr<Dataset> open_synthetic_digits(const DatasetRequest& request);

}  // namespace volley
