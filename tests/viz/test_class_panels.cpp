// Scores over time, confusion and curves: what is drawn where, and what lies under a point.
#include <gtest/gtest.h>

#include <cmath>

#include "fake_trace.hpp"
#include "sim/readout.hpp"
#include "support.hpp"
#include "viz/confusion_panel.hpp"
#include "viz/score_panel.hpp"

namespace volley {

using fake::colours, fake::empty_scene, fake::page;

TEST(ScoreCurves, EndWhereTheEnginesScoresAre) {
  for (const ReadoutScore score : {ReadoutScore::mean, ReadoutScore::max, ReadoutScore::last}) {
    SampleTrace trace = fake::trace(80);
    read_scores(trace, 2, score);
    const ScoreCurves curves = score_curves(trace, 2, score);
    ASSERT_EQ(curves.scores.size(), 800U);
    for (std::size_t i = 0; i < 10; ++i)
      EXPECT_NEAR(curves.scores[790 + i], trace.scores[i], 1e-5);
  }
}

TEST(ScoreCurves, OfSpikesAreSharesOfTheSteps) {
  SampleTrace trace;
  trace.steps = 4;
  trace.populations.push_back({"readout", NeuronKind::lif, {2, 1, 1},
                               fake::train_of({{0}, {1}, {1}, {}}, 2), {}});
  const ScoreCurves curves = score_curves(trace, 0, ReadoutScore::mean);
  EXPECT_EQ(curves.scores, (std::vector<float>{1, 0, 0.5F, 0.5F, 1.0F / 3, 2.0F / 3, 0.25F, 0.5F}));
}

TEST(ScoreCurves, NameTheTrueClassAndSayWhoLeads) {
  SampleTrace trace = fake::trace(60, 3, 5);
  const ScoreCurves curves =
      score_curves(trace, 2, ReadoutScore::mean,
                   {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"});
  Scene scene = empty_scene();
  draw_score_curves(scene, page, curves, colours);
  EXPECT_TRUE(fake::says(scene, "true three"));
  EXPECT_TRUE(fake::says(scene, "predicted five"));
  EXPECT_TRUE(fake::says(scene, "leads"));
  const auto strokes = fake::all<Stroke>(scene);
  ASSERT_EQ(strokes.size(), 12U);
  EXPECT_EQ(strokes.back().colour, colours.good);
  const auto hit = score_curves_hit(page, curves, strokes.back().points.at(40), colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->label, 3);
  EXPECT_NEAR(*hit->time_ms, 40.5, 0.1);
  EXPECT_EQ(hit->words.rfind("class three, 40.5 ms", 0), 0U) << hit->words;
}

TEST(Scores, AHitNamesTheClass) {
  SampleTrace trace;
  trace.label = 1;
  trace.predicted = 2;
  trace.scores = {-1, 2, 4};
  Scene scene = empty_scene();
  draw_scores(scene, page, trace, colours);
  Box chosen;
  for (const Fill& fill : fake::all<Fill>(scene))
    if (fill.colour == colours.bad && fill.box.height > 20) chosen = fill.box;
  const auto hit = scores_hit(page, trace, chosen.centre(), colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->label, 2);
  EXPECT_EQ(hit->words, "class 2: 4");
}

TEST(Confusion, CellsHoldCountsAndSharesOfTheirRow) {
  const ConfusionMatrix matrix{{{8, 2, 0}, {0, 5, 5}, {0, 0, 0}}, {"left", "right", "none"}};
  Scene scene = empty_scene();
  draw_confusion(scene, page, matrix, colours);
  EXPECT_TRUE(fake::says(scene, "13 of 20 right, 65.00 %"));
  EXPECT_TRUE(fake::says(scene, "80.0 %"));
  EXPECT_TRUE(fake::says(scene, "50.0 %"));
  EXPECT_TRUE(fake::says(scene, "left"));
  // Right and wrong have their hues; an empty cell has none.
  Point eight{}, two{};
  for (const Text& text : fake::all<Text>(scene)) {
    if (text.text == "8") eight = text.anchor;
    if (text.text == "2") two = text.anchor;
  }
  EXPECT_LT(eight.x, two.x);
  EXPECT_FLOAT_EQ(eight.y, two.y);
  const auto hit = confusion_hit(page, matrix, two, colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->label, 0);
  EXPECT_EQ(hit->predicted, 1);
  EXPECT_EQ(hit->words, "2 of 10 with label left taken for right");
  EXPECT_FALSE(confusion_hit(page, matrix, {1, 1}, colours).has_value());
}

TEST(Confusion, AnyNumberOfClassesAndAnySize) {
  for (const std::size_t classes : {0U, 1U, 11U, 101U, 1000U}) {
    ConfusionMatrix matrix;
    matrix.counts.assign(classes, std::vector<std::uint32_t>(classes, 1));
    Scene scene = empty_scene();
    draw_confusion(scene, page, matrix, colours);
    for (const float side : {0.0F, 10.0F, 120.0F}) draw_confusion(scene, {0, 0, side, side}, matrix, colours);
    // Names that stand beside each other do not touch.
    float before = -1e9F;
    for (const Text& text : fake::all<Text>(scene))
      if (text.align == Align::right && text.size == colours.label && text.anchor.y > before) {
        EXPECT_GE(text.anchor.y - before, colours.label);
        before = text.anchor.y;
      }
  }
}

TEST(Curves, RatesAndOperationsHaveTheirPlots) {
  TrainingHistory history = fake::history(5, 10);
  for (EpochRecord& epoch : history.epochs) {
    epoch.rates = {{"hidden", 0.05, 1}, {"late", 0.001 * epoch.epoch, 1}};
    epoch.test_synaptic_operations = 1e5 + epoch.epoch;
  }
  Scene wide{1600, 480, colours.background, {}};
  draw_curves(wide, {0, 0, 1600, 480}, history, colours);
  EXPECT_TRUE(fake::says(wide, "SynOps per recording"));
  EXPECT_TRUE(fake::says(wide, "fire in a step (%)"));
  EXPECT_TRUE(fake::says(wide, "late"));
  Scene small = empty_scene();
  draw_curves(small, {0, 0, 400, 200}, history, colours);  // a panel beside others
  EXPECT_TRUE(fake::says(small, "accuracy"));
  EXPECT_FALSE(fake::says(small, "SynOps"));
}

TEST(Curves, AHitSaysBatchOrEpoch) {
  const TrainingHistory history = fake::history(5, 10);
  Scene scene = empty_scene();
  draw_curves(scene, page, history, colours);
  Point epoch_3{};
  for (const Dots& dots : fake::all<Dots>(scene))
    if (dots.colour == colours.colour(1)) epoch_3 = dots.centres.at(2);
  const auto hit = curves_hit(page, history, epoch_3, colours);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(hit->words.rfind("epoch 3: loss ", 0), 0U) << hit->words;
  const auto strokes = fake::all<Stroke>(scene);
  const auto batch = curves_hit(page, history, strokes.at(0).points.at(20), colours);
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->words.rfind("batch 21, epoch 3", 0), 0U) << batch->words;
}

}  // namespace volley
