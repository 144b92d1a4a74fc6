#include "datasets/spoken_digits.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "base/error.hpp"
#include "datasets/cochlea.hpp"
#include "datasets/dataset_order.hpp"
#include "datasets/file_set.hpp"
#include "datasets/wav_file.hpp"

namespace volley {

namespace {

constexpr int first_train_take = 5;

struct Take {
  int digit = 0, take = 0;
};

/// {digit}_{speaker}_{take}.wav, nothing for other names.
std::optional<Take> parse_name(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::size_t first = name.find('_'), last = name.rfind('_'), dot = name.rfind('.');
  if (first != 1 || last <= first + 1 || dot == std::string::npos || dot < last) return {};
  if (name.substr(dot) != ".wav" || std::isdigit(static_cast<unsigned char>(name[0])) == 0)
    return {};
  Take take{name[0] - '0', 0};
  const auto [end, code] =
      std::from_chars(name.data() + last + 1, name.data() + dot, take.take);
  if (code != std::errc() || end != name.data() + dot || take.take < 0) return {};
  return take;
}

class SpokenDigits final : public Dataset {
public:
  explicit SpokenDigits(const DatasetRequest& request)
      : info_(fsdd_info()), cochlea_(read_cochlea_options(request.cochlea)) {
    info_.sensor = cochlea_sensor(cochlea_);
    const bool train = is_train_split(request.split, info_);
    files_ = open_dataset_files(request.directory, info_, [&](const std::string& name) {
      const auto take = parse_name(name);
      return take && (take->take >= first_train_take) == train;
    });
    for (std::size_t i = 0; i < files_->names().size(); ++i)
      entries_.push_back({i, parse_name(files_->names()[i])->digit});
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.label < b.label; });
    keep_spread(entries_, info_.class_names.size(), request.limit);
  }

  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return entries_.size(); }
  int label(std::size_t index) const override { return entries_.at(index).label; }
  std::string name(std::size_t index) const override {
    return files_->names()[entries_.at(index).file];
  }
  Recording load(std::size_t index) const override {
    const Entry& entry = entries_.at(index);
    const Sound sound = read_wav(files_->read(entry.file), files_->place(entry.file));
    Recording recording = cochlea_spikes(sound, cochlea_, name(index));
    recording.label = entry.label;
    return recording;
  }

private:
  struct Entry {
    std::size_t file;
    int label;
  };

  DatasetInfo info_;
  CochleaOptions cochlea_;
  std::unique_ptr<FileSet> files_;
  std::vector<Entry> entries_;
};

}  // namespace

DatasetInfo fsdd_info() {
  DatasetInfo info;
  info.name = "fsdd";
  info.description = "Free Spoken Digit Dataset: six speakers say digits, heard by a model cochlea";
  info.sensor = cochlea_sensor({});
  for (int digit = 0; digit < 10; ++digit) info.class_names.push_back(std::to_string(digit));
  info.splits = {"Train", "Test"};
  info.citation =
      "Jackson, Souza, Flaks, Pan, Nicolas and Thite, Jakobovski/free-spoken-digit-dataset: "
      "v1.0.8, Zenodo, 2018, doi 10.5281/zenodo.1342401";
  info.licence = "CC BY-SA 4.0";
  info.layout = "DIGIT_SPEAKER_TAKE.wav anywhere below DIR, or in an archive";
  return info;
}

std::unique_ptr<Dataset> open_fsdd(const DatasetRequest& request) {
  return std::make_unique<SpokenDigits>(request);
}

}  // namespace volley
