// What each panel draws, and where: without a window and without pixels.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/panels.hpp"

namespace volley {

using fake::colours, fake::empty_scene, fake::page;

namespace {
/// 20 neurons; neuron 5 fires at step 30 of 100, nothing else does.
SampleTrace one_spike() {
  std::vector<std::vector<std::uint32_t>> steps(100);
  steps[30] = {5};
  SampleTrace trace;
  trace.steps = 100;
  trace.dt_ms = 2;
  trace.populations.push_back(
      {"layer", NeuronKind::lif, {20, 1, 1}, fake::train_of(steps, 20), {}});
  return trace;
}

int opaque_cells(const Picture& picture) {
  return static_cast<int>(std::count_if(picture.pixels.begin(), picture.pixels.end(),
                                        [](Colour c) { return c.alpha > 0; }));
}
}  // namespace

TEST(Events, AccumulateWithinTheWindowWithDecay) {
  std::vector<std::vector<std::uint32_t>> steps(10);
  steps[2] = {0};         // pixel 0 OFF
  steps[5] = {1, 7};      // pixel 0 ON, pixel 3 ON
  steps[9] = {6};         // pixel 3 OFF
  const PopulationTrace input{"input", NeuronKind::input, {2, 2, 2}, fake::train_of(steps, 8), {}};
  const EventFrame at_5 = accumulate_events(input, 1.0, 5.0, {4, 2});
  ASSERT_EQ(at_5.columns, 2U);
  ASSERT_EQ(at_5.rows, 2U);
  EXPECT_FLOAT_EQ(at_5.on[0], 1);
  EXPECT_FLOAT_EQ(at_5.on[3], 1);
  EXPECT_NEAR(at_5.off[0], std::exp(-1.5), 1e-6);
  EXPECT_FLOAT_EQ(at_5.off[3], 0);
  // One step later the oldest has left the window of four.
  EXPECT_FLOAT_EQ(accumulate_events(input, 1.0, 6.0, {4, 2}).off[0], 0);
  const EventFrame all = accumulate_events(input, 1.0, 1e9, {1e9, 0});
  EXPECT_FLOAT_EQ(all.off[3], 1);
  EXPECT_FLOAT_EQ(all.off[0], 1);
}

TEST(Events, OtherShapesHaveASensiblePicture) {
  std::vector<std::vector<std::uint32_t>> steps(1);
  steps[0] = {9};
  const PopulationTrace flat{"input", NeuronKind::input, {10, 1, 1}, fake::train_of(steps, 10), {}};
  const EventFrame grid = accumulate_events(flat, 1, 0, {});
  EXPECT_EQ(grid.columns, 4U);
  EXPECT_EQ(grid.rows, 3U);
  EXPECT_FLOAT_EQ(grid.on[9], 1);
  const PopulationTrace grey{"input", NeuronKind::input, {1, 2, 5}, fake::train_of(steps, 10), {}};
  EXPECT_FLOAT_EQ(accumulate_events(grey, 1, 0, {}).on[9], 1);
  const PopulationTrace deep{"input", NeuronKind::input, {5, 1, 2}, fake::train_of(steps, 10), {}};
  EXPECT_FLOAT_EQ(accumulate_events(deep, 1, 0, {}).on[1], 1);
}

TEST(Events, OnAndOffHaveTheirColours) {
  EventFrame frame{3, 2, {3, 0, 0, 0, 0, 0}, {0, 3, 0, 0, 0, 0}};
  Scene scene = empty_scene();
  const Box where = draw_event_frame(scene, {0, 0, 100, 40}, frame, colours);
  EXPECT_EQ(where.width, 60);  // whole pixels for each of the six
  EXPECT_EQ(where.height, 40);
  const auto pictures = fake::all<Picture>(scene);
  ASSERT_EQ(pictures.size(), 1U);
  EXPECT_EQ(pictures[0].pixels[0], mix(colours.background, colours.on, 1 - std::exp(-5.4)));
  EXPECT_EQ(pictures[0].pixels[1], mix(colours.background, colours.off, 1 - std::exp(-5.4)));
  EXPECT_EQ(pictures[0].pixels[2], colours.background);
}

TEST(Raster, ASpikeIsADotAtItsNeuronAndTime) {
  const SampleTrace trace = one_spike();
  Scene scene = empty_scene();
  draw_raster(scene, page, trace, colours);
  const Box band = raster_layout(trace, page, colours).bands.at(0);
  const auto dots = fake::all<Dots>(scene);
  ASSERT_EQ(dots.size(), 1U);
  ASSERT_EQ(dots[0].centres.size(), 1U);
  EXPECT_NEAR(dots[0].centres[0].x, band.x + band.width * 30.5F / 100, 0.01);
  EXPECT_NEAR(dots[0].centres[0].y, band.y + band.height * 5.5F / 20, 0.01);
  EXPECT_EQ(dots[0].colour, colours.colour(0));
}

TEST(Raster, ThePlayHeadStandsAtItsTime) {
  const SampleTrace trace = one_spike();
  const RasterLayout layout = raster_layout(trace, page, colours);
  EXPECT_DOUBLE_EQ(layout.duration_ms, 200);
  Scene scene = empty_scene();
  draw_raster_at_head(scene, page, trace, 50, colours);
  const Box line = fake::all<Fill>(scene).at(0).box;
  EXPECT_NEAR(line.x, layout.bands[0].x + layout.bands[0].width / 4, 1);
  EXPECT_GE(line.bottom(), layout.rates.bottom());
}

TEST(Raster, BandsDoNotOverlapAndLieInThePanel) {
  const SampleTrace trace = fake::deep_trace(50);
  const RasterLayout layout = raster_layout(trace, page, colours);
  ASSERT_EQ(layout.bands.size(), trace.populations.size());
  for (std::size_t i = 0; i < layout.bands.size(); ++i) {
    EXPECT_GE(layout.bands[i].height, colours.label);
    EXPECT_TRUE(page.holds({layout.bands[i].right(), layout.bands[i].bottom()}));
    if (i > 0) {
      EXPECT_GE(layout.bands[i].y, layout.bands[i - 1].bottom());
    }
  }
  EXPECT_GT(layout.rates.y, layout.bands.back().bottom());
}

TEST(Raster, NoSpikeOfALargeLayerIsLost) {
  // One spike alone in each of ten rows of 50,000: binned, each still has its cell.
  std::vector<std::vector<std::uint32_t>> steps(20000);
  for (std::uint32_t i = 0; i < 10; ++i) steps[i * 2000 + 7] = {i * 5000 + 3};
  const PopulationTrace layer{
      "large", NeuronKind::lif, {50000, 1, 1}, fake::train_of(steps, 50000), {}};
  Scene scene = empty_scene();
  draw_spike_band(scene, {100, 100, 600, 80}, layer, colours.colour(1), colours);
  const auto pictures = fake::all<Picture>(scene);
  ASSERT_EQ(pictures.size(), 1U);
  EXPECT_LE(pictures[0].columns, 600U);
  EXPECT_LE(pictures[0].rows, 80U);
  EXPECT_EQ(opaque_cells(pictures[0]), 10);
  for (const Colour pixel : pictures[0].pixels)
    if (pixel.alpha > 0) {
      EXPECT_EQ(pixel.alpha, 255);  // alone in its cell, yet at full strength
    }
}

TEST(Raster, MembranesAreLinesWithTheTrueClassLastAndWidest) {
  const SampleTrace trace = fake::trace(60, 3, 5);
  Scene scene = empty_scene();
  const Box band{50, 50, 400, 100};
  draw_membrane_band(scene, band, trace, trace.populations.back(), colours);
  const auto strokes = fake::all<Stroke>(scene);
  ASSERT_EQ(strokes.size(), 12U);  // ten classes, the predicted and the true one once more
  EXPECT_EQ(strokes[10].colour, colours.bad);
  EXPECT_EQ(strokes[11].colour, colours.good);
  EXPECT_GT(strokes[11].width, strokes[0].width);
  for (const Stroke& stroke : strokes)
    for (const Point point : stroke.points) EXPECT_TRUE(band.holds(point));
}

TEST(Raster, PopulationRateIsInHertz) {
  std::vector<std::vector<std::uint32_t>> steps(100);
  for (std::uint32_t t = 0; t < 50; ++t) steps[t] = {0, 1};
  const PopulationTrace layer{"layer", NeuronKind::lif, {4, 1, 1}, fake::train_of(steps, 4), {}};
  const auto hz = population_rate(layer, 2.0, 2);
  ASSERT_EQ(hz.size(), 2U);
  EXPECT_DOUBLE_EQ(hz[0], 0.5 / 2e-3);
  EXPECT_DOUBLE_EQ(hz[1], 0);
}

TEST(Raster, SeveralSpikesOfANeuronInAStepCountAndAreOneDot) {
  std::vector<std::vector<std::uint32_t>> steps(10);
  steps[3] = {1, 1, 1, 2};
  SampleTrace trace;
  trace.steps = 10;
  trace.dt_ms = 1;
  trace.populations.push_back(
      {"layer", NeuronKind::lif, {4, 1, 1}, fake::train_of(steps, 4), {}});
  Scene scene = empty_scene();
  draw_raster(scene, page, trace, colours);
  const auto dots = fake::all<Dots>(scene);
  ASSERT_EQ(dots.size(), 1U);
  EXPECT_EQ(dots[0].centres.size(), 2U);
  EXPECT_TRUE(fake::says(scene, "4 in all"));
  EXPECT_NEAR(summarise_rates(trace.populations[0], 1.0).highest_hz, 300, 1e-9);
}

TEST(Rates, CountMeanAndSilence) {
  std::vector<std::vector<std::uint32_t>> steps(100);
  for (std::uint32_t t = 0; t < 10; ++t) steps[t] = {1, 2};
  SampleTrace trace;
  trace.steps = 100;
  trace.populations.push_back(
      {"layer", NeuronKind::lif, {4, 1, 1}, fake::train_of(steps, 4), {}});
  const RateSummary rates = summarise_rates(trace.populations[0], 1.0);
  EXPECT_EQ(rates.silent, 2U);
  EXPECT_NEAR(rates.mean_hz, 50, 1e-9);
  EXPECT_NEAR(rates.highest_hz, 100, 1e-9);
  Scene scene = empty_scene();
  draw_rates(scene, page, trace, colours);
  EXPECT_TRUE(fake::says(scene, "2 of 4 silent"));
  EXPECT_TRUE(fake::says(scene, "mean 50 Hz"));
}

TEST(Scores, MarkTrueAndPredicted) {
  SampleTrace trace;
  trace.label = 1;
  trace.predicted = 2;
  trace.scores = {-1, 2, 4};
  Scene scene = empty_scene();
  draw_scores(scene, page, trace, colours);
  Box truth, chosen;
  for (const Fill& fill : fake::all<Fill>(scene)) {
    if (fill.colour == colours.good && fill.box.height > 20) truth = fill.box;
    if (fill.colour == colours.bad && fill.box.height > 20) chosen = fill.box;
  }
  EXPECT_NEAR(chosen.height, 2 * truth.height, 0.5);
  EXPECT_NEAR(chosen.bottom(), truth.bottom(), 0.01);
  EXPECT_LT(truth.x, chosen.x);
}

TEST(Curves, LastValuesAreNamedAndGapsLeftOut) {
  TrainingHistory history = fake::history(5, 10);
  history.epochs[4].test_accuracy = 0.875;
  history.epochs[2].test_accuracy = -1;
  history.batches[3].loss = std::numeric_limits<double>::quiet_NaN();
  Scene scene = empty_scene();
  draw_curves(scene, page, history, colours);
  EXPECT_TRUE(fake::says(scene, "test 87.5 %"));
  for (const Stroke& stroke : fake::all<Stroke>(scene))
    for (const Point point : stroke.points) EXPECT_TRUE(std::isfinite(point.y));
  for (const Dots& dots : fake::all<Dots>(scene))
    if (dots.colour == colours.colour(1)) {
      EXPECT_EQ(dots.centres.size(), 4U);
    }
}

TEST(Curves, ALongRunHasNoMorePointsThanPixels) {
  TrainingHistory history = fake::history(2, 50000);
  Scene scene = empty_scene();
  draw_curves(scene, page, history, colours);
  for (const Stroke& stroke : fake::all<Stroke>(scene)) EXPECT_LE(stroke.points.size(), 1800U);
}

TEST(Curves, SmoothingHasNoBiasAtItsStart) {
  const auto flat = smoothed({2, 2, 2, 2}, 10);
  for (const double value : flat) EXPECT_NEAR(value, 2, 1e-12);
  const auto gap = smoothed({2, std::nan(""), 2}, 10);
  EXPECT_TRUE(std::isnan(gap[1]));
  EXPECT_NEAR(gap[2], 2, 1e-12);
}

TEST(Header, SaysRightAndWrongInWords) {
  SampleTrace trace = one_spike();
  trace.label = 3;
  trace.predicted = 3;
  Scene right = empty_scene();
  draw_header(right, {0, 0, 900, 32}, &trace, "", colours);
  EXPECT_TRUE(fake::says(right, "predicted 3 (right)"));
  trace.predicted = 4;
  Scene wrong = empty_scene();
  draw_header(wrong, {0, 0, 900, 32}, &trace, "", colours);
  EXPECT_TRUE(fake::says(wrong, "predicted 4 (wrong)"));
}

}  // namespace volley
