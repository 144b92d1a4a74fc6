// Programs that networks are exported as, compiled and run: the same spikes as the engines', for
// networks drawn at random over all that engines can run.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/c_source.hpp"
#include "models/onnx.hpp"
#include "models/verilog.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/event_engine.hpp"
#include "sim/fixed_engine.hpp"
#include "sim/step_network.hpp"

namespace volley {
namespace {

namespace fs = std::filesystem;

bool have(const std::string& program) {
  return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
}

/// A folder of one test's own, gone afterwards.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("volley_exports_" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }

  /// What a command there prints, or that it failed and what it printed.
  std::string run(const std::string& command) const {
    const int code =
        std::system(("cd " + path.string() + " && (" + command + ") > log 2>&1").c_str());
    return (code == 0 ? "" : "failed: ") + read_file(path / "log");
  }
};

/// What the engine does with a few recordings, or its fixed-point twin.
std::vector<RecordedRun> record(const FrozenPlan& plan, const StepNetwork& network,
                                const FixedNetwork* fixed, std::uint64_t seed, std::uint32_t steps,
                                std::size_t recordings) {
  const auto inputs = static_cast<std::uint32_t>(network.populations[network.input].neurons);
  EventEngine engine(plan);
  std::vector<RecordedRun> runs;
  for (std::uint64_t k = 0; k < recordings; ++k) {
    const SpikeTrain train = random_train(steps, inputs, 0.2, 100 * seed + k);
    if (fixed == nullptr) {
      runs.push_back(recorded_run(engine.run(train), train));
      continue;
    }
    FixedTrace own = FixedEngine(plan, network, *fixed).run(train);
    runs.push_back(recorded_run(own.trace, train, std::move(own.membrane)));
  }
  return runs;
}

/// Compiles an exported program without a warning and runs it; what it prints.
std::string run_c(const FrozenNetwork& frozen, bool integer, std::uint64_t seed) {
  const FrozenPlan plan(frozen);
  const StepNetwork network = step_network(plan, "test");
  FixedNetwork fixed;
  if (integer) fixed = fixed_point(network);
  const FixedNetwork* own = integer ? &fixed : nullptr;
  const Folder folder;
  const CSource source = write_c(network, own);
  write_file(folder.path / "volley_net.h", source.header);
  write_file(folder.path / "volley_net.c", source.source);
  write_file(folder.path / "volley_net_test.c",
             write_c_test(network, integer, record(plan, network, own, seed, 20, 3)));
  return folder.run("cc -std=c99 -Wall -Wextra -pedantic -Wconversion -Werror -o test "
                    "volley_net.c volley_net_test.c && ./test");
}

/// A network drawn at random, some of its weights two-valued and some of a few even values.
FrozenNetwork random_weights(std::uint64_t seed) {
  Network network = seed % 3 == 2 ? any_levels(seed) : any_network(seed);
  for (std::size_t id = 0; id < network.populations(); ++id)
    network.population(id).normalise_steps = 1;
  FrozenNetwork frozen = random_frozen(network, seed);
  for (std::size_t id = 0; id < frozen.weights.size(); ++id) {
    const float steps = (id + seed) % 3 == 0 ? 1.0f : (id + seed) % 3 == 1 ? 5.0f : 0.0f;
    for (float& weight : frozen.weights[id])
      if (steps > 0)
        weight = std::round(std::clamp(weight, -1.0f, 1.0f) * 0.5f * steps + 0.5f * steps) * 0.25f /
                     steps - 0.125f;
  }
  return frozen;
}

class CodeExport : public testing::TestWithParam<int> {};

TEST_P(CodeExport, CGivesTheEnginesSpikes) {
  if (!have("cc")) GTEST_SKIP() << "no C compiler";
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const FrozenNetwork frozen = random_weights(seed);
  for (const bool integer : {false, true})
    EXPECT_EQ(run_c(frozen, integer, seed).substr(0, 14), "identical over")
        << "seed " << seed << ": " << run_c(frozen, integer, seed);
}

TEST_P(CodeExport, OnnxGivesTheEnginesSpikes) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const FrozenPlan plan(random_weights(seed));
  const StepNetwork network = step_network(plan, "test");
  const Folder folder;
  const int steps = 8;
  for (const int unroll : {0, steps}) {
    write_onnx(network, {unroll, false}, folder.path / "net.onnx");
    const OnnxModel model(folder.path / "net.onnx");
    for (const RecordedRun& wanted : record(plan, network, nullptr, seed, steps, 2)) {
      const RecordedRun found = model.run(network, wanted.inputs);
      EXPECT_EQ(found.spikes, wanted.spikes) << "seed " << seed;
      EXPECT_EQ(found.membrane, wanted.membrane) << "seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, CodeExport, testing::Range(0, 12));

/// 70 inputs, a layer of 1-bit weights with feedback, one of 32-bit weights, and a readout.
FrozenNetwork dense_network(Reset reset, bool spiking_readout) {
  ChainBuilder chain({70, 1, 1});
  chain.dense(40, leaky(reset, 0.9), fixed_delay(1));
  chain.network.add_projection(chain.last, chain.last, fixed_delay(2));
  chain.dense(33, leaky(reset, 0.5));
  if (spiking_readout) chain.dense(5, leaky(reset, 1.0));
  else chain.readout(5);
  for (std::size_t id = 0; id < chain.network.populations(); ++id)
    chain.network.population(id).quantizer.estimator = Estimator::atan;  // fit for any readout
  FrozenNetwork frozen = random_frozen(chain.network, 7);
  for (const std::size_t id : {std::size_t{0}, std::size_t{1}})
    for (float& weight : frozen.weights[id]) weight = weight > 0 ? 0.31f : -0.17f;
  return frozen;
}

TEST(Verilog, GivesTheFixedPointEnginesSpikes) {
  if (!have("iverilog")) GTEST_SKIP() << "no Icarus Verilog";
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none}) {
    const FrozenPlan plan(dense_network(reset, reset == Reset::zero));
    const StepNetwork network = step_network(plan, "test");
    const FixedNetwork fixed = fixed_point(network);
    const Folder folder;
    const auto runs = record(plan, network, &fixed, 3, 4, 20);
    std::vector<VerilogFile> files = write_verilog(network, fixed);
    for (VerilogFile& file : write_verilog_test(network, runs)) files.push_back(std::move(file));
    for (const VerilogFile& file : files) write_file(folder.path / file.name, file.text);
    const std::string printed = folder.run(
        "iverilog -g2005 -Wall -o bench volley_net.v volley_net_tb.v && vvp -n bench");
    EXPECT_EQ(printed.substr(0, 14), "identical over") << printed;
    EXPECT_NE(printed.find("of 20 recordings"), std::string::npos) << printed;
    EXPECT_EQ(printed.find("over 0 spikes"), std::string::npos) << printed;
    if (have("verilator")) {
      const std::string said = folder.run(
          "verilator --lint-only -Wall -Wno-DECLFILENAME -Wno-UNUSED "
          "-Wno-PINCONNECTEMPTY --top-module volley_net volley_net.v");
      EXPECT_EQ(said, "");
    }
  }
}

TEST(Verilog, RefusesByNameWhatItHasNot) {
  const auto refusal = [](const Network& topology) {
    const FrozenPlan plan(random_frozen(topology, 1));
    const StepNetwork network = step_network(plan, "test");
    try {
      write_verilog(network, fixed_point(network));
    } catch (const Error& error) {
      return error.where() + ": " + error.problem();
    }
    return std::string();
  };
  ChainBuilder maps({2, 9, 8});
  maps.conv(3, 3, 1, 0).flatten().readout(4);
  EXPECT_NE(refusal(maps.network).find("is of kind conv2d"), std::string::npos);
  Population adapting = leaky(Reset::zero, 0.9);
  adapting.adaptation = 0.2;
  ChainBuilder extended({5, 1, 1});
  extended.dense(4, adapting).readout(3);
  EXPECT_NE(refusal(extended.network).find("an adaptive threshold"), std::string::npos);
}

TEST(FixedPoint, RoundsToTheNearestAndSaturates) {
  EXPECT_EQ(rounded_shift(5, 1), 3);
  EXPECT_EQ(rounded_shift(-5, 1), -3);
  EXPECT_EQ(rounded_shift(-5, 0), -5);
  EXPECT_EQ(fixed_decay(1 << 30, -7), -7);
  EXPECT_EQ(fixed_decay(1 << 29, 7), 4);
  EXPECT_EQ(saturated(std::int64_t{1} << 40), INT32_MAX);
  EXPECT_EQ(saturated(-(std::int64_t{1} << 40)), -INT32_MAX);
}

}  // namespace
}  // namespace volley
