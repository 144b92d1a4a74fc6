// volley datasets, transforms in a recipe, and the cache of samples, from outside.
#include <gtest/gtest.h>

#include <algorithm>

#include "program.hpp"

namespace volley::test {
namespace {

TEST(Datasets, AreListedAndDescribed) {
  const TempFolder folder;
  const Json list = json_of(volley(folder, "datasets --json"));
  std::vector<std::string> names;
  for (const Json& one : list["datasets"]) names.push_back(one["name"]);
  for (const char* name : {"fashion-mnist", "fsdd", "mnist", "nmnist", "synthetic-digits"})
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  const Result described = volley(folder, "datasets describe fashion-mnist");
  EXPECT_NE(described.out.find("26,421,880 bytes, MD5 8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            std::string::npos)
      << described.out;
  EXPECT_EQ(volley(folder, "datasets describe fashion").exit_code, 2);
}

TEST(Datasets, FilesAreVerified) {
  const TempFolder folder;
  const std::string verify = "datasets verify fashion-mnist --data files --json";
  fs::create_directories(folder / "files");
  Result result = volley(folder, verify);
  EXPECT_EQ(result.exit_code, 0) << "nothing is there, nothing is wrong";
  EXPECT_EQ(json_of(result)["files"][0]["check"], "absent");
  write(folder / "files/t10k-labels-idx1-ubyte.gz", std::string(5148, 'x'));
  result = volley(folder, verify);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(json_of(result)["files"][3]["check"], "wrong digest");
  write(folder / "files/t10k-labels-idx1-ubyte.gz", "x");
  EXPECT_EQ(json_of(volley(folder, verify))["files"][3]["check"], "wrong size");
}

TEST(Datasets, RecordingsAreVerified) {
  const TempFolder folder;
  ASSERT_EQ(volley(folder, "make-dataset synthetic-digits --out d --train 20 --test 10").exit_code,
            0);
  const std::string verify = "datasets verify nmnist --data d --recordings --json";
  Result result = volley(folder, verify);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json_of(result)["splits"]["Train"]["recordings"], 20);
  const std::string good = read(folder / "d/Test/3/00004.bin");
  write(folder / "d/Test/3/00004.bin", good.substr(0, good.size() - 2));
  result = volley(folder, verify);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(json_of(result)["splits"]["Test"]["damaged"], 1);
  EXPECT_NE(result.err.find("00004.bin: byte"), std::string::npos) << result.err;
}

TEST(Datasets, FetchTellsWhatItCannot) {
  const TempFolder folder;
  EXPECT_EQ(volley(folder, "datasets fetch synthetic-digits --data x").exit_code, 2);
  EXPECT_EQ(volley(folder, "datasets fetch mnist --data x --file none.gz").exit_code, 2);
}

const char* const small_recipe = R"([dataset]
name = "nmnist"
dt_ms = 20
steps = 15
TRANSFORMS
[training]
epochs = 2
batch_size = 20
[network]
input = [2, SIZE, SIZE]
[[network.population]]
name = "hidden"
neurons = 16
[[network.population]]
name = "readout"
neuron = "leaky_integrator"
neurons = 10
)";

void write_small(const TempFolder& folder, const std::string& transforms, const std::string& size) {
  std::string text = small_recipe;
  text.replace(text.find("TRANSFORMS"), 10, transforms);
  for (int k = 0; k < 2; ++k) text.replace(text.find("SIZE"), 4, size);
  write(folder / "small.toml", text);
}

TEST(Cache, KeepsSamplesFromRunToRun) {
  const TempFolder folder;
  ASSERT_EQ(volley(folder, "make-dataset synthetic-digits --out d --train 40 --test 20").exit_code,
            0);
  write_small(folder, "", "34");
  const std::string train = "train small.toml --data d --cache kept --json --threads ";
  const Result first = volley(folder, train + "1 --out one");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.err.find("from the cache"), std::string::npos);
  const Json use = json_of(volley(folder, "datasets cache --cache kept --json"));
  EXPECT_EQ(use["files"], 2);
  const Result second = volley(folder, train + "2 --out two");
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_NE(second.err.find("from the cache"), std::string::npos) << second.err;
  EXPECT_EQ(read(folder / "one/model.volley"), read(folder / "two/model.volley"));
  EXPECT_TRUE(json_of(second)["loading_share"].is_number());
  EXPECT_NE(read(folder / "two/metrics.jsonl").find("loading_seconds"), std::string::npos);
  EXPECT_EQ(json_of(volley(folder, "datasets cache --cache kept --clear --json"))["files"], 2);
  EXPECT_TRUE(files_in(folder / "kept").empty());
  ASSERT_EQ(volley(folder, train + "1 --cache off --out three").exit_code, 2) << "given twice";
}

TEST(Transforms, ActInTrainingAndStayInTheModel) {
  const TempFolder folder;
  ASSERT_EQ(volley(folder, "make-dataset synthetic-digits --out d --train 40 --test 20").exit_code,
            0);
  write_small(folder, R"(transforms = [
  { name = "denoise", filter_time_us = 20000 },
  { name = "Downsample", spatial_factor = 0.5 },
  { name = "drop_event", p = [0.0, 0.5] },
])", "17");
  for (const char* threads : {"1", "3"})
    ASSERT_EQ(volley(folder, std::string("train small.toml --data d --out t") + threads +
                                 " --threads " + threads).exit_code, 0);
  EXPECT_EQ(read(folder / "t1/model.volley"), read(folder / "t3/model.volley"))
      << "samples do not depend on threads";
  EXPECT_NE(read(folder / "t1/recipe.toml").find("drop_event"), std::string::npos);
  const Result run = volley(folder, "run t1/model.volley --data d --json");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  write_small(folder, "transforms = [ { name = \"de_noise\" } ]", "34");
  const Result unknown = volley(folder, "train small.toml --data d --out u");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("small.toml:5:16"), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find("denoise, downsample"), std::string::npos) << unknown.err;
}

}  // namespace
}  // namespace volley::test
