// A study's picture: what is drawn for lines, error bars, missing values and none at all.
#include "viz/study_plot.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "support.hpp"
#include "viz/cairo_surface.hpp"

namespace volley {

namespace {

StudyPlot two_lines() {
  StudyPlot plot;
  plot.title = "lambda";
  plot.x_label = "lambda";
  plot.y_label = "test accuracy (%)";
  plot.ticks = {{0, "0"}, {1, "0.01"}, {2, "1"}};
  plot.lines = {{"depth 1", {{0, 80, 1}, {1, 90, 2}, {2, 85, 0}}},
                {"depth 3", {{0, 70, 1}, {2, 75, 1}}}};
  return plot;
}

std::vector<std::string> words_of(const StudyPlot& plot) {
  Scene scene{960, 540, {}, {}};
  draw_study(scene, scene.page(), plot, theme(ThemeKind::light));
  std::vector<std::string> words;
  for (const Primitive& item : scene.items)
    if (const Text* text = std::get_if<Text>(&item)) words.push_back(text->text);
  return words;
}

bool says(const std::vector<std::string>& words, const std::string& wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST(StudyPlot, NamesAxesTicksAndLines) {
  const auto words = words_of(two_lines());
  for (const char* word : {"lambda", "test accuracy (%)", "0", "0.01", "1", "depth 1", "depth 3"})
    EXPECT_TRUE(says(words, word)) << word;
}

TEST(StudyPlot, TicksWithoutRoomAreLeftOut) {
  StudyPlot plot = two_lines();
  plot.ticks = {{0, "first"}, {0.001, "hidden"}, {2, "last"}};
  const auto words = words_of(plot);
  EXPECT_TRUE(says(words, "first"));
  EXPECT_FALSE(says(words, "hidden"));
  EXPECT_TRUE(says(words, "last"));
  // Words get a second line.
  plot.joined = false;
  EXPECT_TRUE(says(words_of(plot), "hidden"));
}

TEST(StudyPlot, LinesKeepToTheirHeights) {
  Scene scene{960, 540, {}, {}};
  const Theme colours = theme(ThemeKind::light);
  draw_study(scene, scene.page(), two_lines(), colours);
  std::vector<Point> first, second;
  for (const Primitive& item : scene.items)
    if (const Dots* dots = std::get_if<Dots>(&item))
      (dots->colour == colours.colour(0) ? first : second) = dots->centres;
  ASSERT_EQ(first.size(), 3u);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_LT(first[1].y, first[2].y) << "90 is above 85";
  EXPECT_LT(first[2].y, first[0].y);
  EXPECT_LT(first[0].y, second[0].y);
  EXPECT_LT(first[0].x, first[1].x);
}

TEST(StudyPlot, WritesTheSameBytesAndOthersForTheDarkTheme) {
  const fake::TempFolder folder;
  PictureOptions dark{960, 540};
  dark.theme = ThemeKind::dark;
  write_study_png(two_lines(), folder.path() / "a.png");
  write_study_png(two_lines(), folder.path() / "b.png");
  write_study_png(two_lines(), folder.path() / "c.png", dark);
  EXPECT_EQ(bytes_of(folder.path() / "a.png"), bytes_of(folder.path() / "b.png"));
  EXPECT_NE(bytes_of(folder.path() / "a.png"), bytes_of(folder.path() / "c.png"));
}

TEST(StudyPlot, NothingFinishedIsSaid) {
  StudyPlot plot = two_lines();
  plot.lines = {{"", {}}};
  EXPECT_TRUE(says(words_of(plot), "no finished run yet"));
  EXPECT_TRUE(says(words_of(StudyPlot{}), "no finished run yet"));
}

}  // namespace volley
