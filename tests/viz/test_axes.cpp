// Ticks, text widths and boxes: the arithmetic every panel leans on.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support.hpp"
#include "viz/axes.hpp"
#include "viz/text_metrics.hpp"

namespace volley {

TEST(Ticks, AreRoundAndWithinTheRange) {
  const Ticks ticks = round_ticks(0, 300, 7);
  EXPECT_DOUBLE_EQ(ticks.step, 50);
  EXPECT_EQ(ticks.values, (std::vector<double>{0, 50, 100, 150, 200, 250, 300}));
  EXPECT_EQ(round_ticks(-1.2, 2.7, 5).values, (std::vector<double>{-1, 0, 1, 2}));
  EXPECT_EQ(round_ticks(1, 4, 20, true).values, (std::vector<double>{1, 2, 3, 4}));
}

TEST(Ticks, NeverMoreThanAskedForWhateverTheRange) {
  for (double range = 1e-9; range < 1e12; range *= 1.7)
    for (const double low : {0.0, -range / 3, range * 10})
      for (int most = 1; most < 9; ++most) {
        const Ticks ticks = round_ticks(low, low + range, most);
        EXPECT_LE(ticks.values.size(), static_cast<std::size_t>(most));
        for (const double value : ticks.values) {
          EXPECT_GE(value, low - range * 1e-6);
          EXPECT_LE(value, low + range * (1 + 1e-6));
        }
      }
}

TEST(Ticks, OddRangesGiveNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const auto& [low, high] : std::initializer_list<std::pair<double, double>>{
           {1, 1}, {2, 1}, {0, nan}, {nan, 1}, {0, infinite}, {1e300, 1.0000000001e300}})
    EXPECT_TRUE(round_ticks(low, high, 5).values.empty());
}

TEST(Ticks, LabelsHaveTheDecimalsOfTheStep) {
  EXPECT_EQ(tick_label(0.25, 0.05), "0.25");
  EXPECT_EQ(tick_label(0.5, 0.1), "0.5");
  EXPECT_EQ(tick_label(300, 100), "300");
  EXPECT_EQ(tick_label(20000, 5000), "20k");
  EXPECT_EQ(tick_label(2e6, 5e5), "2M");
  EXPECT_EQ(tick_label(-1e-17, 0.5), "0");
}

TEST(Ticks, RoundUp) {
  EXPECT_DOUBLE_EQ(round_up(3.2), 5);
  EXPECT_DOUBLE_EQ(round_up(0.02), 0.02);
  EXPECT_DOUBLE_EQ(round_up(0), 1);
  EXPECT_DOUBLE_EQ(round_up(std::nan("")), 1);
}

TEST(PlotArea, MapsBothEndsOfBothAxes) {
  const Plot plot{{10, 20, 100, 50}, {0, 200, ""}, {-1, 1, ""}};
  EXPECT_FLOAT_EQ(plot.x_of(0), 10);
  EXPECT_FLOAT_EQ(plot.x_of(200), 110);
  EXPECT_FLOAT_EQ(plot.y_of(-1), 70);
  EXPECT_FLOAT_EQ(plot.y_of(1), 20);
}

TEST(TextMetrics, FitsOrShortens) {
  EXPECT_EQ(fit_text("hidden", 1000, 12), "hidden");
  const std::string start = fit_text("a very long name", 60, 12);
  EXPECT_LE(text_width(start, 12), 60);
  EXPECT_EQ(start.substr(0, 3), "a v");
  const std::string end = fit_text("folder/00032.bin", 70, 12, false, Keep::end);
  EXPECT_EQ(end.substr(end.size() - 4), ".bin");
  EXPECT_EQ(fit_text("anything", 2, 12), "");
  EXPECT_EQ(fit_text("\u00e9\u00e9\u00e9\u00e9", 35, 12).substr(0, 2), "\u00e9");
}

TEST(Boxes, CutAndInsetNeverGoNegative) {
  Box box{0, 0, 10, 10};
  const Box top = cut_top(box, 4);
  EXPECT_EQ(top, (Box{0, 0, 10, 4}));
  EXPECT_EQ(box, (Box{0, 4, 10, 6}));
  EXPECT_EQ(cut_bottom(box, 100).height, 6);
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(inset({0, 0, 4, 4}, 100).width, 0);
}

TEST(SceneModel, ClipsAndPicturesLieOnWholePixels) {
  Scene scene{100, 100, {}, {}};
  scene.clip({10.4F, 10.6F, 20.3F, 20.3F});
  scene.picture({1.2F, 1.2F, 5, 5}, 1, 1, {Colour{}});
  EXPECT_EQ(fake::all<Clip>(scene)[0].box, (Box{10, 11, 21, 20}));
  EXPECT_EQ(fake::all<Picture>(scene)[0].box, (Box{1, 1, 5, 5}));
}

TEST(SceneModel, StrokesBreakAtPointsThatAreNotFinite) {
  Scene scene{100, 100, {}, {}};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  scene.stroke({{0, 0}, {1, 1}, {2, nan}, {3, 3}, {nan, 0}, {4, 4}, {5, 5}, {6, 6}}, {});
  const auto strokes = fake::all<Stroke>(scene);
  ASSERT_EQ(strokes.size(), 2U);
  EXPECT_EQ(strokes[0].points.size(), 2U);
  EXPECT_EQ(strokes[1].points.size(), 3U);
}

}  // namespace volley
