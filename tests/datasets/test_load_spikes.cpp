// Loading a split on many threads: same result, same error, orderly progress.
#include "datasets/load_spikes.hpp"

#include <tbb/global_control.h>

#include <atomic>
#include <stdexcept>

#include "support.hpp"

namespace volley::test {
namespace {

LabelledSpikes load_with(std::size_t threads, const Dataset& dataset, const BinOptions& options) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  return load_spikes(dataset, options);
}

std::unique_ptr<Dataset> digits(std::size_t size) {
  DatasetRequest request;
  request.name = "synthetic-digits";
  request.synthetic_size = size;
  return open_dataset(request);
}

/// Recording i has i + 1 events; those in `bad` are damaged.
class Countdown final : public Dataset {
public:
  explicit Countdown(std::vector<std::size_t> bad) : bad_(std::move(bad)) {
    info_.name = "countdown";
    info_.sensor = {64, 1, 2};
    info_.class_names = {"even", "odd"};
  }
  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return 50; }
  int label(std::size_t index) const override { return static_cast<int>(index % 2); }
  std::string name(std::size_t index) const override { return std::to_string(index); }
  Recording load(std::size_t index) const override {
    Recording recording;
    recording.sensor = info_.sensor;
    for (const std::size_t bad : bad_) {
      if (bad == index) throw Error("damaged", name(index), "mend it");
      if (bad == index + 1000) recording.sensor = {65, 1, 2};
    }
    for (std::size_t i = 0; i <= index; ++i)
      recording.events.push_back({0, static_cast<std::uint16_t>(i), 0, 0});
    return recording;
  }

private:
  DatasetInfo info_;
  std::vector<std::size_t> bad_;
};

TEST(LoadSpikes, OrderIsTheDatasetsOnAnyNumberOfThreads) {
  const auto dataset = digits(40);
  const BinOptions options{10, 30};
  const LabelledSpikes one = load_with(1, *dataset, options);
  const LabelledSpikes two = load_with(2, *dataset, options);
  EXPECT_EQ(one.trains, two.trains);
  EXPECT_EQ(one.labels, two.labels);
  EXPECT_EQ(one.names, two.names);
  EXPECT_EQ(one.classes, 10);
  EXPECT_EQ(one.sensor, (SensorSize{34, 34, 2}));
  ASSERT_EQ(one.trains.size(), 40u);
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(one.labels[i], static_cast<int>(i % 10));
    EXPECT_EQ(one.names[i], dataset->name(i));
    EXPECT_EQ(one.trains[i], bin_events(dataset->load(i), options));
  }
}

TEST(LoadSpikes, TheFirstErrorByIndexIsThrown) {
  for (int round = 0; round < 20; ++round)
    expect_error([] { load_spikes(Countdown({40, 7, 23}), {10, 0}); }, "damaged", "7", "mend it");
  expect_error([] { load_spikes(Countdown({1011}), {10, 0}); }, "sensor is not that", "11",
               "take it out");
  expect_error([] { load_spikes(Countdown({}), {0, 0}); }, "a step must last", "dt_ms", "10");
}

TEST(LoadSpikes, ProgressCountsUpAndIsNeverCalledTwiceAtOnce) {
  std::atomic<int> inside{0};
  std::vector<std::size_t> seen;
  load_spikes(Countdown({}), {10, 0}, [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(inside.fetch_add(1), 0);
    EXPECT_EQ(total, 50u);
    seen.push_back(done);
    inside.fetch_sub(1);
  });
  ASSERT_EQ(seen.size(), 50u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
}

TEST(LoadSpikes, WhatProgressThrowsStopsTheLoading) {
  std::size_t calls = 0;
  EXPECT_THROW(load_spikes(Countdown({}), {10, 0},
                           [&](std::size_t, std::size_t) {
                             ++calls;
                             throw std::runtime_error("stop");
                           }),
               std::runtime_error);
  EXPECT_LT(calls, 50u);
}

}  // namespace
}  // namespace volley::test
