// What a plan refuses, and its order.
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/plan.hpp"

namespace volley {
namespace {

TEST(Plan, delays_it_cannot_run_are_refused) {
  ChainBuilder pooled({2, 4, 4});
  pooled.conv(3, 3, 1, 1).pool(ProjectionKind::sum_pool, 2).readout(2);
  pooled.network.projection(1).delay_steps = 1;
  EXPECT_THROW(compile(pooled.network), Error);
  ChainBuilder cycle({3, 1, 1});
  cycle.dense(4);
  const PopulationId first = cycle.last;
  cycle.dense(4);
  Projection back;
  back.delay_steps = 1;
  cycle.network.add_projection(cycle.last, first, back);
  try {
    compile(cycle.readout(2).network);
    FAIL() << "a cycle through two populations";
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("layer1, layer2, layer3"), std::string::npos)
        << error.problem();
  }
}

TEST(Plan, a_delayed_source_still_runs_first) {
  Network network;
  Population input, late, early;
  input.name = "input";
  input.kind = NeuronKind::input;
  late.name = "late";
  late.kind = NeuronKind::leaky_integrator;
  early.name = "early";
  input.shape = late.shape = early.shape = {2, 1, 1};
  network.add_population(input);
  network.add_population(late);
  network.add_population(early);
  network.add_projection(0, 2, {});
  network.add_projection(2, 1, fixed_delay(1));
  EXPECT_EQ(compile(network).order, (std::vector<std::size_t>{0, 2, 1}));
}

}  // namespace
}  // namespace volley
