// volley plot: every picture from a trained model, from a recording and from a run folder.
#include <gtest/gtest.h>

#include <sstream>

#include "program.hpp"

namespace volley::test {
namespace {

/// One small model for all tests of this file.
class Plot : public testing::Test {
protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    train_tiny(*folder_);
    const Result made = volley(*folder_, "make-dataset synthetic-digits --out data --train 10 "
                                         "--test 10");
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static const TempFolder& folder() { return *folder_; }

  /// Width and height in a PNG's header; 0 where it is none.
  static std::pair<unsigned, unsigned> png_size(const std::string& name) {
    const std::string bytes = read(folder() / name);
    if (bytes.size() < 24 || bytes.compare(1, 3, "PNG") != 0) return {0, 0};
    const auto number = [&](std::size_t at) {
      unsigned value = 0;
      for (std::size_t i = 0; i < 4; ++i)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
      return value;
    };
    return {number(16), number(20)};
  }

  static std::string first_recording() { return files_in(folder() / "data/Test/7").front(); }

private:
  static TempFolder* folder_;
};
TempFolder* Plot::folder_ = nullptr;

TEST_F(Plot, EveryPictureOfAModelIsWritten) {
  const std::pair<const char*, const char*> commands[] = {
      {"raster", "raster run --index 3"},
      {"events", "events run --frames 4 --decay 30"},
      {"rates", "rates run --layer hidden --theme dark"},
      {"histogram", "histogram run --recordings 5"},
      {"membranes", "membranes run --neuron 0,3-5"},
      {"weights", "weights run --layer hidden"},
      {"scores", "scores run --from 40 --to 200"},
      {"topology", "topology run --split Test"},
      {"curves", "curves run"},
      {"confusion", "confusion run"}};
  for (const auto& [name, arguments] : commands) {
    const std::string file = "written/" + std::string(name) + ".png";
    const Result result = volley(folder(), "plot " + std::string(arguments) +
                                               " --size 640x360 --json -o " + file);
    ASSERT_EQ(result.exit_code, 0) << name << result.err;
    const Json json = json_of(result);
    EXPECT_EQ(json["picture"], name);
    EXPECT_EQ(json["file"], file);
    EXPECT_EQ(png_size(file), (std::pair<unsigned, unsigned>{640, 360})) << name;
  }
}

TEST_F(Plot, SvgIsTheSameBytesEveryTime) {
  for (const char* file : {"a.svg", "b.svg"})
    ASSERT_EQ(volley(folder(), std::string("plot raster run -o ") + file).exit_code, 0);
  const std::string text = read(folder() / "a.svg");
  EXPECT_EQ(text.rfind("<?xml", 0), 0u);
  EXPECT_EQ(text, read(folder() / "b.svg"));
  EXPECT_LT(text.size(), 1'000'000u);
}

TEST_F(Plot, ARecordingNeedsNoModel) {
  const Result events =
      volley(folder(), "plot events data/Test/7/" + first_recording() + " -o events.png");
  EXPECT_EQ(events.exit_code, 0) << events.err;
  EXPECT_EQ(png_size("events.png").first, 1280u);
  const Result raster =
      volley(folder(), "plot raster run data/Test/7/" + first_recording() + " -o file.png");
  EXPECT_EQ(raster.exit_code, 0) << raster.err;
}

TEST_F(Plot, TrainingLeavesItsPictures) {
  for (const char* name : {"curves.png", "confusion.png", "raster.png", "events.png"})
    EXPECT_GT(png_size("run/" + std::string(name)).first, 0u) << name;
  // The last epoch's confusion counts every test recording, and the picture is that of `plot`.
  const std::string metrics = read(folder() / "run/metrics.jsonl");
  const std::size_t start = metrics.rfind("{\"type\":\"epoch\"");
  ASSERT_NE(start, std::string::npos);
  const Json epoch = Json::parse(metrics.substr(start));
  unsigned sum = 0, right = 0;
  for (std::size_t i = 0; i < epoch["test_confusion"].size(); ++i)
    for (std::size_t k = 0; k < epoch["test_confusion"].size(); ++k) {
      const auto count = epoch["test_confusion"][i][k].get<unsigned>();
      sum += count;
      if (i == k) right += count;
    }
  EXPECT_EQ(sum, 50u);
  EXPECT_DOUBLE_EQ(epoch["test_accuracy"].get<double>(), right / 50.0);
  EXPECT_GT(epoch["test_synaptic_operations"].get<double>(), 0);
  // Run again, the split gives the same picture as the run's own figures.
  ASSERT_EQ(volley(folder(), "plot confusion run -o of_run.png").exit_code, 0);
  ASSERT_EQ(volley(folder(), "plot confusion run/model.volley -o of_model.png").exit_code, 0);
  EXPECT_EQ(read(folder() / "of_run.png"), read(folder() / "of_model.png"));
}

TEST_F(Plot, MistakesAreErrorsThatSayHowToMend) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"raster run -o picture.jpg", ".png or .svg"},
      {"raster run --size 12", "WIDTHxHEIGHT"},
      {"raster run --size 99999x100", "WIDTHxHEIGHT"},
      {"raster run --layer nowhere", "input, hidden, readout"},
      {"raster run --neuron 3", "--layer"},
      {"raster run --from 5000 --to 6000", "300 ms"},
      {"raster run --index 5000", "50 recordings"},
      {"membranes run --neuron 24", "0 to 23"},
      {"membranes run --neuron 5-2", "3,7,12-15"},
      {"membranes run --layer input", "lif"},
      {"membranes", "run folder"},
      {"weights run --layer input", "another population"},
      {"scores recipe.toml", ".volley"},
      {"curves recipe.toml", "volley train"},
      {"curves nowhere", "volley train"},
      {"raster run run", "one at a time"},
      {"raster nowhere.bin", "check the path"},
      {"histogram run --theme blue", "--help"},
      {"nothing run", "--help"}};
  for (const auto& [arguments, words] : mistakes) {
    const Result result = volley(folder(), std::string("plot ") + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_NE(result.err.find(words), std::string::npos) << arguments << "\n" << result.err;
  }
}

