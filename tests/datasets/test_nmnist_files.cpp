// The real N-MNIST recordings beside the project, where they are present.
#include <algorithm>
#include <fstream>
#include <map>

#include "datasets/binning.hpp"
#include "datasets/dataset.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

const fs::path root = fs::path(VOLLEY_SHARED_DIR) / "data" / "nmnist";

std::unique_ptr<Dataset> open(const std::string& split, std::size_t limit = 0) {
  DatasetRequest request;
  request.name = "nmnist";
  request.directory = root / "raw_events";
  request.split = split;
  request.limit = limit;
  return open_dataset(request);
}

/// Events of each file according to the list that came with the files.
std::map<std::string, std::size_t> listed_counts() {
  std::map<std::string, std::size_t> counts;
  std::ifstream list(root / "index.csv");
  std::string set, split, digit, id, events;
  std::getline(list, set);
  while (std::getline(list, set, ',') && std::getline(list, split, ',') &&
         std::getline(list, digit, ',') && std::getline(list, id, ',') &&
         std::getline(list, events)) {
    if (set != "raw_events") continue;
    id.insert(0, 5 - std::min<std::size_t>(5, id.size()), '0');
    counts[split + "/" + digit + "/" + id + ".bin"] = std::stoul(events);
  }
  return counts;
}

class NmnistFiles : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    if (!fs::is_directory(root / "raw_events"))
      GTEST_SKIP() << "no N-MNIST recordings at " << root / "raw_events";
  }
};

TEST_P(NmnistFiles, EveryRecordingReadsAsListed) {
  const auto counts = listed_counts();
  const auto dataset = open(GetParam());
  EXPECT_EQ(dataset->size(), GetParam() == "Train" ? 1001u : 100u);
  for (std::size_t i = 0; i < dataset->size(); ++i) {
    const Recording recording = dataset->load(i);
    ASSERT_TRUE(counts.contains(dataset->name(i))) << dataset->name(i);
    EXPECT_EQ(recording.events.size(), counts.at(dataset->name(i))) << dataset->name(i);
    EXPECT_GT(recording.duration_us(), 296'000);
    EXPECT_LT(recording.duration_us(), 337'000);
  }
}

TEST_P(NmnistFiles, LimitSpreadsOverTheDigits) {
  const auto dataset = open(GetParam(), 20);
  ASSERT_EQ(dataset->size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(dataset->label(i), static_cast<int>(i / 2));
}

TEST_P(NmnistFiles, BinsToAboutThirtySteps) {
  const auto dataset = open(GetParam(), 10);
  for (std::size_t i = 0; i < dataset->size(); ++i) {
    const SpikeTrain train = bin_events(dataset->load(i), {10, 0});
    EXPECT_EQ(train.inputs, 2312u);
    EXPECT_GE(train.steps, 30u);
    EXPECT_LE(train.steps, 34u);
    EXPECT_GT(train.spikes(), 500u);
  }
}

INSTANTIATE_TEST_SUITE_P(Splits, NmnistFiles, testing::Values("Train", "Test"),
                         [](const auto& split) { return split.param; });

}  // namespace
}  // namespace volley::test
