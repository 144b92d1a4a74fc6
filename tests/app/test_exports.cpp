// volley export as C, ONNX and Verilog: trained networks of every kind, run by other tools over a
// hundred recordings.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "program.hpp"

namespace volley::test {
namespace {

constexpr const char* hidden_float = R"([[network.population]]
name = "hidden"
neurons = 24
)";
constexpr const char* hidden_a1w1 = R"([[network.population]]
name = "hidden"
neurons = 16
quantizer = { slope = "mixed" }
projection = { kind = "dense", weight_bits = 1 }
)";
constexpr const char* hidden_conv = R"([[network.population]]
name = "conv"
projection = { kind = "conv2d", channels = 4, kernel = 5, stride = 3, padding = 1, weight_bits = 1 }
quantizer = { form = "scale", slope = "mixed" }
[[network.population]]
name = "hidden"
neurons = 20
)";
constexpr const char* hidden_recurrent = R"([[network.population]]
name = "hidden"
neurons = 24
recurrent = { gain = 0.5 }
)";
constexpr const char* hidden_recurrent_a1w1 = R"([[network.population]]
name = "hidden"
neurons = 24
quantizer = { slope = "mixed" }
projection = { kind = "dense", weight_bits = 1 }
recurrent = { gain = 0.5 }
)";

