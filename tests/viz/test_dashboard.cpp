// The layout as a whole: panels apart from each other, words apart from each other, and no size or
// content that breaks it.
#include <gtest/gtest.h>

#include <limits>

#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/cairo_surface.hpp"
#include "viz/dashboard.hpp"
#include "viz/key_help.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

namespace {
Box text_box(const Text& text) {
  const float width = text_width(text.text, text.size, text.bold);
  const float shift = text.align == Align::left    ? 0
                      : text.align == Align::right ? -width
                                                   : -width / 2;
  return {text.anchor.x + shift, text.anchor.y - text.size * 0.36F, width, text.size * 0.73F};
}

bool overlap(Box a, Box b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

void expect_readable(const Scene& scene, const std::string& which) {
  const auto texts = fake::all<Text>(scene);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Box a = text_box(texts[i]);
    EXPECT_TRUE(a.x >= 0 && a.y >= 0 && a.right() <= static_cast<float>(scene.width) &&
                a.bottom() <= static_cast<float>(scene.height))
        << which << ": \"" << texts[i].text << "\" leaves the page";
    for (std::size_t k = 0; k < i; ++k)
      EXPECT_FALSE(overlap(a, text_box(texts[k])))
          << which << ": \"" << texts[i].text << "\" on \"" << texts[k].text << '"';
  }
}

DashboardView view_of(const SampleTrace* trace, const TrainingHistory* history, int width,
                      int height) {
  DashboardView view;
  view.trace = trace;
  view.history = history;
  view.head_ms = 20;
  view.status = "epoch 3 of 20, 812 samples/s, 3 min left";
  view.theme = theme(ThemeKind::light);
  view.width = width;
  view.height = height;
  return view;
}
}  // namespace

TEST(Dashboard, NoWordsOverlapAtUsualSizes) {
  const SampleTrace small = fake::trace(60), deep = fake::deep_trace(60);
  SampleTrace alone = small;
  alone.populations.resize(1);
  alone.scores.clear();
  const TrainingHistory history = fake::history(7, 40);
  for (const auto& [width, height] :
       {std::pair{1280, 720}, {800, 500}, {1920, 1080}, {1000, 900}, {640, 480}})
    for (const SampleTrace* trace : std::vector<const SampleTrace*>{&small, &deep, &alone, nullptr})
      for (const TrainingHistory* curves : std::vector<const TrainingHistory*>{&history, nullptr})
        expect_readable(dashboard(view_of(trace, curves, width, height)),
                        std::to_string(width) + " wide, " +
                            (trace == nullptr ? "no trace" : trace->populations.back().name) +
                            (curves == nullptr ? "" : " and curves"));
}

TEST(Dashboard, PanelsDoNotOverlapAndFillThePage) {
  const SampleTrace trace = fake::trace(60);
  const TrainingHistory history = fake::history(3, 10);
  const DashboardLayout layout = dashboard_layout(view_of(&trace, &history, 1280, 720));
  const std::vector<Box> panels{layout.header, layout.events, layout.raster,
                                layout.rates,  layout.scores, layout.curves, layout.scrub};
  float area = 0;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    EXPECT_FALSE(panels[i].empty());
    area += panels[i].width * panels[i].height;
    for (std::size_t k = 0; k < i; ++k)
      EXPECT_FALSE(overlap(panels[i], panels[k])) << i << ' ' << k;
  }
  EXPECT_GT(area, 0.95F * 1280 * 720);
}

