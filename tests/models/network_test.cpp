// The graph, its checks, its order and its shapes.
#include "models/network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.hpp"
#include "sample_networks.hpp"

namespace volley::test {
namespace {

using Change = std::function<void(Network&)>;

std::string fault(const Change& change) {
  Network network = small_network();
  return message_of([&] {
    change(network);
    network.check();
  });
}

void expect_fault(const Change& change, const std::string& part) {
  const std::string message = fault(change);
  EXPECT_NE(message.find(part), std::string::npos) << "message: " << message;
}

Projection delayed(int steps) {
  Projection projection;
  projection.delay_steps = steps;
  return projection;
}

TEST(Network, SmallNetworkIsWhole) {
  const Network network = small_network();
  EXPECT_NO_THROW(network.check());
  EXPECT_EQ(network.population(network.input()).name, "input");
  EXPECT_EQ(network.population(network.readout()).name, "out");
  EXPECT_EQ(network.projection_name(1), "conv->pool");
  EXPECT_EQ(network.find("hidden"), 4U);
}

TEST(Network, CopiesOwnTheirProjections) {
  Network copy;
  {
    const Network network = small_network();
    copy = network;
  }
  const Network second(copy);
  copy.projection(0).gain = 7.0;
  EXPECT_EQ(copy.projection(0).gain, 7.0);
  EXPECT_EQ(second.projection(0).gain, 1.0);
  EXPECT_EQ(second.projection_name(4), "hidden->out");
  EXPECT_EQ(copy.graph()[boost::edge(0, 1, copy.graph()).first].gain, 7.0);
  EXPECT_FALSE(copy == second);
}

TEST(Network, ConvolutionAndPoolingShapes) {
  Projection conv;
  conv.kind = ProjectionKind::conv2d;
  conv.kernel_height = 5;
  conv.kernel_width = 3;
  conv.stride = 2;
  conv.padding = 1;
  EXPECT_EQ(projected_shape(conv, {2, 34, 33}, {16, 1, 1}, "x"), (Shape{16, 16, 17}));
  EXPECT_EQ(fan_in(conv, {2, 34, 33}), 30U);
  EXPECT_EQ(weight_columns(conv, {16, 16, 17}), 16U);
  Projection pool;
  pool.kind = ProjectionKind::max_pool;
  pool.kernel_height = pool.kernel_width = 2;
  pool.stride = 2;
  EXPECT_EQ(projected_shape(pool, {4, 7, 6}, {}, "x"), (Shape{4, 3, 3}));
  pool.kernel_height = 9;
  EXPECT_THROW(projected_shape(pool, {4, 7, 6}, {}, "x"), Error);
  pool.kernel_height = 2;
  pool.stride = {1, 3};
  EXPECT_EQ(projected_shape(pool, {4, 7, 6}, {}, "x"), (Shape{4, 6, 2}));
  conv.dilation = {3, 1};
  conv.stride = {1, 2};
  conv.padding = {0, 2};
  conv.groups = 2;
  EXPECT_EQ(projected_shape(conv, {2, 34, 33}, {16, 1, 1}, "x"), (Shape{16, 22, 18}));
  EXPECT_EQ(fan_in(conv, {2, 34, 33}), 15U);
  conv.dilation = {9, 1};
  EXPECT_THROW(projected_shape(conv, {2, 34, 33}, {16, 1, 1}, "x"), Error);
  Projection own;
  own.kind = ProjectionKind::one_to_one;
  EXPECT_EQ(projected_shape(own, {4, 7, 6}, {}, "x"), (Shape{4, 7, 6}));
  EXPECT_EQ(fan_in(own, {4, 7, 6}), 1U);
  EXPECT_EQ(weight_columns(own, {4, 7, 6}), 4U);
  EXPECT_EQ(to_string(Shape{16, 15, 14}), "16x15x14");
  EXPECT_EQ(to_string(Shape{256, 1, 1}), "256");
}

TEST(Network, NamesAreChecked) {
  for (const char* name : {"", "a/b", "a->b", ".", "..", "a b", "a\n"}) {
    Network network;
    EXPECT_THROW(network.add_population(population(name, NeuronKind::lif, {1, 1, 1})), Error)
        << name;
  }
  Network network = small_network();
  EXPECT_THROW(network.add_population(population("conv", NeuronKind::lif, {1, 1, 1})), Error);
  EXPECT_THROW(network.add_projection(0, 99, {}), Error);
  EXPECT_THROW(network.add_projection(4, 5, {}), Error);
  EXPECT_EQ(network.projection_name(network.add_projection(4, 5, delayed(1))), "hidden->out#2");
  EXPECT_NE(message_of([&] { network.find("hiden"); }).find("there are: input, conv"),
            std::string::npos);
}

TEST(Network, EndsAreChecked) {
  expect_fault([](Network& n) { n = Network(); }, "no input population");
  expect_fault(
      [](Network& n) { n.add_population(population("in2", NeuronKind::input, {1, 1, 1})); },
      "more than one input population: 'input', 'in2'");
  expect_fault(
      [](Network& n) {
        n.add_projection(4, n.add_population(population("o2", NeuronKind::lif, {3, 1, 1})), {});
      },
      "nothing leaves 'out', 'o2'");
  expect_fault([](Network& n) { n.population(5).kind = NeuronKind::relay; }, "is a relay");
  expect_fault(
      [](Network& n) {
        n.add_projection(n.add_population(population("lone", NeuronKind::lif, {3, 1, 1})), 4, {});
      },
      "'lone': is not reached from the input");
  expect_fault(
      [](Network& n) {
        const auto sink = n.add_population(population("trap", NeuronKind::lif, {3, 1, 1}));
        const auto other = n.add_population(population("trap2", NeuronKind::lif, {3, 1, 1}));
        n.add_projection(4, sink, {});
        n.add_projection(sink, other, {});
        n.add_projection(other, sink, delayed(1));
      },
      "does not reach the readout 'out'");
}

TEST(Network, CyclesNeedADelay) {
  expect_fault([](Network& n) { n.add_projection(4, 4, {}); }, "hidden -> hidden");
  expect_fault([](Network& n) { n.add_projection(4, 1, {}); },
               "conv -> pool -> flat -> hidden -> conv");
  EXPECT_EQ(fault([](Network& n) { n.add_projection(4, 1, delayed(1)); }), "");
  EXPECT_EQ(fault([](Network& n) { n.add_projection(4, 4, delayed(3)); }), "");
}

TEST(Network, KindsAreChecked) {
  expect_fault([](Network& n) { n.add_projection(4, 0, delayed(1)); }, "takes no projection");
  expect_fault([](Network& n) { n.add_projection(5, 5, delayed(1)); }, "sends no spikes");
  expect_fault([](Network& n) { n.projection(2).kind = ProjectionKind::dense; },
               "takes no dense projection");
  expect_fault([](Network& n) { n.projection(3).kind = ProjectionKind::flatten; },
               "ends in a relay");
  expect_fault([](Network& n) { n.projection(2).kind = ProjectionKind::max_pool; },
               "passes on counts");
  expect_fault([](Network& n) { n.projection(1).bias = true; }, "has no bias");
  expect_fault([](Network& n) { n.add_projection(0, 3, [] {
                                  Projection flat;
                                  flat.kind = ProjectionKind::flatten;
                                  return flat;
                                }()); },
               "a relay takes one projection");
}

TEST(Network, ShapesAndNumbersAreChecked) {
  expect_fault([](Network& n) { n.population(1).shape = {3, 4, 5}; },
               "conv2d makes 3x4x4 of 2x6x6, but 'conv' is 3x4x5");
  expect_fault([](Network& n) { n.population(3).shape = {11, 1, 1}; }, "flatten makes 12");
  expect_fault([](Network& n) { n.projection(0).kernel_width = 7; }, "does not fit into a map");
  expect_fault([](Network& n) { n.population(4).shape = {0, 1, 1}; }, "below 1");
  expect_fault([](Network& n) { n.population(4).shape = {1 << 30, 1 << 30, 1 << 30}; },
               "more than 67108864 neurons");
  expect_fault([](Network& n) { n.population(4).shape = {1 << 26, 1, 1};
                                n.population(0).shape = {2, 60, 60};
                                n.population(1).shape = {3, 58, 58};
                                n.population(2).shape = {3, 29, 29};
                                n.population(3).shape = {3 * 29 * 29, 1, 1}; },
               "more than 2147483648 weights");
  expect_fault([](Network& n) { n.population(4).beta = 1.01; }, "beta");
  expect_fault([](Network& n) { n.population(4).beta = std::nan(""); }, "beta");
  expect_fault([](Network& n) { n.population(4).threshold = 0.0; }, "threshold");
  expect_fault([](Network& n) { n.population(4).synapse_beta = 1.01; }, "synapse_beta");
  expect_fault([](Network& n) { n.population(4).adaptation_beta = -1; }, "adaptation_beta");
  expect_fault([](Network& n) { n.population(4).adaptation = -0.1; }, "adaptation is below 0");
  expect_fault([](Network& n) { n.population(4).refractory_steps = 65536; }, "refractory_steps");
  expect_fault([](Network& n) { n.population(4).normalise_steps = 0; }, "normalise_steps");
  expect_fault([](Network& n) { n.population(4).normalise_steps = 5000; }, "normalise_steps");
  expect_fault(
      [](Network& n) {
        n.population(4).normalise = false;
        n.population(4).normalise_steps = 2;
      },
      "its current is not normalised");
  expect_fault([](Network& n) { n.population(5).refractory_steps = 1; },
               "has keys of a neuron with other dynamics than a leaky_integrator");
  expect_fault([](Network& n) { n.population(2).learn_tau = LearnTau::channel; },
               "than a relay");
  expect_fault([](Network& n) { n.population(4).learn_tau = LearnTau::channel;
                                n.population(4).beta = 1; },
               "cannot leave 0 or 1");
  expect_fault([](Network& n) { n.projection(0).stride = 0; }, "stride");
  expect_fault([](Network& n) { n.projection(0).weights.bits = 9; }, "weight_bits");
  expect_fault([](Network& n) { n.projection(0).weights.bits = 0; }, "weight_bits");
  expect_fault([](Network& n) { n.projection(0).delay_steps = -1; }, "delay_steps");
}

TEST(Network, LayersAreChecked) {
  expect_fault([](Network& n) { n.projection(0).groups = 2; }, "do not divide into 2 groups");
  expect_fault([](Network& n) { n.projection(0).groups = 0; }, "groups must be at least 1");
  expect_fault([](Network& n) { n.projection(0).dilation = {1, 0}; }, "dilation");
  expect_fault([](Network& n) { n.projection(0).padding = {0, -1}; }, "padding at least 0");
  expect_fault([](Network& n) { n.population(4).dropout = 1.0; }, "dropout");
  expect_fault([](Network& n) { n.population(2).dropout = 0.5; }, "a relay has no dropout");
  expect_fault([](Network& n) { n.population(5).kind = NeuronKind::lif;
                                n.population(5).dropout = 0.5; },
               "the readout 'out' has dropout");
  expect_fault([](Network& n) { n.projection(3).kind = ProjectionKind::one_to_one; },
               "one_to_one makes 12 of 12, but 'hidden' is 5");
  expect_fault([](Network& n) { n.projection(3).kind = ProjectionKind::identity;
                                n.population(4).shape = {12, 1, 1};
                                n.projection(3).weights.bits = 1; },
               "no column of weights to normalise or quantise");
  expect_fault([](Network& n) { n.projection(2).kind = ProjectionKind::concat; },
               "concat stacks 3 channels, but 'flat' has 12");
  expect_fault([](Network& n) { n.projection(2).kind = ProjectionKind::concat;
                                n.population(3).shape = {3, 1, 1}; },
               "concat makes 3x2x2 of 3x2x2, but 'flat' is 3");
  expect_fault([](Network& n) { n.projection(1).kind = ProjectionKind::average_pool;
                                n.projection(2).kind = ProjectionKind::average_pool; },
               "passes on counts");
}

TEST(Network, DelaysAreChecked) {
  const auto with = [](std::size_t id, Delays delays, int least = 0) {
    return [=](Network& n) {
      n.projection(id).delays = delays;
      n.projection(id).delay_steps = least;
    };
  };
  EXPECT_EQ(fault(with(3, {DelayKind::synapse, 5})), "");
  EXPECT_EQ(fault(with(3, {DelayKind::source, 5}, 5)), "");
  expect_fault(with(0, {DelayKind::synapse, 5}), "a conv2d projection has no delays per synapse");
  expect_fault(with(3, {DelayKind::projection, 2}, 3), "max_delay_steps is not within");
  expect_fault(with(3, {DelayKind::synapse, 1025}), "max_delay_steps is not within");
  expect_fault(with(3, {DelayKind::synapse, 5, true, -1.0}), "delay_sigma");
  expect_fault(with(3, {DelayKind::synapse, 5, true, 1.0, std::nan("")}), "delay_rate");
  expect_fault([](Network& n) { n.population(4).shape = {1 << 21, 1, 1};
                                n.projection(3).delays = {DelayKind::synapse, 1000}; },
               "weights, one for each delay");
  // A delay that may be 0 does not break a cycle.
  expect_fault([](Network& n) {
    Projection back;
    back.delays = {DelayKind::synapse, 5};
    n.add_projection(4, 4, back);
  }, "a cycle without delay");
}

TEST(Network, QuantizersAreChecked) {
  const auto surrogate = [](auto change) {
    return [change](Network& n) {
      n.population(4).quantizer.estimator = Estimator::atan;
      change(n.population(4).quantizer);
    };
  };
  expect_fault([](Network& n) { n.population(4).quantizer.levels = 0; }, "within 1 and 255");
  expect_fault([](Network& n) { n.population(4).quantizer.levels = 256; }, "within 1 and 255");
  expect_fault(surrogate([](SpikeQuantizer& q) { q.levels = 3; }),
               "the estimator atan is for one level, not for 3");
  expect_fault(surrogate([](SpikeQuantizer& q) { q.window_mode = WindowMode::deviation; }),
               "no window to measure in deviations");
  expect_fault(surrogate([](SpikeQuantizer& q) { q.target = RegressionTarget::standardised; }),
               "nothing that could be standardised");
  expect_fault(surrogate([](SpikeQuantizer& q) { q.gradient = AffineGradient::constant; }),
               "no slope and intercept to hold constant");
  expect_fault([](Network& n) {
    n.population(1).quantizer.levels = 3;
    n.projection(1).kind = ProjectionKind::max_pool;
  }, "maximum pooling is for spikes of one level, 'conv' passes on several");
  Network sums = small_network();  // a sum of several spikes is as good as one
  sums.population(1).quantizer.levels = 3;
  EXPECT_NO_THROW(sums.check());
  EXPECT_FALSE(binary(sums, 1));
  EXPECT_FALSE(passes_sums(sums, 1));
  EXPECT_TRUE(passes_sums(sums, 2));
}

TEST(Network, OrderIsTopologicalAndStable) {
  Network network;
  const auto input = network.add_population(population("input", NeuronKind::input, {1, 1, 1}));
  const auto late = network.add_population(population("late", NeuronKind::lif, {1, 1, 1}));
  const auto a = network.add_population(population("a", NeuronKind::lif, {1, 1, 1}));
  const auto b = network.add_population(population("b", NeuronKind::lif, {1, 1, 1}));
  network.add_projection(b, late, {});
  network.add_projection(a, late, {});
  network.add_projection(input, b, {});
  network.add_projection(input, a, {});
  network.add_projection(late, late, delayed(1));
  network.add_projection(b, a, delayed(1));
  network.check();
  EXPECT_EQ(network.order(), (std::vector<PopulationId>{input, a, b, late}));
  EXPECT_EQ(network.order(true), (std::vector<PopulationId>{input, b, a, late}));
  network.add_projection(a, b, delayed(1));
  EXPECT_EQ(network.order().size(), 4U);
  EXPECT_EQ(network.order(true), (std::vector<PopulationId>{input}));
}

TEST(Network, RandomNetworksAreOrdered) {
  RandomEngine random(5);
  for (int round = 0; round < 200; ++round) {
    const Network network = random_network(random);
    ASSERT_NO_THROW(network.check());
    const auto order = network.order();
    ASSERT_EQ(order.size(), network.populations());
    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (std::size_t id = 0; id < network.projections(); ++id)
      EXPECT_TRUE(network.projection(id).delay_steps > 0 ||
                  place[network.source(id)] < place[network.target(id)]);
  }
}

TEST(Network, TooManyPopulationsAreRefused) {
  Network network;
  for (std::size_t i = 0; i < most_populations; ++i)
    network.add_population(population("p" + std::to_string(i), NeuronKind::lif, {1, 1, 1}));
  EXPECT_THROW(network.add_population(population("q", NeuronKind::lif, {1, 1, 1})), Error);
}

}  // namespace
}  // namespace volley::test