TEST_F(Plot, WhatASimulationLeftIsDrawn) {
  ASSERT_EQ(volley(folder(), "simulate layered-classifier --out sim").exit_code, 0);
  ASSERT_EQ(volley(folder(), "simulate layered-classifier --out sim-npy --format npy").exit_code,
            0);
  for (const char* arguments :
       {"raster sim/spikes.csv --to 50", "rates sim", "histogram sim/spikes.csv",
        "membranes sim/membrane.csv --from 10 --to 60", "membranes sim -o m.svg"}) {
    const Result result = volley(folder(), std::string("plot ") + arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments << "\n" << result.err;
  }
  // Spikes beside the membranes are found in both forms.
  ASSERT_EQ(volley(folder(), "plot membranes sim/membrane.csv -o one.png").exit_code, 0);
  ASSERT_EQ(volley(folder(), "plot membranes sim-npy/membrane.csv -o two.png").exit_code, 0);
  EXPECT_EQ(read(folder() / "one.png"), read(folder() / "two.png"));
  write(folder() / "alone/membrane.csv", read(folder() / "sim/membrane.csv"));
  ASSERT_EQ(volley(folder(), "plot membranes alone -o three.png").exit_code, 0);
  EXPECT_NE(read(folder() / "one.png"), read(folder() / "three.png"));
  write(folder() / "uneven.csv", "time_ms,a[0]\n0,1\n1,1\n3,1\n");
  write(folder() / "short.csv", "time_ms,a[0],a[1]\n0,1,2\n1,1\n");
  write(folder() / "word.csv", "time_ms,a[0]\n0,x\n");
  write(folder() / "once.csv", "time_ms,a[0]\n0,1\n");
  const std::pair<const char*, const char*> mistakes[] = {
      {"membranes uneven.csv", "line 4"},
      {"membranes short.csv", "line 3"},
      {"membranes word.csv", "line 2"},
      {"membranes once.csv", "two steps"},
      {"membranes sim --neuron 7", "there are"},
      {"membranes sim/membrane.csv --from 5000", "between"},
      {"raster sim/membrane.csv", "spikes.csv"},
      {"events sim", "raster"},
      {"raster sim sim-npy", "one at a time"},
      {"raster sim run", "alone"},
      {"scores sim", "run folder"}};
  for (const auto& [arguments, words] : mistakes) {
    const Result result = volley(folder(), std::string("plot ") + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_NE(result.err.find(words), std::string::npos) << arguments << "\n" << result.err;
  }
}

TEST_F(Plot, EveryPictureExplainsItself) {
  for (const char* name : {"raster", "events", "rates", "histogram", "membranes", "weights",
                           "scores", "topology", "curves", "confusion"}) {
    const Result result = volley(folder(), "plot " + std::string(name) + " --help");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_NE(result.out.find("Examples:\n  volley plot " + std::string(name)), std::string::npos)
        << result.out;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

}  // namespace
}  // namespace volley::test
