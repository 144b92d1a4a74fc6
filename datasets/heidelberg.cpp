#include "datasets/heidelberg.hpp"

#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "datasets/dataset_order.hpp"
#include "datasets/formats/spike_hdf5.hpp"
#include "datasets/recording_blocks.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

struct Entry {
  std::size_t place;  // in the file
  int label;
};

class Heidelberg final : public Dataset {
public:
  Heidelberg(DatasetInfo info, const DatasetRequest& request) : info_(std::move(info)) {
    std::string split = request.split;
    for (char& letter : split)
      letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    const bool known = std::any_of(
        info_.splits.begin(), info_.splits.end(), [&](std::string one) {
          one[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(one[0])));
          return one == split;
        });
    if (!known)
      throw Error("has no split '" + request.split + "'", info_.name,
                  "use one of: " + joined_names(info_.splits));
    if (request.directory.empty())
      throw Error("no directory is given for dataset '" + info_.name + "'", "--data",
                  info_.name + " wants " + info_.layout);
    const fs::path file = request.directory / (info_.name + "_" + split + ".h5");
    std::error_code ignored;
    if (!fs::exists(file, ignored))
      throw Error("there is no such file", file.string(),
                  "unpack " + file.filename().string() + ".zip or .gz in its folder");
    stem_ = file.stem().string();
    const SpikeHdf5Index index = read_spike_hdf5_index(file);
    if (index.labels.size() != index.recordings)
      throw Error("has " + std::to_string(index.labels.size()) + " labels for " +
                      std::to_string(index.recordings) + " recordings",
                  file.string(), "get the file again");
    for (std::size_t i = 0; i < index.recordings; ++i) {
      if (index.labels[i] < 0 ||
          static_cast<std::size_t>(index.labels[i]) >= info_.class_names.size())
        throw Error("label " + std::to_string(index.labels[i]) + " of recording " +
                        std::to_string(i) + " is no class",
                    file.string(), "get the file again");
      entries_.push_back({i, static_cast<int>(index.labels[i])});
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.label < b.label; });
    keep_spread(entries_, info_.class_names.size(), request.limit);
    // Back to the order of the file, so that blocks are read one after the other.
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.place < b.place; });
    reader_ = std::make_unique<RecordingBlocks>(
        index.recordings, [file](std::size_t first, std::size_t end, const auto& visit) {
          read_spike_hdf5(file, first, end, visit);
        });
  }

  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return entries_.size(); }
  int label(std::size_t index) const override { return entries_.at(index).label; }
  std::string name(std::size_t index) const override {
    return stem_ + "/" + std::to_string(entries_.at(index).place);
  }
  Recording load(std::size_t index) const override {
    Recording recording = reader_->get(entries_.at(index).place);
    recording.name = name(index);
    recording.label = label(index);
    return recording;
  }

private:
  DatasetInfo info_;
  std::string stem_;
  std::vector<Entry> entries_;
  std::unique_ptr<RecordingBlocks> reader_;
};

DatasetInfo heidelberg_info(std::string name, std::string description) {
  DatasetInfo info;
  info.name = std::move(name);
  info.description = std::move(description);
  info.sensor = spike_hdf5_sensor;
  info.citation =
      "Cramer, Stradmann, Schemmel and Zenke, The Heidelberg Spiking Data Sets for the Systematic "
      "Evaluation of Spiking Neural Networks, IEEE TNNLS 33(7), 2022";
  info.licence = "CC BY 4.0";
  return info;
}

}  // namespace

DatasetInfo shd_info() {
  DatasetInfo info = heidelberg_info(
      "shd", "Spiking Heidelberg Digits: 0 to 9 in English and German through a model cochlea");
  for (const char* word : {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight",
                           "nine", "null", "eins", "zwei", "drei", "vier", "fuenf", "sechs",
                           "sieben", "acht", "neun"})
    info.class_names.emplace_back(word);
  info.splits = {"Train", "Test"};
  info.layout = "DIR/shd_train.h5 and DIR/shd_test.h5";
  return info;
}

DatasetInfo ssc_info() {
  DatasetInfo info =
      heidelberg_info("ssc", "Spiking Speech Commands: 35 words through a model cochlea");
  for (int word = 0; word < 35; ++word) info.class_names.push_back(std::to_string(word));
  info.splits = {"Train", "Valid", "Test"};
  info.layout = "DIR/ssc_train.h5, DIR/ssc_valid.h5 and DIR/ssc_test.h5";
  info.notes = "Classes are numbered as in the files, whose extra/keys name them.";
  return info;
}

std::unique_ptr<Dataset> open_shd(const DatasetRequest& request) {
  return std::make_unique<Heidelberg>(shd_info(), request);
}

std::unique_ptr<Dataset> open_ssc(const DatasetRequest& request) {
  return std::make_unique<Heidelberg>(ssc_info(), request);
}

}  // namespace volley
