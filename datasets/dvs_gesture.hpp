// DVS128 Gesture (Amir et al. 2017): long AEDAT 3.1 recordings, cut by label files. Owns the lists
// of trials and the label rows; must not know the format of events.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/dataset.hpp"

namespace volley {

DatasetInfo dvs_gesture_info();

/// A row of NAME_labels.csv: class 1 to 11, first <= t < end in microseconds.
struct GestureRow {
  int gesture = 0;
  std::int64_t first_us = 0, end_us = 0;
};
/// @throws Error naming place and line for what is no such row, or a row that ends before it begins
std::vector<GestureRow> parse_gesture_rows(std::string_view csv, const std::string& place);

/// The names in trials_to_train.txt or trials_to_test.txt: one a line, empty lines passed over.
std::vector<std::string> parse_trials(std::string_view text);

/// Every row of the label files of the split's trials is a recording, in the order of the lists; rows
/// that overlap are cut on their own, so that both have the events of the overlap.
/// @throws Error naming the place for missing lists, recordings or label files, and as
/// parse_gesture_rows()
std::unique_ptr<Dataset> open_dvs_gesture(const DatasetRequest& request);

}  // namespace volley
