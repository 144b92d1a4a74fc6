// volley run, compare, export and view on a model that was just trained.
#include <gtest/gtest.h>

#include <algorithm>

#include "program.hpp"

namespace volley::test {
namespace {

/// One small model for all tests of this file.
class Trained : public testing::Test {
protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    train_tiny(*folder_);
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static const TempFolder& folder() { return *folder_; }

private:
  static TempFolder* folder_;
};
TempFolder* Trained::folder_ = nullptr;

TEST_F(Trained, RunReportsWhatItCounts) {
  const Result text = volley(folder(), "run run/model.volley");
  ASSERT_EQ(text.exit_code, 0) << text.err;
  for (const char* words : {"accuracy", "balanced", "firing rates", "synaptic operations",
                            "recordings/s", "50 recordings"})
    EXPECT_NE(text.out.find(words), std::string::npos) << words;

  const Json json = json_of(volley(folder(), "run run/model.volley --json"));
  EXPECT_EQ(json["recordings"], 50);
  std::uint64_t counted = 0, right = 0;
  for (std::size_t label = 0; label < 10; ++label)
    for (std::size_t other = 0; other < 10; ++other) {
      const auto count = json["confusion"][label][other].get<std::uint64_t>();
      counted += count;
      if (label == other) right += count;
    }
  EXPECT_EQ(counted, 50u);
  EXPECT_DOUBLE_EQ(json["accuracy"].get<double>(), static_cast<double>(right) / 50);
  EXPECT_GT(json["synaptic_operations_per_recording"].get<double>(), 0);
  EXPECT_GT(json["firing_rates"]["hidden"].get<double>(), 0);
}

TEST_F(Trained, BothEnginesPredictTheSame) {
  const Json event = json_of(volley(folder(), "run run --engine event --json"));
  const Json clocked = json_of(volley(folder(), "run run --engine clocked --json"));
  EXPECT_EQ(event["predicted"], clocked["predicted"]);
  EXPECT_EQ(event["accuracy"], clocked["accuracy"]);
}

TEST_F(Trained, CompareFindsNoDifference) {
  const Result text = volley(folder(), "compare run/model.volley --split Test");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(text.out.find("0 differing spikes of "), std::string::npos) << text.out;
  const Json json = json_of(volley(folder(), "compare run/model.volley --limit 20 --json"));
  EXPECT_EQ(json["recordings"], 20);
  EXPECT_EQ(json["differing_spikes"], 0);
  EXPECT_GT(json["spikes"].get<int>(), 0);
  EXPECT_EQ(json["same"], true);
}

TEST_F(Trained, NirPredictsTheSame) {
  // Reset by subtraction is another network to other tools: not without being asked.
  const Result refused = volley(folder(), "export run/model.volley --format nir -o net.nir");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--accept reset"), std::string::npos) << refused.err;
  EXPECT_FALSE(fs::exists(folder() / "net.nir"));
  EXPECT_EQ(volley(folder(), "export run -o net.nir --accept nothing").exit_code, 2);
  const Result exported =
      volley(folder(), "export run/model.volley --format nir -o net.nir --accept reset --json");
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  const Json report = json_of(exported);
  EXPECT_EQ(report["identical"], true);
  EXPECT_GT(report["verified_spikes"].get<int>(), 0);
  EXPECT_NE(exported.err.find("NIR cannot say reset by subtraction"), std::string::npos);
  const Json own = json_of(volley(folder(), "run run/model.volley --json"));
  // The command that export prints is the one that gives the same answers.
  const std::string command = report["run"].get<std::string>();
  ASSERT_EQ(command.rfind("volley ", 0), 0u);
  const Result nir = volley(folder(), command.substr(7) + " --json");
  ASSERT_EQ(nir.exit_code, 0) << nir.err;
  EXPECT_EQ(json_of(nir)["predicted"], own["predicted"]);
  EXPECT_EQ(nir.err.find("assumed: "), std::string::npos) << nir.err;
}

TEST_F(Trained, NirCheckSaysWhoDiffers) {
  ASSERT_EQ(volley(folder(), "export run -o check.nir --accept reset").exit_code, 0);
  const Result result = volley(folder(), "nir check check.nir --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = json_of(result);
  EXPECT_EQ(json["tools"]["nir"]["verdict"], "exact");
  EXPECT_EQ(json["tools"]["snnTorch"]["verdict"], "rejects") << "of the leaky integrator";
  EXPECT_EQ(json["tools"]["Norse"]["verdict"], "changes");
  bool reset_seen = false;
  for (const Json& finding : json["tools"]["Norse"]["findings"])
    reset_seen = reset_seen || (finding["path"] == "/node/nodes/hidden" &&
                                finding["what"].get<std::string>().find("reset") == 0);
  EXPECT_TRUE(reset_seen);
  EXPECT_EQ(json["volley"]["runs"], true);
  EXPECT_EQ(volley(folder(), "nir check check.nir --tool nir").exit_code, 0);
  EXPECT_EQ(volley(folder(), "nir check check.nir --tool Norse").exit_code, 1);
  EXPECT_EQ(volley(folder(), "nir check run/model.volley").exit_code, 2);
}

TEST_F(Trained, WeightsAndTopologyForOtherTools) {
  for (const char* file : {"net.npz", "net.safetensors", "net.dot", "net.graphml"}) {
    const Result result = volley(folder(), "export run -o " + std::string(file) + " --json");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(json_of(result)["identical"], true) << file;
    EXPECT_TRUE(fs::exists(folder() / file));
  }
  EXPECT_EQ(json_of(volley(folder(), "export run -o other --format npz --json"))["format"], "npz");
}

TEST_F(Trained, SpikesForOtherTools) {
  std::vector<std::size_t> counts;
  for (const char* file : {"spikes.npy", "spikes.ras", "spikes.h5"}) {
    const Result result =
        volley(folder(), "run run --limit 5 --spikes " + std::string(file) + " --json");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    counts.push_back(json_of(result)["spikes_written"].get<std::size_t>());
    EXPECT_TRUE(fs::exists(folder() / file));
  }
  EXPECT_GT(counts[0], 100u);
  EXPECT_EQ(counts, std::vector<std::size_t>(3, counts[0]));
  EXPECT_EQ(fs::file_size(folder() / "spikes.npy") % 64, counts[0] * 32 % 64);
  const std::string lines = read(folder() / "spikes.ras");
  EXPECT_EQ(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')), counts[0]);
  EXPECT_EQ(volley(folder(), "run run --limit 5 --spikes spikes.txt").exit_code, 2);
}

TEST_F(Trained, RunWritesPredictionsAndPictures) {
  const Result result = volley(folder(), "run run --limit 20 --out answers --pictures 2 --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(files_in(folder() / "answers"),
            (std::vector<std::string>{"events-2.png", "events.png", "predictions.csv",
                                      "raster-2.png", "raster.png"}));
  const std::string csv = read(folder() / "answers/predictions.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 21);
  EXPECT_EQ(csv.substr(0, csv.find('\n')).rfind("name,label,predicted,score_0", 0), 0u);
}

TEST_F(Trained, RunsASingleFile) {
  ASSERT_EQ(volley(folder(), "make-dataset synthetic-digits --out digits --train 10 --test 10 "
                             "--seed 4")
                .exit_code,
            0);
  const Result result = volley(folder(), "run run digits/Test/3/00004.bin --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = json_of(result);
  EXPECT_EQ(json["scores"].size(), 10u);
  const auto scores = json["scores"].get<std::vector<double>>();
  EXPECT_EQ(json["predicted"], std::max_element(scores.begin(), scores.end()) - scores.begin());
  // The same file as a recording of the dataset gets the same answer.
  const Json split = json_of(volley(folder(), "run run --dataset nmnist --data digits --json"));
  EXPECT_EQ(split["predicted"][3], json["predicted"]);
}

TEST_F(Trained, ViewWithoutADisplayWritesPicturesOrSaysSo) {
  const Result refused = volley(folder(), "view run/model.volley");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--out"), std::string::npos) << refused.err;
  const Result result = volley(folder(), "view run/model.volley --out seen --theme light");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(files_in(folder() / "seen"),
            (std::vector<std::string>{"events.png", "raster.png", "window.png"}));
  EXPECT_EQ(volley(folder(), "view --out events-only").exit_code, 0);
}

}  // namespace
}  // namespace volley::test
