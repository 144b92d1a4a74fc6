#include "datasets/ntidigits.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "datasets/dataset_order.hpp"
#include "datasets/formats/digit_hdf5.hpp"
#include "datasets/recording_blocks.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct Entry {
  std::string key;
  int label;
};

/// The class of "se-ah-4": what stands behind the last '-', where it is one digit.
std::optional<int> class_of(const std::string& key, const DatasetInfo& info) {
  const std::string said = key.substr(key.rfind('-') + 1);
  const auto found = std::find(info.class_names.begin(), info.class_names.end(), said);
  if (found == info.class_names.end()) return {};
  return static_cast<int>(found - info.class_names.begin());
}

class SpokenByCochlea final : public Dataset {
public:
  explicit SpokenByCochlea(const DatasetRequest& request) : info_(ntidigits_info()) {
    const std::string split = is_train_split(request.split, info_) ? "train" : "test";
    if (request.directory.empty())
      throw Error("no directory is given for dataset '" + info_.name + "'", "--data",
                  info_.name + " wants " + info_.layout);
    const fs::path file = request.directory / "n-tidigits.hdf5";
    std::error_code ignored;
    if (!fs::exists(file, ignored))
      throw Error("there is no such file", file.string(),
                  "volley datasets fetch ntidigits --data DIR");
    for (const std::string& key : read_digit_keys(file, split))
      if (const auto label = class_of(key, info_)) entries_.push_back({key, *label});
    keep_spread(entries_, info_.class_names.size(), request.limit);
    reader_ = std::make_unique<RecordingBlocks>(
        entries_.size(),
        [file, split, this](std::size_t first, std::size_t end, const auto& visit) {
          std::vector<std::string> keys;
          for (std::size_t i = first; i < end; ++i) keys.push_back(entries_[i].key);
          read_digit_hdf5(file, split, keys, info_.sensor, visit);
        });
  }

  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return entries_.size(); }
  int label(std::size_t index) const override { return entries_.at(index).label; }
  std::string name(std::size_t index) const override { return entries_.at(index).key; }
  Recording load(std::size_t index) const override {
    Recording recording = reader_->get(index);
    recording.name = name(index);
    recording.label = label(index);
    return recording;
  }

private:
  DatasetInfo info_;
  std::vector<Entry> entries_;
  std::unique_ptr<RecordingBlocks> reader_;
};

}  // namespace

DatasetInfo ntidigits_info() {
  DatasetInfo info;
  info.name = "ntidigits";
  info.description = "N-TIDIGITS: spoken digits heard by a silicon cochlea of 64 channels";
  info.sensor = {64, 1, 1};
  info.class_names = {"o", "1", "2", "3", "4", "5", "6", "7", "8", "9", "z"};
  info.splits = {"Train", "Test"};
  info.citation =
      "Anumula, Neil, Delbruck and Liu, Feature Representations for Neuromorphic Audio Spike "
      "Streams, Frontiers in Neuroscience 12:23, 2018";
  info.licence = "see its site";
  info.layout = "DIR/n-tidigits.hdf5";
  return info;
}

std::unique_ptr<Dataset> open_ntidigits(const DatasetRequest& request) {
  return std::make_unique<SpokenByCochlea>(request);
}

}  // namespace volley