TEST(Dashboard, ShowsWhatThereIs) {
  const SampleTrace trace = fake::trace(60);
  const TrainingHistory history = fake::history(3, 10);
  const DashboardLayout without = dashboard_layout(view_of(&trace, nullptr, 1280, 720));
  EXPECT_TRUE(without.curves.empty());
  const DashboardLayout with = dashboard_layout(view_of(&trace, &history, 1280, 720));
  EXPECT_GT(without.rates.width, with.rates.width);
  SampleTrace alone = trace;
  alone.populations.resize(1);
  const DashboardLayout input = dashboard_layout(view_of(&alone, nullptr, 1280, 720));
  EXPECT_TRUE(input.scores.empty() && input.rates.empty());
  EXPECT_GT(input.events.width, without.events.width);
  SampleTrace ear = alone;  // a line of sensors lies above the raster, as wide as it
  ear.populations[0].shape = {2, 1, 64};
  const DashboardLayout line = dashboard_layout(view_of(&ear, nullptr, 1280, 720));
  EXPECT_FLOAT_EQ(line.events.width, line.raster.width);
  EXPECT_LE(line.events.bottom(), line.raster.y);
  SampleTrace simulated = trace;
  simulated.populations.erase(simulated.populations.begin());
  const DashboardLayout spikes = dashboard_layout(view_of(&simulated, nullptr, 1280, 720));
  EXPECT_TRUE(spikes.events.empty());
  EXPECT_GT(spikes.raster.width, 1200);
  EXPECT_FALSE(dashboard_layout(view_of(nullptr, &history, 1280, 720)).curves.empty());
  EXPECT_TRUE(fake::says(dashboard(view_of(nullptr, nullptr, 1280, 720)), "waiting"));
}

TEST(Dashboard, MovingPartsChangeWithTheHeadAndTheGroundDoesNot) {
  const SampleTrace trace = fake::trace(60);
  DashboardView view = view_of(&trace, nullptr, 640, 480);
  const Pixels ground = render(dashboard_ground(view)), whole = render(dashboard(view));
  view.head_ms = 45;
  EXPECT_EQ(render(dashboard_ground(view)).rgba, ground.rgba);
  EXPECT_NE(render(dashboard(view)).rgba, whole.rgba);
  EXPECT_EQ(dashboard_moving(view).background.alpha, 0);
}

TEST(Dashboard, AnySizeIsDrawn) {
  const SampleTrace trace = fake::deep_trace(20);
  const TrainingHistory history = fake::history(2, 5);
  for (const int width : {1, 7, 60, 200, 3000})
    for (const int height : {1, 30, 100, 250, 1500})
      EXPECT_EQ(render(dashboard(view_of(&trace, &history, width, height))).width, width);
}

TEST(Dashboard, OddContentIsDrawn) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  SampleTrace trace = fake::trace(20);
  trace.label = 99;
  trace.predicted = -5;
  trace.scores = {nan, nan, std::numeric_limits<float>::infinity()};
  trace.populations.back().membrane.assign(200, nan);
  trace.populations.push_back({"empty", NeuronKind::lif, {0, 0, 0}, {}, {}});
  trace.populations.push_back({"short", NeuronKind::leaky_integrator, {3, 1, 1}, {}, {1, 2}});
  TrainingHistory history;
  history.batches.push_back({1, 1, nan, 0, 0});
  history.epochs.push_back({});
  EpochRecord strange;
  strange.epoch = 2;
  strange.train_loss = strange.train_accuracy = nan;
  strange.test_accuracy = strange.test_balanced_accuracy = nan;
  history.epochs.push_back(strange);
  EXPECT_NO_FATAL_FAILURE(render(dashboard(view_of(&trace, &history, 800, 500))));
  SampleTrace nothing;
  nothing.populations.push_back({"input", NeuronKind::input, {2, 34, 34}, {}, {}});
  EXPECT_NO_FATAL_FAILURE(render(dashboard(view_of(&nothing, nullptr, 800, 500))));
  nothing.dt_ms = 0;
  EXPECT_NO_FATAL_FAILURE(render(dashboard(view_of(&nothing, nullptr, 800, 500))));
}

TEST(Dashboard, ARecordingAloneBecomesATrace) {
  Recording recording;
  recording.name = "one";
  recording.sensor = {4, 3, 2};
  recording.label = 7;
  const SampleTrace trace = recording_trace(recording, fake::train_of({{0}, {23}}, 24), 5.0);
  ASSERT_EQ(trace.populations.size(), 1U);
  EXPECT_EQ(trace.populations[0].shape, (Shape{2, 3, 4}));
  EXPECT_EQ(trace.steps, 2U);
  EXPECT_EQ(trace.label, 7);
  EXPECT_EQ(trace.predicted, -1);
}

TEST(Dashboard, TheHelpPageIsReadable) {
  Scene scene{800, 500, {}, {}};
  draw_key_help(scene, theme(ThemeKind::dark));
  EXPECT_TRUE(fake::says(scene, "play or pause"));
  expect_readable(scene, "help");
}

}  // namespace volley
