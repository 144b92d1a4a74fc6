// Several processes under mpirun: the bytes of one, whatever their number, and no hang where one
// fails or dies.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <sstream>
#include <thread>

#include "program.hpp"

namespace volley::test {
namespace {

/// As many ranks as asked for, whatever the machine and the container allow.
std::string mpirun(int ranks, const std::string& options = {}) {
  return "env OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_hwloc_base_binding_policy=none "
         "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl=self,vader mpirun " +
         std::string(::getuid() == 0 ? "--allow-run-as-root " : "") + options + " -n " +
         std::to_string(ranks);
}

class Mpi : public ::testing::Test {
protected:
  void SetUp() override {
    if (!VOLLEY_HAS_MPI) GTEST_SKIP() << "this volley was built without MPI";
    if (std::system("command -v mpirun >/dev/null") != 0) GTEST_SKIP() << "there is no mpirun";
  }
};

/// Metrics without what a clock says.
std::string metrics_of(const fs::path& file) {
  std::istringstream lines(read(file));
  std::string kept;
  for (std::string text; std::getline(lines, text);) {
    Json line = Json::parse(text);
    line.erase("seconds");
    line.erase("samples_per_second");
    line.erase("loading_seconds");
    kept += line.dump() + "\n";
  }
  return kept;
}

/// A recipe for digits made in code, 58 of them: the last batch is a part of one.
std::string recipe(const std::string& training, const std::string& populations) {
  return R"([dataset]
name = "synthetic-digits"
dt_ms = 20
steps = 15
synthetic_train = 58
synthetic_test = 21
shift_pixels = 1
[training]
epochs = 2
batch_size = 16
learning_rate = 4e-3
)" + training + R"([network]
input = [2, 34, 34]
)" + populations + R"([[network.population]]
name = "readout"
neuron = "leaky_integrator"
neurons = 10
)";
}

class MpiTraining : public Mpi {
protected:
  void expect_bytes_of_one(const std::string& text) {
    const TempFolder folder;
    write(folder / "recipe.toml", text);
    const Result alone = volley(folder, "train recipe.toml --threads 1 --out 0");
    ASSERT_EQ(alone.exit_code, 0) << alone.err;
    const auto files = files_in(folder / "0");
    for (const int ranks : {1, 2, 4}) {
      const std::string out = std::to_string(ranks);
      const Result shared =
          volley(folder, "train recipe.toml --threads 1 --out " + out, mpirun(ranks));
      ASSERT_EQ(shared.exit_code, 0) << shared.out << shared.err;
      EXPECT_EQ(files_in(folder / out), files);
      for (const char* file : {"model.volley", "best.volley", "recipe.toml", "raster.png"})
        EXPECT_TRUE(read(folder / out / file) == read(folder / "0" / file))
            << file << " of " << ranks << " ranks";
      EXPECT_EQ(metrics_of(folder / out / "metrics.jsonl"),
                metrics_of(folder / "0/metrics.jsonl"));
      const std::size_t line = shared.out.find("epoch 1/2");
      ASSERT_NE(line, std::string::npos) << shared.out;
      EXPECT_EQ(shared.out.find("epoch 1/2", line + 1), std::string::npos) << "one rank speaks";
    }
  }
};

TEST_F(MpiTraining, DenseWithNormalisationAndDenoising) {
  expect_bytes_of_one(recipe("rate_weight = 0.1\nrate_target = 0.05\ngradient_clip = 1.0\n",
                             "[[network.population]]\nname = \"hidden\"\nneurons = 40\n"
                             "dropout = 0.1\nnormalise_steps = 3\n"));
}

TEST_F(MpiTraining, ConvolutionsOfOneBit) {
  expect_bytes_of_one(recipe({}, R"([[network.population]]
name = "conv"
projection = { kind = "conv2d", channels = 6, kernel = 5, stride = 2, padding = 0, weight_bits = 1 }
quantizer = { form = "scale", slope = "mixed" }
[[network.population]]
name = "pool"
neuron = "relay"
projection = { kind = "sum_pool", kernel = 3 }
[[network.population]]
name = "hidden"
neurons = 20
projection = { kind = "dense", weight_bits = 1 }
)"));
}

TEST_F(MpiTraining, RecurrenceWithDrawnSpikes) {
  expect_bytes_of_one(recipe("memory_budget_mib = 3.0\n", R"([[network.population]]
name = "hidden"
neurons = 30
recurrent = { gain = 0.5 }
quantizer = { estimator = "stochastic" }
)"));
}

std::ptrdiff_t lines_in(const fs::path& file) {
  const std::string text = read(file);
  return std::count(text.begin(), text.end(), '\n');
}

bool wait_for_lines(const fs::path& file, std::ptrdiff_t lines) {
  for (int tries = 0; tries < 6000; ++tries) {
    if (lines_in(file) >= lines) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// The process of a rank that runs in a folder, or 0.
pid_t process_of(const TempFolder& folder, int rank) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (fs::read_symlink(entry.path() / "cwd", ignored) != folder.path()) continue;
    const std::string wanted = "OMPI_COMM_WORLD_RANK=" + std::to_string(rank) + '\0';
    if (read(entry.path() / "environ").find(wanted) != std::string::npos) return std::stoi(name);
  }
  return 0;
}

const std::string hidden = "[[network.population]]\nname = \"hidden\"\nneurons = 24\n";

TEST_F(Mpi, StoppedTrainingGoesOnWithAnotherNumberOfRanks) {
  const TempFolder folder;
  write(folder / "recipe.toml", recipe({}, hidden));
  const std::string options = "train recipe.toml --threads 1 --quiet --epochs 60 --out ";
  ASSERT_EQ(volley(folder, options + "whole").exit_code, 0);
  {
    // One rank is told, all stop after the same batch.
    Running training(folder, options + "broken", mpirun(2));
    ASSERT_TRUE(wait_for_lines(folder / "broken/metrics.jsonl", 25));
    const pid_t process = process_of(folder, 1);
    ASSERT_GT(process, 0);
    ::kill(process, SIGTERM);
    EXPECT_NE(training.wait(), 0);
  }
  ASSERT_FALSE(read(folder / "broken/model.volley") == read(folder / "whole/model.volley"))
      << "the run was over before the signal: give it more epochs";
  const Result resumed = volley(
      folder, "train --resume broken/model.volley --threads 1 --out broken --quiet", mpirun(3));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(read(folder / "broken/model.volley") == read(folder / "whole/model.volley"));
  EXPECT_EQ(lines_in(folder / "broken/metrics.jsonl"), lines_in(folder / "whole/metrics.jsonl"));
}

TEST_F(Mpi, ARankThatDiesEndsTheJobAndLeavesTheModel) {
  const TempFolder folder;
  write(folder / "recipe.toml", recipe({}, hidden));
  auto training = std::async(std::launch::async, [&] {
    // A busy machine may not let the others speak within a second, after which mpirun kills them.
    return volley(folder, "train recipe.toml --threads 1 --epochs 100000 --out run",
                  mpirun(3, "--mca odls_base_sigkill_timeout 20"));
  });
  ASSERT_TRUE(wait_for_lines(folder / "run/metrics.jsonl", 12));  // two epochs and more
  const pid_t process = process_of(folder, 1);
  ASSERT_GT(process, 0);
  ::kill(process, SIGKILL);
  const Result result = training.get();
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.err.find("rank 1 of 3 has died"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("mend:"), std::string::npos) << result.err;
  const Json position =
      json_of(volley(folder, "inspect run/model.volley --json --quiet"))["position"];
  EXPECT_GE(position["epoch"].get<int>(), 2);
  EXPECT_EQ(position["batch"].get<int>(), 0);
  const std::string epochs = std::to_string(position["epoch"].get<int>() + 1);
  EXPECT_EQ(volley(folder, "train --resume run/model.volley --out run --epochs " + epochs,
                   mpirun(2)).exit_code, 0);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST_F(Mpi, WhatIsWrongIsSaidOnce) {
  const TempFolder folder;
  write(folder / "recipe.toml", recipe({}, hidden));
  for (const char* arguments :
       {"train missing.toml", "train recipe.toml --set training.batch_size=2",
        "inspect recipe.toml", "nonsense"}) {
    const Result result = volley(folder, arguments, mpirun(3));
    EXPECT_EQ(result.exit_code, 2) << arguments << result.err;
    EXPECT_EQ(count(result.err, "volley: "), 1u) << arguments << result.err;
    EXPECT_EQ(count(result.err, "mend:"), 1u) << arguments << result.err;
  }
  const Result help = volley(folder, "train --help", mpirun(2));
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(count(help.out, "Usage:"), 1u) << help.out;
  // Only the first rank writes, so only it fails, and ends the others.
  write(folder / "file", "");
  const Result full = volley(folder, "train recipe.toml --out file/run", mpirun(2));
  EXPECT_EQ(full.exit_code, 2) << full.err;
  EXPECT_EQ(count(full.err, "mend:"), 1u) << full.err;
}

TEST_F(Mpi, SimulationHasTheSpikesOfOneProcess) {
  const TempFolder folder;
  for (const char* least : {"0", "0.4"}) {
    write(folder / "circuit.toml", std::string(R"([simulation]
dt_ms = 0.1
duration_ms = 300
[[population]]
name = "noise"
model = "poisson"
neurons = 50
rate_hz = 100
[[population]]
name = "excitatory"
neurons = 170
tau_ms = 15
rest = -52
drive = 1.5
threshold = -50
reset_value = -60
refractory_ms = 2
initial = { distribution = "uniform", low = -60, high = -50 }
record_membrane = [0, 100, 169]
[[population]]
name = "inhibitory"
neurons = 45
tau_ms = 10
threshold = 1
drive = 0.9
record_membrane = [44]
[[projection]]
from = "noise"
to = ["excitatory", "inhibitory"]
rule = "fixed_in_degree"
in_degree = 10
weight = { distribution = "lognormal", mean = -1, sd = 0.5 }
delay_ms = { distribution = "uniform", low = )") + least + R"(, high = 3 }
[[projection]]
from = "excitatory"
to = ["excitatory", "inhibitory"]
rule = "fixed_probability"
probability = 0.1
weight = 0.3
delay_ms = 1.5
[[projection]]
from = "inhibitory"
to = "excitatory"
rule = "fixed_probability"
probability = 0.2
receptor = "inhibitory"
weight = -0.8
delay_ms = 0.4
)");
    const Result alone = volley(folder, "simulate circuit.toml --threads 1 --out 0 --json");
    ASSERT_EQ(alone.exit_code, 0) << alone.err;
    for (const Json& each : json_of(alone)["populations"])
      EXPECT_GT(each["spikes"].get<int>(), 100) << each["name"];
    for (const int ranks : {1, 2, 4}) {
      const std::string out = std::to_string(ranks);
      const Result shared = volley(folder, "simulate circuit.toml --threads 1 --json --out " + out,
                                   mpirun(ranks));
      ASSERT_EQ(shared.exit_code, 0) << shared.err;
      EXPECT_EQ(files_in(folder / out), files_in(folder / "0"));
      for (const std::string& file : files_in(folder / "0"))
        EXPECT_TRUE(read(folder / out / file) == read(folder / "0" / file))
            << file << " of " << ranks << " ranks";
      for (const char* key : {"synapses", "synaptic_events", "populations"})
        EXPECT_EQ(json_of(shared)[key], json_of(alone)[key]);
    }
  }
}

TEST_F(Mpi, StoppedSimulationStillWrites) {
  const TempFolder folder;
  // mpirun passes Ctrl-C on as SIGTERM, these seconds later, and kills after as many more.
  Running running(folder, "simulate cuba-4000 --duration 1000000 --threads 1 --out run",
                  mpirun(2, "--mca odls_base_sigkill_timeout 3"));
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  running.send(SIGINT);
  EXPECT_NE(running.wait(), 0);
  EXPECT_FALSE(read(folder / "run/rates.csv").empty());
}

}  // namespace
}  // namespace volley::test
