// Network files of volley simulate: what they say, and what they may not.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.hpp"
#include "models/circuit_file.hpp"

namespace volley {
namespace {

const std::string folder = std::string(VOLLEY_SOURCE_DIR) + "/models/networks/";

TEST(CircuitFile, ShippedNetworksAreWhatTheyAreSaidToBe) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    EXPECT_NO_THROW(load_circuit(entry.path())) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 5u);
  const Circuit cuba = load_circuit(folder + "cuba-20000.toml");
  EXPECT_EQ(cuba.name, "cuba-20000");
  EXPECT_EQ(cuba.populations(), 2u);
  EXPECT_EQ(cuba.projections(), 4u);
  double synapses = 0;
  for (std::size_t id = 0; id < 4; ++id) synapses += cuba.expected_synapses(id);
  EXPECT_NEAR(synapses, 8e6, 1);
  EXPECT_NEAR(cuba.projection(0).weight.a, 60 * 0.27 / 10 * 80 / 400, 1e-12);
  EXPECT_NEAR(cuba.projection(2).weight.a, -20 * 4.5 / 10 * 80 / 400, 1e-12);
  EXPECT_EQ(cuba.projection_name(1), "excitatory->inhibitory");
}

TEST(CircuitFile, ReadsEveryKey) {
  const Circuit circuit = parse_circuit(R"(
[simulation]
dt_ms = 0.5
duration_ms = 20
seed = 9
[[population]]
name = "in"
model = "recorded"
neurons = 6
file = "in.csv"
[[population]]
name = "cells"
grid = [2, 3]
tau_ms = 1
tau_excitatory_ms = 2
tau_inhibitory_ms = 3
rest = 4
threshold = 6
reset = "subtract"
reset_value = 5
drive = 7
refractory_ms = 8
initial = { distribution = "normal", mean = 9, sd = 10 }
poisson_input = { rate_hz = 11, weight = 12, receptor = "inhibitory" }
record_membrane = [0, 5]
record_spikes = false
[[projection]]
from = ["in", "cells"]
to = "cells"
rule = "distance"
sigma = 0.25
probability = 0.5
periodic = true
autapses = false
receptor = "delta"
weight = { distribution = "one_bit", magnitude = 2, positive = 0.25 }
delay_ms = { distribution = "exponential", mean = 3 }
)", "somewhere/my.toml");
  EXPECT_EQ(circuit.name, "my");
  EXPECT_EQ(circuit.options, (CircuitOptions{0.5, 20, 9}));
  EXPECT_EQ(circuit.population(0).file, "somewhere/in.csv");
  CellPopulation cells;
  cells.name = "cells";
  cells.neurons = 6;
  cells.rows = 2;
  cells.columns = 3;
  cells.tau_ms = 1;
  cells.tau_excitatory_ms = 2;
  cells.tau_inhibitory_ms = 3;
  cells.rest = 4;
  cells.reset_value = 5;
  cells.threshold = 6;
  cells.drive = 7;
  cells.refractory_ms = 8;
  cells.reset = CellReset::subtract;
  cells.initial = {DistributionKind::normal, 9, 10};
  cells.poisson_input = {11, 12, Receptor::inhibitory};
  cells.record_membrane = {0, 5};
  cells.record_spikes = false;
  EXPECT_EQ(circuit.population(1), cells);
  ASSERT_EQ(circuit.projections(), 2u);
  CellProjection projection;
  projection.rule = ConnectionRule::distance;
  projection.sigma = 0.25;
  projection.probability = 0.5;
  projection.periodic = true;
  projection.autapses = false;
  projection.receptor = Receptor::delta;
  projection.weight = {DistributionKind::one_bit, 2, 0.25};
  projection.delay_ms = {DistributionKind::exponential, 3, 0};
  projection.id = 1;
  EXPECT_EQ(circuit.projection(1), projection);
  const Circuit copy = circuit;
  EXPECT_EQ(copy.projection(1), projection);
}

struct Fault {
  const char* population;  ///< lines after name = "a"
  const char* projection;  ///< lines after from = "a", to = "a"; empty: none
  const char* says;        ///< part of the message
};

class CircuitFaults : public testing::TestWithParam<Fault> {};

TEST_P(CircuitFaults, AreToldWithPlaceAndMend) {
  const Fault& fault = GetParam();
  std::string text = "[[population]]\nname = \"a\"\n" + std::string(fault.population) + "\n";
  if (*fault.projection != 0)
    text += "[[projection]]\nfrom = \"a\"\nto = \"a\"\n" + std::string(fault.projection) + "\n";
  try {
    parse_circuit(text, "bad.toml");
    FAIL() << text;
  } catch (const Error& error) {
    EXPECT_NE((error.problem() + error.where()).find(fault.says), std::string::npos)
        << error.what();
    EXPECT_EQ(error.where().rfind("bad.toml", 0), 0u) << error.where();
    EXPECT_FALSE(error.how().empty()) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CircuitFaults,
    testing::Values(
        Fault{"", "", "neurons is missing"}, Fault{"neurons = 0", "", "out of range"},
        Fault{"neurons = 5\ntau = 3", "", "unknown key 'tau'"},
        Fault{"neurons = 5\nrate_hz = 3", "", "has no meaning for model"},
        Fault{"neurons = 5\nmodel = \"hh\"", "", "'hh' is not known"},
        Fault{"neurons = 5\nthreshold = -1", "", "not above reset"},
        Fault{"neurons = 5\nrecord_membrane = [5]", "", "out of range"},
        Fault{"neurons = 5\ngrid = [2, 3]", "", "has not 5 neurons"},
        Fault{"grid = 4", "", "is one number"},
        Fault{"neurons = 5\nmodel = \"poisson\"\nrate_hz = 1e5", "", "more than one spike"},
        Fault{"neurons = 5\nmodel = \"poisson\"\nrate_hz = 1", "rule = \"all_to_all\"",
              "takes no spikes"},
        Fault{"neurons = 5\npoisson_input = { rate_hz = 1e7, weight = 1 }", "", "20 spikes"},
        Fault{"neurons = 5\ninitial = { distribution = \"uniform\", low = 2, high = 1 }", "",
              "below low"},
        Fault{"neurons = 5\ninitial = { distribution = \"normal\", mean = 2 }", "",
              "sd is missing"},
        Fault{"neurons = 5", "weight = 1", "rule is missing"},
        Fault{"neurons = 5", "rule = \"fixed_in_degree\"\nin_degree = 6", "in-degree of 6"},
        Fault{"neurons = 5", "rule = \"fixed_probability\"\nprobability = 2", "out of range"},
        Fault{"neurons = 5", "rule = \"one_to_one\"\nsigma = 2", "has no meaning for rule"},
        Fault{"neurons = 5", "rule = \"all_to_all\"\ndelay_ms = -1", "negative"},
        Fault{"neurons = 5", "rule = \"all_to_all\"\ndelay_ms = 1e5", "more than 60000 steps"},
        Fault{"neurons = 5\nmodel = \"integrate_and_fire\"",
              "rule = \"all_to_all\"\nreceptor = \"excitatory\"", "no excitatory current"}));

TEST(CircuitFile, UnknownPopulationsAreNamedWithTheirLine) {
  try {
    parse_circuit("[[population]]\nname = \"a\"\nneurons = 5\n[[projection]]\nfrom = \"a\"\n"
                  "to = \"b\"\nrule = \"all_to_all\"\n", "bad.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.where().rfind("bad.toml:6", 0), 0u) << error.where();
    EXPECT_NE(error.how().find("there are: a"), std::string::npos);
  }
}

}  // namespace
}  // namespace volley
