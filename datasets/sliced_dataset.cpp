#include "datasets/sliced_dataset.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "datasets/slicer.hpp"

namespace volley {

namespace {

constexpr std::int64_t most_slices = 10'000'000;

class SlicedDataset final : public Dataset {
public:
  SlicedDataset(std::unique_ptr<Dataset> whole, std::unique_ptr<Slicer> slicer)
      : whole_(std::move(whole)), slicer_(std::move(slicer)) {
    const std::size_t recordings = whole_->size();
    std::vector<std::int64_t> counts(recordings);
    std::vector<std::exception_ptr> errors(recordings);
    parallel_for(recordings, [&](std::size_t i) {
      try {
        if (!whole_->image(i).empty())
          throw Error("holds images, which have no slices", whole_->info().name,
                      "leave slices out of the recipe");
        counts[i] = slicer_->count(whole_->load(i));
      } catch (...) {
        errors[i] = std::current_exception();
      }
    });
    for (const std::exception_ptr& error : errors)
      if (error) std::rethrow_exception(error);
    std::int64_t total = 0;
    for (const std::int64_t count : counts) {
      first_.push_back(total);
      if (count > most_slices - total)
        throw Error("more than 10 million slices", whole_->info().name,
                    "use longer slices, or fewer recordings (--limit)");
      total += count;
    }
    first_.push_back(total);
  }

  const DatasetInfo& info() const override { return whole_->info(); }
  std::size_t size() const override { return static_cast<std::size_t>(first_.back()); }
  int label(std::size_t index) const override { return whole_->label(place(index).first); }
  std::string name(std::size_t index) const override {
    const auto [recording, slice] = place(index);
    return whole_->name(recording) + "#" + std::to_string(slice);
  }

  Recording load(std::size_t index) const override {
    const auto [number, k] = place(index);
    const std::shared_ptr<const Recording> from = recording(number);
    const Slice slice = slicer_->slice(*from, k);
    const auto at = [&](std::size_t event) {
      return from->events.begin() + static_cast<std::ptrdiff_t>(event);
    };
    return {name(index), from->sensor, from->label, slice.start_us,
            std::vector<Event>(at(slice.first), at(slice.last))};
  }

private:
  /// Recording and slice of a sample. @throws std::out_of_range
  std::pair<std::size_t, std::int64_t> place(std::size_t index) const {
    if (index >= size()) throw std::out_of_range("slice");
    const auto sample = static_cast<std::int64_t>(index);
    const auto next = std::upper_bound(first_.begin(), first_.end(), sample);
    const auto recording = static_cast<std::size_t>(next - first_.begin()) - 1;
    return {recording, sample - first_[recording]};
  }

  std::shared_ptr<const Recording> recording(std::size_t number) const {
    {
      const std::lock_guard hold(lock_);
      for (const auto& [kept, recording] : recent_)
        if (kept == number) return recording;
    }
    auto loaded = std::make_shared<const Recording>(whole_->load(number));
    const std::lock_guard hold(lock_);
    recent_.emplace_back(number, loaded);
    if (recent_.size() > std::thread::hardware_concurrency() + 1) recent_.pop_front();
    return loaded;
  }

  std::unique_ptr<Dataset> whole_;
  std::unique_ptr<Slicer> slicer_;
  std::vector<std::int64_t> first_;  ///< sample of each recording's first slice; the end
  mutable std::mutex lock_;
  mutable std::deque<std::pair<std::size_t, std::shared_ptr<const Recording>>> recent_;
};

}  // namespace

std::unique_ptr<Dataset> slice_dataset(std::unique_ptr<Dataset> whole, const NamedValues& slices) {
  return std::make_unique<SlicedDataset>(std::move(whole), make_slicer(slices));
}

}  // namespace volley