/// Trains for two epochs on digits made in code, of which there are 100 to test with.
void train(const TempFolder& folder, const std::string& hidden) {
  write(folder / "recipe.toml", R"([dataset]
name = "synthetic-digits"
dt_ms = 20
steps = 15
synthetic_train = 200
synthetic_test = 100
[training]
epochs = 2
batch_size = 20
learning_rate = 4e-3
[network]
input = [2, 34, 34]
)" + hidden + R"([[network.population]]
name = "readout"
neuron = "leaky_integrator"
neurons = 10
)");
  const Result result = volley(folder, "train recipe.toml --out run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

bool have(const std::string& command) {
  return std::system(("(" + command + ") > /dev/null 2>&1").c_str()) == 0;
}

/// Exports with the check over so many recordings.
void expect_identical(const TempFolder& folder, const std::string& options, int recordings) {
  const Result result = volley(folder, "export run/model.volley --json --verify-limit " +
                                           std::to_string(recordings) + " " + options);
  ASSERT_EQ(result.exit_code, 0) << options << result.out << result.err;
  const Json json = json_of(result);
  EXPECT_EQ(json["identical"], true) << options << result.err;
  EXPECT_EQ(json["verified_recordings"], recordings) << options;
  EXPECT_GT(json["verified_spikes"].get<int>(), recordings) << options;
}

enum class Design { simulated, not_tried, refused };

struct Kind {
  const char* name;
  const char* hidden;
  Design verilog;
};

class Exports : public testing::TestWithParam<Kind> {};

/// A hundred recordings each; the verdict is that of what runs the file, not of what wrote it.
TEST_P(Exports, RunElsewhereWithTheSameSpikes) {
  const TempFolder folder;
  train(folder, GetParam().hidden);
  expect_identical(folder, "--format nir --accept reset -o net.nir", 100);
  expect_identical(folder, "--format onnx -o net.onnx", 100);
  expect_identical(folder, "--format onnx --unroll 15 -o unrolled.onnx", 100);
  if (!have("command -v cc")) GTEST_SKIP() << "no C compiler";
  expect_identical(folder, "--format c -o net_c", 100);
  expect_identical(folder, "--format c --integer --accept rounding -o net_c_integer", 100);
  if (GetParam().verilog == Design::refused) {
    const Result result = volley(folder, "export run/model.volley --format verilog -o net_v");
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("conv"), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(folder / "net_v"));
    return;
  }
  // Weights of 32 bits are added one a clock: a minute of simulation.
  if (GetParam().verilog == Design::not_tried) return;
  if (!have("command -v iverilog")) GTEST_SKIP() << "no Icarus Verilog";
  expect_identical(folder, "--format verilog --accept rounding -o net_v", 100);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Exports,
                         testing::Values(Kind{"float", hidden_float, Design::not_tried},
                                         Kind{"a1w1", hidden_a1w1, Design::simulated},
                                         Kind{"conv", hidden_conv, Design::refused},
                                         Kind{"recurrent", hidden_recurrent, Design::not_tried},
                                         Kind{"recurrent_a1w1", hidden_recurrent_a1w1,
                                              Design::simulated}),
                         [](const auto& one) { return std::string(one.param.name); });

/// The design is simulated, so that a change of one weight is found.
TEST(ExportVerilog, BenchFindsADifference) {
  if (!have("command -v iverilog")) GTEST_SKIP() << "no Icarus Verilog";
  const TempFolder folder;
  train(folder, hidden_a1w1);
  ASSERT_EQ(volley(folder, "export run/model.volley --format verilog --accept rounding "
                           "--no-verify --verify-limit 4 --test-recordings 4 -o net").exit_code, 0);
  const std::string at = "cd " + (folder / "net").string() + " && ";
  ASSERT_TRUE(have(at + "iverilog -g2005 -o bench volley_net.v volley_net_tb.v"));
  EXPECT_TRUE(have(at + "vvp -n bench +recordings=2 | grep 'of 2 recordings'"));
  EXPECT_TRUE(have(at + "vvp -n bench +progress | grep 'recording 4 of 4'"));
  EXPECT_TRUE(have(at + "vvp -n bench | grep identical"));
  // A bias as large as the threshold can be.
  ASSERT_TRUE(have(at + "sed -i '1s/.*/3fffffff/' net_hidden_bias.hex"));
  EXPECT_TRUE(have(at + "vvp -n bench | grep 'first difference: recording 1, step 0'"));
  EXPECT_FALSE(have(at + "vvp -n bench | grep identical"));
}

TEST(ExportC, CompilesWithoutAWarningEverywhere) {
  const TempFolder folder;
  train(folder, hidden_a1w1);
  const std::string flags = " -std=c99 -Wall -Wextra -pedantic -Wconversion -Werror ";
  for (const std::string integer : {"", "--integer --accept rounding "}) {
    ASSERT_EQ(volley(folder, "export run/model.volley --format c " + integer + "-o net").exit_code,
              0);
    const std::string at = "cd " + (folder / "net").string() + " && ";
    const std::string sources = "-o test volley_net.c volley_net_test.c && ./test";
    for (const std::string compiler : {"gcc", "clang"})
      if (have("command -v " + compiler)) {
        EXPECT_TRUE(have(at + compiler + flags + sources)) << compiler << integer;
        EXPECT_TRUE(have(at + compiler + " -std=gnu17 -O3 -march=native " + sources)) << compiler;
      }
    if (have("command -v arm-none-eabi-gcc")) {
      EXPECT_TRUE(have(at + "arm-none-eabi-gcc" + flags + "-Os -mcpu=cortex-m4 -c volley_net.c"));
    }
    // Where the machine has a fused multiply-add and the compiler may use it.
    if (have("command -v qemu-arm && command -v arm-linux-gnueabihf-gcc")) {
      EXPECT_TRUE(have(at + "arm-linux-gnueabihf-gcc -std=gnu17 -O2 -mfpu=vfpv4 -static -o arm "
                            "volley_net.c volley_net_test.c && qemu-arm ./arm"));
    }
  }
}

TEST(ExportC, FindsADifference) {
  const TempFolder folder;
  train(folder, hidden_float);
  ASSERT_EQ(volley(folder, "export run/model.volley --format c -o net").exit_code, 0);
  std::string source = read(folder / "net/volley_net.c");
  const std::size_t at = source.find("net_hidden_bias[24] = {") + 23;
  source.insert(at, "\n  9.0f, ");
  source.replace(source.find("net_hidden_bias[24]"), 19, "net_hidden_bias[25]");
  write(folder / "net/volley_net.c", source);
  const std::string at_folder = "cd " + (folder / "net").string() + " && ";
  if (!have("command -v cc")) GTEST_SKIP() << "no C compiler";
  EXPECT_FALSE(have(at_folder + "cc -std=c99 -o t volley_net.c volley_net_test.c && ./t"));
  EXPECT_TRUE(have(at_folder + "./t | grep -q 'first difference: recording 1, population hidden'"));
}

TEST(ExportCode, OptionsBelongToTheirFormat) {
  const TempFolder folder;
  train(folder, hidden_float);
  for (const std::string options : {"--format onnx --integer", "--format c --unroll 3",
                                    "--format nir --any-order"}) {
    const Result result = volley(folder, "export run/model.volley -o x " + options);
    EXPECT_EQ(result.exit_code, 2) << options;
    EXPECT_NE(result.err.find("is of --format"), std::string::npos) << result.err;
  }
  EXPECT_EQ(volley(folder, "export run/model.volley --no-verify --format c -o y").exit_code, 0);
  EXPECT_TRUE(fs::exists(folder / "y/volley_net_test.c"));
}

/// Our model by ONNX Runtime, where node has it (NODE_PATH), and onnx's own checker.
TEST(ExportOnnx, OtherToolsAgree) {
  // Older runtimes do not tell shapes.
  const bool runtime = have("node -e \"process.exit('inputMetadata' in "
                            "require('onnxruntime-node').InferenceSession.prototype ? 0 : 1)\"");
  const bool checker = have("/usr/bin/python3 -c 'import onnx'");
  if (!runtime && !checker)
    GTEST_SKIP() << "neither a recent onnxruntime-node nor python's onnx is here";
  for (const char* hidden : {hidden_float, hidden_a1w1, hidden_conv, hidden_recurrent}) {
    const TempFolder folder;
    train(folder, hidden);
    const std::string script = VOLLEY_SOURCE_DIR "/tests/app/run_onnx.js ";
    ASSERT_EQ(volley(folder, "export run/model.volley --no-verify --format onnx -o net.onnx")
                  .exit_code, 0);
    ASSERT_EQ(volley(folder, "export run/model.volley --no-verify --format onnx --unroll 15 "
                             "-o all.onnx")
                  .exit_code, 0);
    for (const std::string file : {"net.onnx", "all.onnx"}) {
      if (!checker) continue;
      EXPECT_TRUE(have("/usr/bin/python3 -c \"import onnx; onnx.checker.check_model('" +
                       (folder / file).string() + "', full_check=True)\""))
          << file;
    }
    if (!runtime) continue;
    ASSERT_EQ(volley(folder, "export run/model.volley --format c --no-verify --verify-limit 100 "
                             "--test-recordings 100 -o net_c").exit_code, 0);
    EXPECT_EQ(std::system(("node " + script + (folder / "net.onnx").string() + " " +
                           (folder / "all.onnx").string() + " " +
                           (folder / "net_c/volley_net_test.c").string() + " > " +
                           (folder / "said").string()).c_str()), 0);
    EXPECT_NE(read(folder / "said").find("identical over"), std::string::npos)
        << read(folder / "said");
  }
}

}  // namespace
}  // namespace volley::test
