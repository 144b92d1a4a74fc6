// Zoom, pan and hover of the raster: what a view shows and what lies under a point.
#include <gtest/gtest.h>

#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/panels.hpp"

namespace volley {

using fake::colours, fake::empty_scene, fake::page;

namespace {
/// Two layers of 20 neurons over 100 steps of 2 ms; in the second neuron 5 fires at step 30.
SampleTrace two_layers() {
  SampleTrace trace;
  trace.steps = 100;
  trace.dt_ms = 2;
  std::vector<std::vector<std::uint32_t>> none(100), steps(100);
  steps[30] = {5};
  trace.populations.push_back({"first", NeuronKind::lif, {20, 1, 1}, fake::train_of(none, 20), {}});
  trace.populations.push_back(
      {"second", NeuronKind::lif, {20, 1, 1}, fake::train_of(steps, 20), {}});
  return trace;
}
}  // namespace

TEST(RasterView, AWindowOfTimeFillsTheBand) {
  const SampleTrace trace = two_layers();
  RasterView view;
  view.from_ms = 40;
  view.to_ms = 80;
  const RasterLayout layout = raster_layout(trace, page, colours, view);
  EXPECT_DOUBLE_EQ(layout.from_ms, 40);
  EXPECT_NEAR(layout.x_of(60), layout.bands[0].centre().x, 0.01);
  EXPECT_NEAR(layout.time_of(layout.bands[0].right()), 80, 1e-6);
  Scene scene = empty_scene();
  draw_raster(scene, page, trace, colours, view);
  const auto dots = fake::all<Dots>(scene);
  ASSERT_EQ(dots.size(), 1U);
  EXPECT_NEAR(dots[0].centres.at(0).x, layout.x_of(61), 0.01);  // step 30 lasts from 60 to 62 ms
  EXPECT_TRUE(fake::says(scene, "70"));
  EXPECT_FALSE(fake::says(scene, "100"));
}

TEST(RasterView, BandsAndNeuronsAreChosen) {
  const SampleTrace trace = two_layers();
  RasterView view;
  view.populations = {1, 7};  // there is no seventh
  view.neurons = {{}, {4, 2}};
  const RasterLayout layout = raster_layout(trace, page, colours, view);
  ASSERT_EQ(layout.bands.size(), 1U);
  EXPECT_EQ(layout.neurons[0], (NeuronRange{4, 2}));
  Scene scene = empty_scene();
  draw_raster(scene, page, trace, colours, view);
  const Point dot = fake::all<Dots>(scene).at(0).centres.at(0);
  EXPECT_NEAR(dot.y, layout.bands[0].y + layout.bands[0].height * 0.75F, 0.01);
  EXPECT_TRUE(fake::says(scene, "4 to 5"));
  EXPECT_FALSE(fake::says(scene, "first"));
}

TEST(RasterView, WhatIsOutOfRangeIsMadeToFit) {
  const SampleTrace trace = two_layers();
  RasterView view;
  view.from_ms = 500;
  view.to_ms = -3;
  view.neurons = {{19, 500}, {99, 1}};
  const RasterLayout layout = raster_layout(trace, page, colours, view);
  EXPECT_DOUBLE_EQ(layout.to_ms - layout.from_ms, 200);
  EXPECT_EQ(layout.neurons[0], (NeuronRange{19, 1}));
  EXPECT_EQ(layout.neurons[1], (NeuronRange{0, 20}));
}

TEST(RasterHit, SaysLayerNeuronTimeAndSpike) {
  const SampleTrace trace = two_layers();
  const RasterLayout layout = raster_layout(trace, page, colours);
  const Box band = layout.bands[1];
  const auto hit = raster_hit(page, trace, {layout.x_of(61), band.y + band.height * 5.5F / 20},
                              colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->population, 1U);
  EXPECT_EQ(hit->first_neuron, 5U);
  EXPECT_EQ(hit->neurons, 1U);
  EXPECT_NEAR(*hit->time_ms, 61, 0.01);
  EXPECT_EQ(hit->words, "second, neuron 5, 61 ms: 1 spike");
  const auto beside =
      raster_hit(page, trace, {layout.x_of(71), band.y + band.height * 5.5F / 20}, colours);
  EXPECT_EQ(beside->words, "second, neuron 5, 71 ms");
  EXPECT_FALSE(raster_hit(page, trace, {2, 2}, colours).has_value());
  const auto rates = raster_hit(page, trace, layout.rates.centre(), colours);
  ASSERT_TRUE(rates.has_value());
  EXPECT_FALSE(rates->population.has_value());
  EXPECT_NEAR(*rates->time_ms, 100, 1);
}

TEST(RasterHit, ARowOfABinnedLayerHoldsItsNeuronsAndNoOther) {
  SampleTrace trace;
  trace.steps = 10;
  trace.populations.push_back({"large", NeuronKind::lif, {5000, 1, 1},
                               fake::train_of(std::vector<std::vector<std::uint32_t>>(10), 5000),
                               {}});
  const Box band = raster_layout(trace, page, colours).bands[0];
  std::size_t next = 0;
  for (float y = band.y + 0.25F; y < band.bottom(); y += 0.5F) {
    const auto hit = raster_hit(page, trace, {band.centre().x, y}, colours);
    ASSERT_TRUE(hit.has_value());
    if (hit->first_neuron + hit->neurons == next) continue;  // the same row
    EXPECT_EQ(hit->first_neuron, next);
    next = hit->first_neuron + hit->neurons;
  }
  EXPECT_EQ(next, 5000U);
}

TEST(RasterHit, OfAReadoutTheNearestClass) {
  const SampleTrace trace = fake::trace(60, 3, 5);
  const RasterLayout layout = raster_layout(trace, page, colours);
  const Box band = layout.bands.back();
  Scene scene = empty_scene();
  draw_membrane_band(scene, band, trace, trace.populations.back(), colours);
  const auto strokes = fake::all<Stroke>(scene);
  const Point on_true = strokes.back().points.at(30);  // the true class is drawn last
  const auto hit = raster_hit(page, trace, on_true, colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->population, 2U);
  EXPECT_EQ(hit->first_neuron, 3U);
}

TEST(Zoom, KeepsTheTimeUnderThePointer) {
  const SampleTrace trace = two_layers();
  const RasterLayout layout = raster_layout(trace, page, colours);
  const Point at{layout.x_of(50), layout.bands[0].centre().y};
  const RasterView close = zoomed({}, page, trace, at, 0.5, false, colours);
  EXPECT_NEAR(close.to_ms - close.from_ms, 100, 0.01);
  EXPECT_NEAR(raster_layout(trace, page, colours, close).time_of(at.x), 50, 0.01);
  RasterView closest = close;
  for (int i = 0; i < 50; ++i) closest = zoomed(closest, page, trace, at, 0.5, false, colours);
  EXPECT_NEAR(closest.to_ms - closest.from_ms, trace.dt_ms, 1e-9);
  const RasterView out = zoomed(close, page, trace, at, 100, false, colours);
  EXPECT_DOUBLE_EQ(raster_layout(trace, page, colours, out).to_ms, 200);
}

TEST(Zoom, OfNeuronsIsThatOfOneBand) {
  const SampleTrace trace = two_layers();
  const Box band = raster_layout(trace, page, colours).bands[1];
  const Point at{band.centre().x, band.y + band.height * 0.5F};
  RasterView view = zoomed({}, page, trace, at, 0.5, true, colours);
  const RasterLayout layout = raster_layout(trace, page, colours, view);
  EXPECT_EQ(layout.neurons[0].count, 20U);
  EXPECT_EQ(layout.neurons[1], (NeuronRange{5, 10}));
  for (int i = 0; i < 20; ++i) view = zoomed(view, page, trace, at, 0.9, true, colours);
  EXPECT_EQ(view.neurons.at(1).count, 1U);
  for (int i = 0; i < 40; ++i) view = zoomed(view, page, trace, at, 1.1, true, colours);
  EXPECT_EQ(raster_layout(trace, page, colours, view).neurons[1], (NeuronRange{0, 20}));
}

TEST(Pan, FollowsThePointerAndStopsAtTheEnds) {
  const SampleTrace trace = two_layers();
  RasterView view;
  view.from_ms = 50;
  view.to_ms = 100;
  view.neurons = {{5, 10}};
  const RasterLayout layout = raster_layout(trace, page, colours, view);
  const Box band = layout.bands[0];
  const Point from{layout.x_of(80), band.centre().y};
  const Point to{layout.x_of(60), band.centre().y - band.height * 0.2F};
  const RasterView moved = panned(view, page, trace, from, to, colours);
  EXPECT_NEAR(moved.from_ms, 70, 0.01);
  EXPECT_EQ(moved.neurons.at(0), (NeuronRange{7, 10}));
  const RasterView far = panned(view, page, trace, from, {from.x + 1e5F, from.y + 1e5F}, colours);
  EXPECT_DOUBLE_EQ(far.from_ms, 0);
  EXPECT_DOUBLE_EQ(far.to_ms, 50);
  EXPECT_EQ(far.neurons.at(0).first, 0U);
}

TEST(EventsHit, SaysThePixel) {
  const SampleTrace trace = fake::trace(20);
  Scene scene = empty_scene();
  draw_events_at_head(scene, page, trace, 10, {}, colours);
  const Box where = fake::all<Picture>(scene).at(0).box;
  const float pixel = where.width / 34;
  const auto hit =
      events_hit(page, trace, {where.x + pixel * 12.5F, where.y + pixel * 3.5F}, colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->words, "input, x 12, y 3");
  EXPECT_EQ(hit->first_neuron, (3U * 34 + 12) * 2);
  EXPECT_EQ(hit->neurons, 2U);
  EXPECT_FALSE(events_hit(page, trace, {where.x - 5, where.y}, colours).has_value());
}

TEST(RatesHit, CountsTheNeuronsOfABar) {
  // Of 8 neurons two are silent, five fire once and one fires in each of the 4 steps of 250 ms.
  std::vector<std::vector<std::uint32_t>> steps{{1, 2, 7}, {3, 4, 7}, {5, 7}, {7}};
  SampleTrace trace;
  trace.steps = 4;
  trace.dt_ms = 250;
  trace.populations.push_back({"layer", NeuronKind::lif, {8, 1, 1}, fake::train_of(steps, 8), {}});
  const RateSummary rates = summarise_rates(trace.populations[0], trace.dt_ms);
  EXPECT_EQ(rates.silent, 2U);  // 0 and 6
  EXPECT_EQ(rates.saturated, 1U);
  Scene scene = empty_scene();
  draw_rates(scene, page, trace, colours);
  EXPECT_TRUE(fake::says(scene, "1 saturated"));
  EXPECT_TRUE(fake::says(scene, "2 of 8 silent"));
  Box bar;  // the tallest of the layer's colour
  for (const Fill& fill : fake::all<Fill>(scene))
    if (fill.colour == colours.colour(0) && fill.box.height > bar.height) bar = fill.box;
  const auto hit = rates_hit(page, trace, bar.centre(), colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->population, 0U);
  EXPECT_EQ(hit->words, "layer: 5 neurons at 1 Hz");
}

TEST(PopulationRates, EachLayerHasItsOwnScale) {
  SampleTrace trace = two_layers();
  std::vector<std::vector<std::uint32_t>> busy(100, std::vector<std::uint32_t>{0, 1, 2, 3});
  trace.populations[0].spikes = fake::train_of(busy, 20);
  Scene scene = empty_scene();
  draw_population_rates(scene, page, trace, colours);
  EXPECT_TRUE(fake::says(scene, "mean 100 Hz"));  // 4 of 20 neurons in each step of 2 ms
  EXPECT_TRUE(fake::says(scene, "mean 0.25 Hz"));
  float highest = 1e9F;
  for (const Stroke& stroke : fake::all<Stroke>(scene))
    for (const Point point : stroke.points) highest = std::min(highest, point.y);
  EXPECT_GT(highest, 0);
}

}  // namespace volley
