// Membranes, weights and topology: what is drawn where, and what lies under a point.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/membrane_panel.hpp"
#include "viz/topology_panel.hpp"
#include "viz/weights_panel.hpp"

namespace volley {

using fake::colours, fake::empty_scene, fake::page;

namespace {
/// A membrane that rises to its threshold every ten steps.
NeuronTrace sawtooth(std::size_t neuron, std::uint32_t steps = 100) {
  NeuronTrace trace{{1, neuron}, "hidden", {16, 1, 1}, {}, {}, {}};
  for (std::uint32_t t = 0; t < steps; ++t) {
    trace.membrane.push_back(0.1F * static_cast<float>(t % 10 + 1));
    trace.threshold.push_back(1);
    if (t % 10 == 9) trace.spikes.push_back(t);
  }
  return trace;
}

Population lif(const std::string& name, Shape shape) {
  Population population;
  population.name = name;
  population.shape = shape;
  return population;
}

/// Input 2x4x4, convolution of 3 channels 2x2 (stride 2), flatten, readout of 5.
FrozenNetwork small_network() {
  FrozenNetwork frozen;
  Network& network = frozen.network;
  Population input = lif("input", {2, 4, 4});
  input.kind = NeuronKind::input;
  Population flat = lif("flat", {12, 1, 1});
  flat.kind = NeuronKind::relay;
  Population readout = lif("readout", {5, 1, 1});
  readout.kind = NeuronKind::leaky_integrator;
  network.add_population(input);
  network.add_population(lif("conv", {3, 2, 2}));
  network.add_population(flat);
  network.add_population(readout);
  Projection conv;
  conv.kind = ProjectionKind::conv2d;
  conv.kernel_height = conv.kernel_width = 2;
  conv.stride = 2;
  network.add_projection(0, 1, conv);
  Projection flatten;
  flatten.kind = ProjectionKind::flatten;
  network.add_projection(1, 2, flatten);
  network.add_projection(2, 3, Projection{});
  frozen.weights = {std::vector<float>(8 * 3), {}, std::vector<float>(12 * 5)};
  for (std::size_t i = 0; i < 24; ++i) frozen.weights[0][i] = static_cast<float>(i) - 11.5F;
  for (std::size_t i = 0; i < 60; ++i) frozen.weights[2][i] = static_cast<float>(i);
  network.check();
  return frozen;
}
}  // namespace

TEST(Membranes, ReachTheThresholdWhereTheyFire) {
  const std::vector<NeuronTrace> neurons{sawtooth(3), sawtooth(7)};
  Scene scene = empty_scene();
  draw_membranes(scene, page, neurons, 1, colours);
  EXPECT_TRUE(fake::says(scene, "hidden, neuron 3"));
  EXPECT_TRUE(fake::says(scene, "10 spikes, 100 Hz"));
  float threshold = 0;
  std::vector<float> tops;
  for (const Stroke& stroke : fake::all<Stroke>(scene)) {
    if (stroke.colour == colours.bad) threshold = stroke.points.front().y;
    if (stroke.colour != colours.colour(1)) continue;
    ASSERT_EQ(stroke.points.size(), 100U);
    float top = 1e9F;
    for (const Point point : stroke.points) top = std::min(top, point.y);
    tops.push_back(top);
  }
  ASSERT_EQ(tops.size(), 2U);
  EXPECT_NEAR(tops[1], threshold, 0.01);  // the last threshold drawn is the second neuron's
  int ticks = 0;
  for (const Fill& fill : fake::all<Fill>(scene))
    if (fill.colour == colours.text && fill.box.width == 2) ++ticks;
  EXPECT_EQ(ticks, 20);
}

TEST(Membranes, AHitSaysNeuronTimeAndValue) {
  const std::vector<NeuronTrace> neurons{sawtooth(3), sawtooth(7)};
  Scene scene = empty_scene();
  draw_membranes(scene, page, neurons, 2, colours);
  std::vector<Point> second;
  for (const Stroke& stroke : fake::all<Stroke>(scene))
    if (stroke.colour == colours.colour(1)) second = stroke.points;
  const auto hit = membranes_hit(page, neurons, 2, {second[50].x, second[50].y + 3}, colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->population, 1U);
  EXPECT_EQ(hit->first_neuron, 7U);
  EXPECT_NEAR(*hit->time_ms, 101, 0.1);
  EXPECT_EQ(hit->words, "hidden, neuron 7, 101 ms: 0.1 of 1");
}

TEST(Membranes, OddInputIsDrawnAsFarAsItGoes) {
  Scene scene = empty_scene();
  draw_membranes(scene, page, {}, 1, colours);
  EXPECT_TRUE(fake::says(scene, "no neuron is chosen"));
  std::vector<NeuronTrace> neurons{sawtooth(1, 1), sawtooth(2)};
  neurons[1].membrane[5] = std::nanf("");
  for (const float side : {0.0F, 3.0F, 40.0F, 200.0F})
    draw_membranes(scene, {0, 0, side, side}, neurons, 1, colours);
  draw_membranes(scene, page, neurons, 1, colours);
  for (const Stroke& stroke : fake::all<Stroke>(scene))
    for (const Point point : stroke.points) EXPECT_TRUE(std::isfinite(point.y));
}

TEST(Weights, OfAConvolutionAreTheKernelAtItsPlace) {
  const FrozenNetwork network = small_network();
  // Neuron (channel 1, x 1, y 0): index (0 * 2 + 1) * 3 + 1.
  const auto fields = receptive_fields(network, 1, 4);
  ASSERT_EQ(fields.size(), 1U);
  const WeightField& field = fields[0];
  EXPECT_EQ(field.projection, "input->conv");
  EXPECT_EQ(field.shape, (Shape{2, 2, 2}));
  EXPECT_EQ(field.left, 2);
  EXPECT_EQ(field.top, 0);
  EXPECT_TRUE(field.polarity);
  // Source channel 1, ky 1, kx 0 is row (1 * 2 + 1) * 2 + 0 = 6, column 1 of 3.
  EXPECT_FLOAT_EQ(field.weights[(1 * 2 + 0) * 2 + 1], network.weights[0][6 * 3 + 1]);
}

TEST(Weights, BehindAFlattenHaveTheMapsShape) {
  const FrozenNetwork network = small_network();
  const WeightField field = receptive_fields(network, 3, 2).at(0);
  EXPECT_EQ(field.shape, (Shape{3, 2, 2}));
  EXPECT_FLOAT_EQ(field.weights[7], network.weights[2][7 * 5 + 2]);
  EXPECT_THROW(receptive_fields(network, 3, 5), Error);
  EXPECT_THROW(receptive_fields(network, 0, 0), Error);
  EXPECT_THROW(receptive_fields(network, 2, 0), Error);
  EXPECT_THROW(receptive_fields(network, 9, 0), Error);
}

TEST(Weights, AGalleryHasANeuronForEachChannelOfAConvolution) {
  const FrozenNetwork network = small_network();
  const auto conv = field_gallery(network, 1, 64);
  ASSERT_EQ(conv.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(conv[i].neuron % 3, i);
  EXPECT_EQ(field_gallery(network, 3, 2).size(), 2U);
}

TEST(Weights, SignsHaveTheirColoursAndAHitNamesTheSynapse) {
  const FrozenNetwork network = small_network();
  const std::vector<WeightField> fields = receptive_fields(network, 1, 0);
  Scene scene = empty_scene();
  draw_weights(scene, page, fields, colours);
  EXPECT_TRUE(fake::says(scene, "OFF"));
  const auto pictures = fake::all<Picture>(scene);
  ASSERT_EQ(pictures.size(), 3U);  // OFF, ON, the scale
  EXPECT_EQ(pictures[0].columns, 2U);
  // Column 0: rows 0 to 3 belong to OFF and are negative, the last rows of ON positive.
  EXPECT_EQ(pictures[0].pixels[0], colours.off);
  EXPECT_GT(pictures[1].pixels[3].red, pictures[1].pixels[3].blue);
  const Box off = pictures[0].box;
  const auto hit = weights_hit(page, fields, {off.x + 2, off.bottom() - 2}, colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->projection, 0U);
  EXPECT_EQ(hit->words, "input, neuron 8 (channel 0, x 0, y 1), into neuron 0: -5.5");
}

TEST(Topology, LayersFollowTheLongestPath) {
  // a -> b -> c -> d with a skip a -> d, a loop at b and a way back d -> b.
  Topology topology;
  for (const char* name : {"a", "b", "c", "d"}) topology.nodes.push_back({name, "4 lif", 10});
  topology.edges = {{0, 1, "dense", 5}, {1, 2, "dense", 50}, {2, 3, "dense", 0},
                    {0, 3, "identity", -1}, {1, 1, "recurrent", 50}, {3, 1, "dense", 5}};
  const TopologyLayout layout = topology_layout(topology, page, colours);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_GT(layout.nodes[i].x, layout.nodes[i - 1].right());
  for (const Box& node : layout.nodes) {
    EXPECT_TRUE(page.holds({node.x, node.y}));
    EXPECT_TRUE(page.holds({node.right(), node.bottom()}));
  }
  // Arrows end where they should: the last one runs from d back to b.
  EXPECT_GT(layout.edges[5].front().x, layout.edges[5].back().x);
  EXPECT_NEAR(layout.edges[0].back().x, layout.nodes[1].x, 1);
  // The skip passes b and c at a distance.
  for (const Point point : layout.edges[3])
    for (const std::size_t node : {1U, 2U}) EXPECT_FALSE(layout.nodes[node].holds(point));
}

TEST(Topology, ADeepNetworkRunsDownwards) {
  Topology topology;
  for (std::size_t i = 0; i < 20; ++i) {
    topology.nodes.push_back({"layer" + std::to_string(i), "64 lif", 3.5});
    if (i > 0) topology.edges.push_back({i - 1, i, "dense", 100});
  }
  const TopologyLayout layout = topology_layout(topology, page, colours);
  for (std::size_t i = 1; i < 20; ++i) EXPECT_GE(layout.nodes[i].y, layout.nodes[i - 1].bottom());
  Scene scene = empty_scene();
  draw_topology(scene, page, topology, colours);
  EXPECT_TRUE(fake::says(scene, "20 populations, 19 projections"));
}

TEST(Topology, OfANetworkWithItsRates) {
  const FrozenNetwork network = small_network();
  SampleTrace trace;
  trace.steps = 10;
  trace.dt_ms = 100;
  for (PopulationId id = 0; id < 4; ++id) {
    const Population& population = network.network.population(id);
    std::vector<std::vector<std::uint32_t>> steps(10);
    if (id == 0) steps[2] = {0, 1, 2, 3};
    trace.populations.push_back({population.name, population.kind, population.shape,
                                 fake::train_of(steps, 1), {}});
  }
  const Topology topology = topology_of(network.network, &trace);
  EXPECT_DOUBLE_EQ(topology.nodes[0].rate_hz, 4.0 / 32);
  EXPECT_DOUBLE_EQ(topology.edges[0].spikes_per_second, 4);
  EXPECT_EQ(topology.edges[0].words, "conv2d 2x2/2");
  EXPECT_LT(topology.nodes[3].rate_hz, 0);  // a readout without spikes
  Scene scene = empty_scene();
  draw_topology(scene, page, topology, colours);
  EXPECT_TRUE(fake::says(scene, "silent"));
  EXPECT_TRUE(fake::says(scene, "4 spikes/s"));
  Point name{};
  for (const Text& text : fake::all<Text>(scene))
    if (text.text == "conv") name = text.anchor;
  const auto hit = topology_hit(page, topology, name, colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->population, 1U);
  EXPECT_EQ(hit->words, "conv, 3x2x2 lif, 0 Hz");
}

TEST(Topology, NoSizeAndNoNumberOfNodesIsTooMuch) {
  Topology topology;
  for (std::size_t i = 0; i < 600; ++i) {
    topology.nodes.push_back({"n", "", -1});
    if (i > 0) topology.edges.push_back({0, i, "", -1});
  }
  Scene scene = empty_scene();
  draw_topology(scene, page, topology, colours);
  EXPECT_TRUE(fake::says(scene, "too many to be drawn here"));
  topology.nodes.resize(200);
  topology.edges.resize(199);
  for (const float side : {0.0F, 1.0F, 50.0F, 300.0F})
    draw_topology(scene, {0, 0, side, side}, topology, colours);
  draw_topology(scene, page, {}, colours);
}

}  // namespace volley
