// The panel under the raster: what Tab goes through, what it tells under the pointer, and the
// confusion matrix of what was looked at.
#include <gtest/gtest.h>

#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/amounts.hpp"
#include "viz/interaction.hpp"
#include "viz/lower_panel.hpp"

namespace volley {

namespace {
SampleTrace recording(const std::string& name, int label, int predicted) {
  SampleTrace trace = fake::trace(60, label, predicted);
  trace.recording = name;
  return trace;
}

Scene lower_scene(const DashboardView& view) {
  Scene scene = fake::empty_scene();
  draw_lower(scene, fake::page, view);
  return scene;
}
}  // namespace

TEST(LowerPanel, TabGoesThroughWhatThereIsToSee) {
  const SampleTrace trace = recording("a", 3, 5);
  Interaction user(ThemeKind::dark, 1, 100);
  user.show(&trace);
  const std::vector<std::pair<LowerPanel, std::string>> order = {
      {LowerPanel::rates, "firing rates"},
      {LowerPanel::population_rates, "population rates"},
      {LowerPanel::scores, "class scores over time"},
      {LowerPanel::confusion, "confusion"}};
  for (const auto& [panel, words] : order) {
    EXPECT_EQ(user.view().lower, panel);
    EXPECT_TRUE(fake::says(lower_scene(user.view()), words)) << words;
    user.act(Act::lower_panel);
  }
  EXPECT_EQ(user.view().lower, LowerPanel::rates);  // no network is known
  SampleTrace bare = trace;
  bare.scores.clear();
  bare.predicted = -1;
  Interaction other(ThemeKind::dark, 1, 100);
  other.show(&bare);
  other.act(Act::lower_panel);
  other.act(Act::lower_panel);
  EXPECT_EQ(other.view().lower, LowerPanel::rates);
}

TEST(LowerPanel, ScoresAreThoseTheNetworkReadAndMoveWithTheHead) {
  SampleTrace trace = recording("a", 3, 3);
  const PopulationTrace& readout = trace.populations.back();
  const std::size_t classes = trace.scores.size();
  const auto half_way = [&](const SampleTrace& of) {
    DashboardView view;
    view.trace = &of;
    view.lower = LowerPanel::scores;
    view.theme = fake::colours;
    view.head_ms = 30;
    Scene moving = fake::empty_scene();
    draw_lower_at_head(moving, fake::page, view);
    EXPECT_EQ(fake::all<Fill>(moving).size() + fake::all<Stroke>(moving).size(), 1U);
    // Where the true class's curve runs says which of the three ways was taken.
    for (const Stroke& stroke : fake::all<Stroke>(lower_scene(view)))
      if (stroke.colour == view.theme.good && stroke.width > 2) return stroke.points[stroke.points.size() / 2].y;
    return -1.0F;
  };
  const float mean = half_way(trace);
  EXPECT_GT(mean, 0);
  for (std::size_t label = 0; label < classes; ++label)
    trace.scores[label] = readout.membrane[readout.membrane.size() - classes + label];
  EXPECT_NE(half_way(trace), mean);
}

TEST(LowerPanel, TheConfusionIsThatOfTheTestSplitElseOfWhatWasShown) {
  const SampleTrace wrong = recording("a", 3, 5), right = recording("b", 2, 2);
  SampleTrace again = wrong, unlabelled = recording("c", -1, 4);
  again.predicted = 3;
  Interaction user(ThemeKind::dark, 1, 100);
  const std::vector<const SampleTrace*> shown = {&wrong, &right, &right, &unlabelled};
  for (const SampleTrace* each : shown) user.show(each);
  user.act(Act::lower_panel);
  user.act(Act::lower_panel);
  user.act(Act::lower_panel);
  EXPECT_TRUE(fake::says(lower_scene(user.view()), "recordings shown: 1 of 2 right"));
  user.show(&again);  // as it was predicted last
  EXPECT_TRUE(fake::says(lower_scene(user.view()), "2 of 2 right"));
  std::string words;
  for (float y = 0; y < fake::page.height; y += 4)
    for (float x = 0; x < fake::page.width; x += 4)
      if (const auto hit = lower_hit(user.view(), fake::page, {x, y}); hit && hit->label == 3)
        words = hit->words;
  EXPECT_NE(words.find("label 3"), std::string::npos) << words;
  TrainingHistory history = fake::history(2, 3);
  history.epochs.back().test_confusion = {{7, 1}, {2, 8}};
  user.set_history(&history);
  EXPECT_TRUE(fake::says(lower_scene(user.view()), "test split after epoch 2: 15 of 18 right"));
  SampleTrace other = recording("d", 0, 0);
  other.scores.resize(4);  // another network
  user.set_history(nullptr);
  user.show(&other);
  EXPECT_TRUE(fake::says(lower_scene(user.view()), "1 of 1 right"));
}

TEST(Amounts, TakeThreeDigits) {
  EXPECT_EQ(short_amount(0), "0");
  EXPECT_EQ(short_amount(982.6), "983");
  EXPECT_EQ(short_amount(999.7), "1k");
  EXPECT_EQ(short_amount(5067), "5.07k");
  EXPECT_EQ(short_amount(662123), "662k");
  EXPECT_EQ(short_amount(1.2e6), "1.2M");
  EXPECT_EQ(short_amount(-4.2e9), "-4.2G");
  EXPECT_EQ(short_amount(std::numeric_limits<double>::infinity()), "not known");
}

}  // namespace volley
