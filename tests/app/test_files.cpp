// volley inspect, describe, datasets and make-dataset: what is said about files and networks.
#include <gtest/gtest.h>

#include "program.hpp"

namespace volley::test {
namespace {

/// The 5 bytes of an event of N-MNIST's container.
std::string event(int x, int y, bool on, int t) {
  return {static_cast<char>(x), static_cast<char>(y),
          static_cast<char>((on ? 0x80 : 0) | (t >> 16 & 0x7f)), static_cast<char>(t >> 8 & 0xff),
          static_cast<char>(t & 0xff)};
}

TEST(Inspect, EventRecording) {
  const TempFolder folder;
  write(folder / "a.bin", event(3, 4, true, 100) + event(7, 2, false, 70'000) +
                              event(5, 9, true, 100'099));
  const Result result = volley(folder, "inspect a.bin --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = json_of(result);
  EXPECT_EQ(json["events"], 3);
  EXPECT_EQ(json["first_us"], 100);
  EXPECT_EQ(json["last_us"], 100'099);
  EXPECT_DOUBLE_EQ(json["duration_ms"].get<double>(), 100.0);
  EXPECT_EQ(json["x"], Json({3, 7}));
  EXPECT_EQ(json["y"], Json({2, 9}));
  EXPECT_DOUBLE_EQ(json["on_share"].get<double>(), 2.0 / 3);
  EXPECT_TRUE(json["damage"].is_null());
}

TEST(Inspect, DamagedRecordingIsToldUpToItsDamage) {
  const TempFolder folder;
  write(folder / "cut.bin", event(3, 4, true, 100) + event(7, 2, false, 200) + "abc");
  const Result kept = volley(folder, "inspect cut.bin --json");
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_EQ(json_of(kept)["events"], 2);
  EXPECT_NE(json_of(kept)["damage"].get<std::string>().find("byte 10"), std::string::npos);
  EXPECT_NE(kept.err.find("warning: cut.bin is damaged at byte 10"), std::string::npos) << kept.err;
  const Result strict = volley(folder, "inspect cut.bin --json --strict");
  EXPECT_EQ(strict.exit_code, 2);
  EXPECT_EQ(json_of(strict)["events"], 2);
  EXPECT_NE(strict.err.find("byte 10"), std::string::npos) << strict.err;
  write(folder / "outside.bin", event(3, 4, true, 100) + event(90, 2, false, 200));
  EXPECT_EQ(volley(folder, "inspect outside.bin --strict").exit_code, 0) << "fits the camera";
  const Result outside = volley(folder, "inspect outside.bin --strict --dataset nmnist");
  EXPECT_EQ(outside.exit_code, 2);
  EXPECT_NE(outside.err.find("byte 5"), std::string::npos) << outside.err;
}

TEST(Inspect, TellsHotPixelsAndGaps) {
  const TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += event(5, 6, true, 100 + i);
  write(folder / "a.bin", bytes + event(7, 2, false, 500'000));
  const Json json = json_of(volley(folder, "inspect a.bin --json"));
  EXPECT_EQ(json["hottest_pixels"][0], Json({{"x", 5}, {"y", 6}, {"events", 10}}));
  EXPECT_EQ(json["hottest_pixels"].size(), 2u);
  EXPECT_EQ(json["active_pixels"], 2);
  EXPECT_EQ(json["longest_gap_us"], 500'000 - 109);
  EXPECT_EQ(json["longest_gap_at_us"], 109);
  EXPECT_EQ(json["gaps_over_100_ms"], 1);
  EXPECT_EQ(json["out_of_order"], 0);
  EXPECT_EQ(json["dropped"], 0);
}

TEST(Convert, ThereAndBackGivesTheSameEvents) {
  const TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += event(i * 7 % 34, i * 11 % 34, i % 3 == 0, 40 * i);
  write(folder / "a.bin", bytes);
  std::string before = "a.bin";
  for (const std::string name : {"b.aedat4", "c.raw", "d.dat", "e.es", "f.npy", "g.csv", "h.bin"}) {
    const Result result =
        volley(folder, "convert " + before + " " + name + " --sensor 34x34 --json");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(json_of(result)["written"], 5000) << name;
    before = name;
  }
  EXPECT_EQ(read(folder / "h.bin"), bytes);
  EXPECT_EQ(json_of(volley(folder, "inspect b.aedat4 --json"))["format"], "AEDAT4 (LZ4)");
}

TEST(Convert, CutsAndShifts) {
  const TempFolder folder;
  std::string bytes;
  for (int t = 0; t < 100; ++t) bytes += event(t % 10, t / 10, t % 2 == 1, 1000 * t);
  write(folder / "a.bin", bytes);
  const auto csv = [&](const std::string& options) {
    const Result result = volley(folder, "convert a.bin a.csv " + options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return read(folder / "a.csv");
  };
  EXPECT_EQ(csv("--crop 8,3,2,2 --polarity on"), "t,x,y,p\n39000,1,0,1\n49000,1,1,1\n");
  EXPECT_EQ(csv("--time 5ms:0.007s"), "t,x,y,p\n5000,5,0,1\n6000,6,0,0\n");
  EXPECT_EQ(csv("--time 98ms: --shift 1s"), "t,x,y,p\n1098000,8,9,0\n1099000,9,9,1\n");
  EXPECT_EQ(csv("--time :1000"), "t,x,y,p\n0,0,0,0\n");
  for (const std::string wrong : {"--crop 1,2,3", "--time 5", "--time a:b", "--shift soon",
                                  "--sensor 5", "--polarity up", "--to mat"})
    EXPECT_EQ(volley(folder, "convert a.bin b.csv " + wrong).exit_code, 2) << wrong;
  EXPECT_EQ(volley(folder, "convert a.bin b.xyz").exit_code, 2);
  EXPECT_EQ(volley(folder, "convert none.bin b.csv").exit_code, 2);
  EXPECT_FALSE(fs::exists(folder / "b.csv"));
}

TEST(Convert, DamageIsAWarningOrWithStrictAnError) {
  const TempFolder folder;
  write(folder / "cut.bin", event(3, 4, true, 100) + "abc");
  const Result kept = volley(folder, "convert cut.bin a.csv");
  EXPECT_EQ(kept.exit_code, 0) << kept.err;
  EXPECT_NE(kept.err.find("byte 5"), std::string::npos) << kept.err;
  EXPECT_EQ(read(folder / "a.csv"), "t,x,y,p\n100,3,4,1\n");
  const Result strict = volley(folder, "convert cut.bin b.csv --strict");
  EXPECT_EQ(strict.exit_code, 2);
  EXPECT_FALSE(fs::exists(folder / "b.csv"));
}

TEST(Inspect, ModelNirAndRecipe) {
  const TempFolder folder;
  train_tiny(folder);
  const Json model = json_of(volley(folder, "inspect run/model.volley --json"));
  EXPECT_EQ(model["kind"], "volley");
  EXPECT_EQ(model["recipe"], "recipe");
  EXPECT_EQ(model["position"]["epoch"], 2);
  bool weight_seen = false;
  for (const Json& tensor : model["tensors"])
    if (tensor["name"] == "parameters/input->hidden/weight") {
      weight_seen = true;
      EXPECT_EQ(tensor["shape"], Json({2312, 24}));
      EXPECT_EQ(tensor["bytes"], 2312 * 24 * 4);
    }
  EXPECT_TRUE(weight_seen);

  ASSERT_EQ(volley(folder, "export run -o net.nir --accept reset").exit_code, 0);
  const Json nir = json_of(volley(folder, "inspect net.nir --json"));
  EXPECT_EQ(nir["kind"], "nir");
  EXPECT_EQ(nir["nodes"].size(), nir["edges"].size() + 1) << "a chain";
  EXPECT_EQ(nir["readable"], true);

  EXPECT_EQ(json_of(volley(folder, "inspect run/recipe.toml --json"))["kind"], "recipe");
  write(folder / "note.txt", "hello");
  EXPECT_EQ(volley(folder, "inspect note.txt").exit_code, 2);
}

TEST(Describe, SaysShapesTimesAndBits) {
  const TempFolder folder;
  write(folder / "net.toml", R"([dataset]
dt_ms = 2
[network]
input = [2, 34, 34]
[[network.population]]
name = "hidden"
neurons = 100
tau_ms = 20
projection = { weight_bits = 1 }
[[network.population]]
name = "readout"
neuron = "leaky_integrator"
neurons = 10
)");
  const Result text = volley(folder, "describe net.toml");
  ASSERT_EQ(text.exit_code, 0) << text.err;
  for (const char* words : {"hidden", "2x34x34", "v[t] = beta reset(v[t-1])", "batch_size"})
    EXPECT_NE(text.out.find(words), std::string::npos) << words;
  const Json json = json_of(volley(folder, "describe net.toml --json"));
  EXPECT_NEAR(json["populations"][1]["tau_ms"].get<double>(), 20, 1e-9);
  EXPECT_EQ(json["projections"][0]["bits"], 1);
  EXPECT_EQ(json["projections"][0]["weights"], 231'200);
  // A bit each, and two floats for each neuron.
  EXPECT_EQ(json["projections"][0]["bytes"], 231'200 / 8 + 8 * 100);
}

TEST(Describe, CountsBitsBelowOne) {
  const TempFolder folder;
  const Result text = volley(folder, "describe nmnist-mlp-sub1bit");
  ASSERT_EQ(text.exit_code, 0) << text.err;
  for (const char* words : {"0.646", "50 %", "log2(M choose N)"})
    EXPECT_NE(text.out.find(words), std::string::npos) << words;
  const Json json = json_of(volley(folder, "describe nmnist-mlp-sub1bit --json"));
  EXPECT_NEAR(json["projections"][0]["bits"].get<double>(), 0.6462, 1e-4);
  EXPECT_EQ(json["projections"][0]["zero_share"], 0.5);
}

TEST(Datasets, ListAndDescribe) {
  const TempFolder folder;
  const Json list = json_of(volley(folder, "datasets list --json"));
  EXPECT_GE(list["datasets"].size(), 2u);
  EXPECT_EQ(volley(folder, "datasets").out, volley(folder, "datasets list").out);
  const Json nmnist = json_of(volley(folder, "datasets describe nmnist --json"));
  EXPECT_EQ(nmnist["width"], 34);
  EXPECT_EQ(nmnist["classes"].size(), 10u);
  EXPECT_EQ(volley(folder, "datasets describe nothing").exit_code, 2);
}

TEST(MakeDataset, WritesTheSameFilesForTheSameSeed) {
  const TempFolder folder;
  for (const char* name : {"a", "b"})
    ASSERT_EQ(volley(folder, "make-dataset synthetic-digits --train 20 --test 10 --seed 7 --out " +
                                 std::string(name))
                  .exit_code,
              0);
  const auto files = files_in(folder / "a");
  EXPECT_EQ(files.size(), 30u);
  EXPECT_EQ(files, files_in(folder / "b"));
  for (const std::string& file : files)
    EXPECT_EQ(read(folder / "a" / file), read(folder / "b" / file)) << file;
}

}  // namespace
}  // namespace volley::test
