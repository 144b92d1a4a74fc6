#include "datasets/dvs_gesture.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "datasets/dataset_order.hpp"
#include "datasets/recording_dataset.hpp"

namespace volley {

namespace {

constexpr std::string_view labels_ending = "_labels.csv", recording_ending = ".aedat";

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Calls act(line, number) for each line without its end, counted from 1.
template <class Act>
void for_each_line(std::string_view text, Act act) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    act(line, number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// The next number and what stands after its comma.
std::optional<std::int64_t> take_number(std::string_view& line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (code != std::errc()) return {};
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.empty() && line.front() == ',') line.remove_prefix(1);
  else if (!line.empty()) return {};
  return number;
}

std::map<std::string, std::size_t> by_file_name(const FileSet& files) {
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < files.names().size(); ++i) index[file_name(files.names()[i])] = i;
  return index;
}

}  // namespace

std::vector<GestureRow> parse_gesture_rows(std::string_view csv, const std::string& place) {
  std::vector<GestureRow> rows;
  for_each_line(csv, [&](std::string_view line, std::size_t number) {
    const bool heading = number == 1 && !line.empty() && (line[0] < '0' || line[0] > '9');
    if (line.empty() || heading) return;
    std::string_view rest = line;
    const auto gesture = take_number(rest), first = take_number(rest), end = take_number(rest);
    if (!gesture || !first || !end || !rest.empty() || *gesture < 1 || *gesture > 11 ||
        *first < 0 || *end <= *first)
      throw Error("'" + std::string(line.substr(0, 60)) + "' is no row of class 1 to 11, start and "
                  "later end in microseconds",
                  place + ":" + std::to_string(number), "get the label file again");
    rows.push_back({static_cast<int>(*gesture), *first, *end});
  });
  return rows;
}

std::vector<std::string> parse_trials(std::string_view text) {
  std::vector<std::string> names;
  for_each_line(text, [&](std::string_view line, std::size_t) {
    if (!line.empty()) names.emplace_back(line);
  });
  return names;
}

DatasetInfo dvs_gesture_info() {
  DatasetInfo info;
  info.name = "dvs-gesture";
  info.description = "Eleven gestures of hands and arms by 29 people, seen by a DVS128";
  info.sensor = {128, 128, 2};
  info.class_names = {"hand_clapping", "right_hand_wave", "left_hand_wave",
                      "right_arm_clockwise", "right_arm_counter_clockwise", "left_arm_clockwise",
                      "left_arm_counter_clockwise", "arm_roll", "air_drums", "air_guitar",
                      "other_gestures"};
  info.splits = {"Train", "Test"};
  info.citation =
      "Amir et al., A Low Power, Fully Event-Based Gesture Recognition System, CVPR 2017";
  info.licence = "CC BY 4.0";
  info.layout = "userNN_LIGHT.aedat, userNN_LIGHT_labels.csv and trials_to_train.txt and "
                "trials_to_test.txt below DIR or in an archive";
  return info;
}

std::unique_ptr<Dataset> open_dvs_gesture(const DatasetRequest& request) {
  DatasetInfo info = dvs_gesture_info();
  const std::string list =
      is_train_split(request.split, info) ? "trials_to_train.txt" : "trials_to_test.txt";
  const auto tables = open_dataset_files(request.directory, info, [&](const std::string& name) {
    return file_name(name) == list || name.ends_with(labels_ending);
  });
  const auto table_of = by_file_name(*tables);
  const auto listed = table_of.find(list);
  if (listed == table_of.end())
    throw Error("there is no " + list, request.directory.string(),
                "dvs-gesture wants " + info.layout);
  const std::vector<std::string> trials = parse_trials(tables->read(listed->second));
  const std::set<std::string> wanted(trials.begin(), trials.end());
  auto files = open_dataset_files(request.directory, info, [&](const std::string& name) {
    return wanted.contains(file_name(name));
  });
  const auto file_of = by_file_name(*files);
  std::vector<RecordingEntry> entries;
  for (const std::string& trial : trials) {
    const bool named = trial.ends_with(recording_ending);
    const std::string stem = trial.substr(0, trial.size() - (named ? recording_ending.size() : 0));
    const auto recording = file_of.find(trial);
    const auto table = table_of.find(stem + std::string(labels_ending));
    if (!named || recording == file_of.end() || table == table_of.end())
      throw Error("the recording or the label file of '" + trial.substr(0, 80) + "' in " + list +
                      " is not there",
                  request.directory.string(), "unpack the dataset again");
    int number = 0;
    for (const GestureRow& row :
         parse_gesture_rows(tables->read(table->second), tables->place(table->second)))
      entries.push_back({recording->second, row.gesture - 1,
                         std::pair(row.first_us, row.end_us),
                         stem + "/" + std::to_string(number++)});
  }
  StreamOptions options;
  options.sensor = info.sensor;
  return make_recording_dataset(std::move(info), std::move(files), std::move(entries), options,
                                request.limit);
}

}  // namespace volley
