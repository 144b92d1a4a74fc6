// What the user can mend: exit code 2, one message that names the thing and how to mend it, and no
// output file under its final name.
#include <gtest/gtest.h>

#include <algorithm>

#include "program.hpp"

namespace volley::test {
namespace {

/// That, and nothing said twice.
void expect_one_message(const Result& result, const std::string& named) {
  expect_mendable(result, named);
  const std::size_t first = result.err.find("volley: ");
  EXPECT_EQ(result.err.find("\nvolley: ", first + 1), std::string::npos) << "one message";
}

/// A folder in the layout of N-MNIST with a recipe for it.
class BadData : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(volley(folder, "make-dataset synthetic-digits --train 20 --test 10 --out data")
                  .exit_code,
              0);
    write_recipe(folder);
    std::string recipe = read(folder / "recipe.toml");
    for (const std::string& line :
         {std::string("name = \"synthetic-digits\"\n"), std::string("synthetic_train = 200\n"),
          std::string("synthetic_test = 50\n")})
      recipe.erase(recipe.find(line), line.size());
    recipe.insert(recipe.find("dt_ms"), "name = \"nmnist\"\n");
    write(folder / "nmnist.toml", recipe);
  }
  Result train(const std::string& options = "--data data") const {
    return volley(folder, "train nmnist.toml --out run " + options);
  }
  void expect_no_output() const { EXPECT_FALSE(fs::exists(folder / "run")); }

  TempFolder folder;
};

TEST_F(BadData, IsGoodToBeginWith) { EXPECT_EQ(train().exit_code, 0); }

TEST_F(BadData, MissingDirectory) {
  expect_one_message(train("--data nowhere"), "nowhere");
  expect_one_message(train(""), "--data");
  expect_no_output();
}

TEST_F(BadData, MissingSplit) {
  expect_one_message(train("--data data --test-split valid"), "valid");
  expect_no_output();
}

TEST_F(BadData, EmptyClassFolder) {
  fs::remove_all(folder / "data/Train/3");
  fs::create_directories(folder / "data/Train/3");
  expect_one_message(train(), "data/Train/3");
  expect_no_output();
}

TEST_F(BadData, TruncatedRecording) {
  const fs::path file = folder / "data/Test/2/00003.bin";
  fs::resize_file(file, fs::file_size(file) - 2);
  const Result result = train();
  expect_one_message(result, "00003.bin");
  EXPECT_NE(result.err.find("byte"), std::string::npos);
  expect_no_output();
}

TEST_F(BadData, CoordinatesOutsideTheSensor) {
  const fs::path file = folder / "data/Train/1/00002.bin";
  std::string bytes = read(file);
  bytes[10] = 60;
  write(file, bytes);
  const Result result = train();
  expect_one_message(result, "00002.bin");
  EXPECT_NE(result.err.find("byte 10"), std::string::npos) << result.err;
  expect_no_output();
}

TEST_F(BadData, InputOfAnotherShape) {
  std::string recipe = read(folder / "nmnist.toml");
  recipe.replace(recipe.find("[2, 34, 34]"), 11, "[2, 28, 28]");
  write(folder / "nmnist.toml", recipe);
  expect_one_message(train(), "1568");
  expect_no_output();
}

TEST(BadRecipe, UnknownKeyAndImpossibleShape) {
  const TempFolder folder;
  write_recipe(folder, "epohcs = 3");
  expect_one_message(volley(folder, "train recipe.toml"), "epohcs");
  write_recipe(folder);
  std::string recipe = read(folder / "recipe.toml");
  recipe.replace(recipe.find("neurons = 24"), 12,
                 "projection = { kind = \"conv2d\", channels = 4, kernel = 99 }");
  write(folder / "recipe.toml", recipe);
  expect_one_message(volley(folder, "train recipe.toml"), "recipe.toml");
  write(folder / "recipe.toml", "[[[");
  expect_one_message(volley(folder, "train recipe.toml"), "recipe.toml:1");
  EXPECT_EQ(files_in(folder.path()), std::vector<std::string>{"recipe.toml"});
}

TEST(BadModel, CutShortChangedAndOfAnotherVersion) {
  const TempFolder folder;
  train_tiny(folder);
  const std::string model = read(folder / "run/model.volley");
  write(folder / "cut.volley", model.substr(0, model.size() / 2));
  write(folder / "stub.volley", model.substr(0, 20));
  write(folder / "empty.volley", "");
  std::string changed = model;
  changed[model.size() / 2] = static_cast<char>(changed[model.size() / 2] ^ 1);
  write(folder / "changed.volley", changed);
  std::string other = model;
  const std::size_t at = other.find("format 1");
  ASSERT_NE(at, std::string::npos);
  other[at + 7] = '9';
  write(folder / "other.volley", other);
  for (const char* name : {"cut", "stub", "empty", "changed", "other"}) {
    const std::string file = std::string(name) + ".volley";
    for (const std::string& command :
         {"run " + file, "compare " + file, "inspect " + file, "describe " + file,
          "export " + file + " -o out.nir", "train --resume " + file + " --out again"})
      expect_one_message(volley(folder, command), file);
  }
  EXPECT_FALSE(fs::exists(folder / "out.nir"));
  EXPECT_FALSE(fs::exists(folder / "again"));
  expect_one_message(volley(folder, "run nothing.volley"), "nothing.volley");
}

TEST(BadModel, HostileNir) {
  const TempFolder folder;
  write(folder / "bad.nir", "\x89HDF\r\n\x1a\n and then nothing of the kind");
  expect_one_message(volley(folder, "run bad.nir"), "bad.nir");
  expect_one_message(volley(folder, "inspect bad.nir"), "bad.nir");
}

TEST(BadOutput, ExportLeavesNothingBehind) {
  const TempFolder folder;
  train_tiny(folder);
  // A failed check of the recordings comes after the file was written under its temporary name.
  write(folder / "keep.nir", "older");
  expect_one_message(volley(folder, "export run -o keep.nir --accept reset --split Nothing"),
                     "Nothing");
  EXPECT_EQ(read(folder / "keep.nir"), "older");
  for (const std::string& file : files_in(folder.path()))
    EXPECT_EQ(file.find("partial"), std::string::npos) << file;
  write(folder / "file", "");
  expect_one_message(volley(folder, "train recipe.toml --out file/run"), "file");
}

TEST(BadUsage, ExitsWithAHint) {
  const TempFolder folder;
  for (const char* arguments :
       {"", "frobnicate", "train", "run", "train recipe.toml --epochs 0", "run a --engine steam",
        "export a --format onnx -o b", "train --no-such-option", "bench", "run a b c"}) {
    const Result result = volley(folder, arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_NE(result.err.find("mend: "), std::string::npos) << arguments << result.err;
  }
}

}  // namespace
}  // namespace volley::test
