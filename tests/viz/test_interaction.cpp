// What keys and pointer do, without a window.
#include <gtest/gtest.h>

#include <cmath>

#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/interaction.hpp"
#include "viz/scrub_bar.hpp"

namespace volley {

namespace {
class User : public testing::Test {
protected:
  void SetUp() override {
    user.resize(1280, 720);
    user.show(&trace);
    user.take_ground_change();
    user.take_change();
  }
  DashboardLayout layout() const { return dashboard_layout(user.view()); }
  /// A place of the raster: the time, and the neuron of a population.
  Point place(double time_ms, std::size_t id, std::uint32_t neuron) const {
    const DashboardView view = user.view();
    const RasterLayout raster =
        raster_layout(trace, layout().raster, view.theme, view.raster);
    const NeuronRange shown = raster.neurons[id];
    const Box band = raster.bands[id];
    return {raster.x_of(time_ms), band.y + (static_cast<float>(neuron - shown.first) + 0.5F) *
                                               band.height / static_cast<float>(shown.count)};
  }
  void click(Point at) {
    user.press(at);
    user.release(at);
  }

  const SampleTrace trace = fake::trace(200);
  Interaction user{ThemeKind::dark, 1, 100};
};
}  // namespace

TEST_F(User, PlaysPausesAndSteps) {
  user.advance(0.5);
  EXPECT_NEAR(user.view().head_ms, 50, 1e-9);
  user.act(Act::step_on);  // pauses
  EXPECT_FALSE(user.view().playing);
  EXPECT_NEAR(user.view().head_ms, 51, 1e-9);
  user.act(Act::step_back);
  user.act(Act::step_back);
  EXPECT_NEAR(user.view().head_ms, 49, 1e-9);
  user.advance(5);
  EXPECT_NEAR(user.view().head_ms, 49, 1e-9);
  EXPECT_NE(user.status().find("paused"), std::string::npos);
  user.act(Act::to_start);
  EXPECT_DOUBLE_EQ(user.view().head_ms, 0);
  user.act(Act::faster);
  user.act(Act::play_pause);
  user.advance(0.1);
  EXPECT_NEAR(user.view().head_ms, 20, 1e-9);
}

TEST_F(User, DragsTheScrubBar) {
  const Box track = scrub_layout(layout().scrub, user.view().theme).track;
  const auto at = [&](double share) {
    return Point{track.x + static_cast<float>(share) * track.width, track.centre().y};
  };
  user.press(at(0.25));
  EXPECT_NEAR(user.view().head_ms, 50, 1);
  user.move(at(0.75));
  EXPECT_NEAR(user.view().head_ms, 150, 1);
  user.move({5000, -100});  // far away the head stays at the end
  EXPECT_NEAR(user.view().head_ms, 200, 1e-6);
  user.release(at(0.5));
  user.move(at(0.1));
  EXPECT_NEAR(user.view().head_ms, 200, 1e-6) << "moves after the release do nothing";
  click(scrub_layout(layout().scrub, user.view().theme).button.centre());
  EXPECT_FALSE(user.view().playing);
}

TEST_F(User, ZoomKeepsWhatLiesUnderThePointer) {
  const Point at = place(120, 1, 100);
  const double before = point_at(user.view(), at).hit->time_ms.value();
  user.wheel(at, 5, false);
  const RasterView zoomed = user.view().raster;
  EXPECT_TRUE(std::isfinite(zoomed.to_ms));
  EXPECT_LT(zoomed.to_ms - zoomed.from_ms, 200 / 2.5);
  const RasterLayout raster = raster_layout(trace, layout().raster, user.view().theme, zoomed);
  EXPECT_NEAR(raster.time_of(at.x), before, 2 * trace.dt_ms);
  EXPECT_TRUE(user.take_ground_change());
  // Pan: the time under the pointer goes with it.
  const double grabbed = raster.time_of(at.x);
  user.press(at);
  user.move({at.x + 100, at.y});
  user.release({at.x + 100, at.y});
  EXPECT_NEAR(raster_layout(trace, layout().raster, user.view().theme, user.view().raster)
                  .time_of(at.x + 100), grabbed, 2 * trace.dt_ms);
  EXPECT_FALSE(user.picked()) << "a drag is no click";
  for (int i = 0; i < 20; ++i) user.wheel(at, -3, false);
  EXPECT_FALSE(std::isfinite(user.view().raster.to_ms)) << "all of it again";
}

TEST_F(User, ZoomsNeuronsAndTheSensor) {
  user.wheel(place(100, 1, 64), 6, true);
  ASSERT_EQ(user.view().raster.neurons.size(), 2U);
  const NeuronRange zoomed = user.view().raster.neurons[1];
  EXPECT_GT(zoomed.count, 0U);
  EXPECT_LT(zoomed.count, 100U);
  EXPECT_LE(zoomed.first, 64U);
  EXPECT_GT(zoomed.first + zoomed.count, 64U);
  const std::size_t first = zoomed.first;
  const Point grabbed = place(100, 1, 64);
  user.press(grabbed);
  user.move({grabbed.x, grabbed.y - 40});
  user.release({grabbed.x, grabbed.y - 40});
  EXPECT_GT(user.view().raster.neurons[1].first, first);

  const PopulationTrace& input = *input_population(trace);
  const Box sensor = sensor_box(layout().events, input, user.view().events, user.view().theme);
  user.wheel({sensor.x + sensor.width * 0.1F, sensor.y + sensor.height * 0.9F}, 6, false);
  const SensorRegion region = visible_sensor(input, user.view().events);
  EXPECT_LT(region.columns, 12U);
  EXPECT_LE(region.column, 4U);
  EXPECT_GE(region.row + region.rows, 30U);
  user.act(Act::whole);
  EXPECT_TRUE(user.view().raster.neurons.empty());
  EXPECT_EQ(visible_sensor(input, user.view().events).columns, 34U);
}

TEST_F(User, HoverTellsNeuronLayerAndTime) {
  const std::string words = hover_words(user.view(), place(100.5, 1, 37));
  EXPECT_NE(words.find("hidden, neuron"), std::string::npos) << words;
  EXPECT_NE(words.find(" ms"), std::string::npos) << words;
  // A spike near the pointer is meant.
  const SpikeTrain& train = trace.populations[1].spikes;
  std::uint32_t step = 0;
  while (train.step(step).empty()) ++step;
  const std::uint32_t neuron = train.step(step)[0];
  const PointedAt found = point_at(user.view(), place(step + 0.5, 1, neuron));
  EXPECT_EQ(found.neuron, (NeuronId{1, neuron}));
  EXPECT_DOUBLE_EQ(found.hit->time_ms.value(), step);
  EXPECT_NE(found.hit->words.find("spike"), std::string::npos);
  const PopulationTrace& input = *input_population(trace);
  const Box sensor = sensor_box(layout().events, input, user.view().events, user.view().theme);
  const std::string pixel = hover_words(user.view(), {sensor.x + 1, sensor.bottom() - 1});
  EXPECT_NE(pixel.find("x 0, y 33"), std::string::npos) << pixel;
  EXPECT_TRUE(hover_words(user.view(), {3, 3}).empty());
  Scene scene{1280, 720, {}, {}};
  draw_hover(scene, user.view(), {1279, 100});
  for (const Text& text : fake::all<Text>(scene)) EXPECT_LT(text.anchor.x, 1280);
}

TEST_F(User, AClickPicksANeuronAndAnotherLetsItGo) {
  const Point at = place(100.5, 1, 37);
  const auto neuron = point_at(user.view(), at).neuron;
  const std::size_t plain = fake::all<Fill>(dashboard_moving(user.view())).size();
  click(at);
  ASSERT_TRUE(user.picked());
  EXPECT_EQ(user.picked(), neuron);
  EXPECT_EQ(fake::all<Fill>(dashboard_moving(user.view())).size(), plain + 2) << "line and mark";
  EXPECT_TRUE(user.take_wishes().inspect);
  InspectedNeuron known;
  known.traces.push_back({*neuron, "hidden", {256, 1, 1}, std::vector<float>(200, 0.5F),
                          std::vector<float>(200, 1.0F), {3, 90}});
  user.inspect(NeuronId{0, 0}, &known);  // another one: too late
  EXPECT_EQ(user.view().inspected, nullptr);
  user.inspect(*neuron, &known);
  EXPECT_EQ(user.view().inspected, &known);
  EXPECT_TRUE(fake::says(dashboard(user.view()), "membranes"));
  click(at);
  EXPECT_FALSE(user.picked());
  click(at);
  SampleTrace small = fake::trace(50);
  small.populations.resize(1);
  user.show(&small);
  EXPECT_FALSE(user.picked()) << "the neuron is not there";
  user.show(&trace);
}

TEST_F(User, AsksForRecordings) {
  user.act(Act::next);
  user.act(Act::next);
  user.act(Act::previous);
  user.act(Act::mistakes);
  user.act(Act::same_label);
  EXPECT_EQ(user.filter(), (RecordingFilter{true, 3}));
  EXPECT_NE(user.status().find("mistakes only"), std::string::npos);
  EXPECT_NE(user.status().find("label 3 only"), std::string::npos);
  user.act(Act::save);
  const Wishes wishes = user.take_wishes();
  EXPECT_EQ(wishes.navigate, 1);
  EXPECT_TRUE(wishes.save);
  EXPECT_FALSE(wishes.close || wishes.record);
  EXPECT_EQ(user.take_wishes().navigate, 0);
  user.act(Act::same_label);
  EXPECT_EQ(user.filter().label, -1);
}

TEST_F(User, EscapeGoesBackOneByOneAndNeverCloses) {
  click(place(100.5, 1, 37));
  user.wheel(place(100, 1, 37), 4, false);
  user.act(Act::mistakes);
  user.act(Act::help);
  EXPECT_TRUE(user.help());
  user.act(Act::back);
  EXPECT_FALSE(user.help());
  EXPECT_TRUE(user.picked());
  user.act(Act::back);
  EXPECT_FALSE(user.picked());
  EXPECT_TRUE(std::isfinite(user.view().raster.to_ms));
  user.act(Act::back);
  EXPECT_FALSE(std::isfinite(user.view().raster.to_ms));
  EXPECT_TRUE(user.filter().mistakes);
  user.act(Act::back);
  EXPECT_TRUE(user.filter().all());
  user.act(Act::back);
  EXPECT_FALSE(user.take_wishes().close);
  user.act(Act::close);
  EXPECT_TRUE(user.take_wishes().close);
}

TEST_F(User, ThemeWindowAndSizeOfWords) {
  EXPECT_EQ(user.theme(), ThemeKind::dark);
  user.act(Act::change_theme);
  EXPECT_EQ(user.view().theme.background, theme(ThemeKind::light).background);
  const double window = user.view().events.window_ms;
  user.act(Act::longer_window);
  EXPECT_GT(user.view().events.window_ms, window);
  const float label = user.view().theme.label;
  user.act(Act::larger);
  EXPECT_GT(user.view().theme.label, label);
  for (int i = 0; i < 50; ++i) user.act(Act::smaller);
  EXPECT_GT(user.view().theme.label, 3);
  EXPECT_TRUE(user.take_ground_change());
}

TEST_F(User, FollowsAStreamUntilPaused) {
  user.follow(&trace, 5000, 199);
  EXPECT_DOUBLE_EQ(user.view().head_ms, 199);
  user.advance(1);
  EXPECT_DOUBLE_EQ(user.view().head_ms, 199) << "time does not move it, what comes does";
  EXPECT_DOUBLE_EQ(user.view().raster.origin_ms, 5000);
  EXPECT_NE(hover_words(user.view(), place(100.5, 1, 37)).find("5"), std::string::npos);
}

TEST_F(User, NothingOnShowTakesNoHarm) {
  user.show(nullptr);
  for (int act = 0; act <= static_cast<int>(Act::close); ++act) user.act(static_cast<Act>(act));
  for (const Point at : {Point{0, 0}, {640, 360}, {1279, 719}, {-5, 9000}}) {
    user.press(at);
    user.move({at.x + 50, at.y + 50});
    user.wheel(at, 3, true);
    user.release(at);
  }
  user.wheel({5, 5}, std::nan(""), false);
  user.leave();
  EXPECT_FALSE(user.hover());
  SampleTrace empty;
  empty.populations.push_back({"input", NeuronKind::input, {2, 34, 34}, {}, {}});
  user.show(&empty);
  for (float x = 5; x < 1280; x += 90)
    for (float y = 5; y < 720; y += 60) {
      user.wheel({x, y}, 2, false);
      user.wheel({x, y}, 2, true);
      user.press({x, y});
      user.release({x, y});
    }
  user.show(nullptr);
}

}  // namespace volley
