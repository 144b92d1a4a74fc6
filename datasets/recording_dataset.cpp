#include "datasets/recording_dataset.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "datasets/dataset_order.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/read_recording.hpp"

namespace volley {

namespace {

/// The events of a stream within a piece of time; what comes after is not read.
class CutStream final : public EventStream {
public:
  CutStream(std::unique_ptr<EventStream> whole, std::pair<std::int64_t, std::int64_t> cut)
      : whole_(std::move(whole)), cut_(cut) {}
  SensorSize sensor() const override { return whole_->sensor(); }
  bool sensor_stated() const override { return whole_->sensor_stated(); }
  const StreamReport& report() const override { return whole_->report(); }
  bool next(std::vector<Event>& batch) override {
    batch.clear();
    while (batch.empty() && !ended_) {
      if (!whole_->next(batch)) {
        ended_ = true;
        return false;
      }
      ended_ = batch.back().t >= cut_.second;
      std::erase_if(batch, [&](const Event& event) {
        return event.t < cut_.first || event.t >= cut_.second;
      });
    }
    return !batch.empty();
  }

private:
  std::unique_ptr<EventStream> whole_;
  std::pair<std::int64_t, std::int64_t> cut_;
  bool ended_ = false;
};

class RecordingDataset final : public Dataset {
public:
  RecordingDataset(DatasetInfo info, std::unique_ptr<FileSet> files,
                   std::vector<RecordingEntry> entries, StreamOptions options, std::size_t limit)
      : info_(std::move(info)),
        files_(std::move(files)),
        entries_(std::move(entries)),
        options_(std::move(options)) {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const auto& a, const auto& b) { return a.label < b.label; });
    keep_spread(entries_, info_.class_names.size(), limit);
  }

  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return entries_.size(); }
  int label(std::size_t index) const override { return entries_.at(index).label; }
  std::string name(std::size_t index) const override { return entries_.at(index).name; }

  Recording load(std::size_t index) const override {
    const RecordingEntry& entry = entries_.at(index);
    const std::string place = files_->place(entry.file);
    auto stream = open_recording(
        [&] { return memory_source(files_->read(entry.file), place); }, place, options_);
    if (entry.cut) stream = std::make_unique<CutStream>(std::move(stream), *entry.cut);
    Recording recording = read_recording(*stream, place, OnDamage::fail);
    recording.name = entry.name;
    recording.label = entry.label;
    recording.sensor = info_.sensor;
    if (entry.cut) recording.start_us = entry.cut->first;
    return recording;
  }

private:
  DatasetInfo info_;
  std::unique_ptr<FileSet> files_;
  std::vector<RecordingEntry> entries_;
  StreamOptions options_;
};

}  // namespace

std::unique_ptr<Dataset> make_recording_dataset(DatasetInfo info, std::unique_ptr<FileSet> files,
                                                std::vector<RecordingEntry> entries,
                                                StreamOptions options, std::size_t limit) {
  return std::make_unique<RecordingDataset>(std::move(info), std::move(files), std::move(entries),
                                            std::move(options), limit);
}

}  // namespace volley
