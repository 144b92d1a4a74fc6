// The PNG writers: whole files of the right size and colours, the same bytes every time.
#include <cairo.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "fake_trace.hpp"
#include "support.hpp"
#include "viz/cairo_surface.hpp"
#include "viz/pictures.hpp"

namespace volley {

namespace {
namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Pixels read_png(const fs::path& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  Pixels pixels;
  pixels.width = cairo_image_surface_get_width(surface);
  pixels.height = cairo_image_surface_get_height(surface);
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < pixels.height; ++y)
    for (int x = 0; x < pixels.width; ++x) {
      const unsigned char* pixel = data + static_cast<std::ptrdiff_t>(y) * stride + x * 4;
      pixels.rgba.insert(pixels.rgba.end(), {pixel[2], pixel[1], pixel[0], 255});
    }
  cairo_surface_destroy(surface);
  return pixels;
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}
}  // namespace

TEST(Cairo, PaintsEveryKindOfPrimitiveWhereItBelongs) {
  const Colour red{255, 0, 0}, green{0, 255, 0}, blue{0, 0, 255}, white{255, 255, 255};
  Scene scene{60, 40, white, {}};
  scene.text({30, 35}, "x", 8, red);  // leaves a current point that must not join the stroke
  scene.fill({2, 2, 4, 4}, red);
  scene.dots({{20, 5}}, 4, green);
  scene.stroke({{30, 4}, {40, 4}}, blue, 4);
  scene.picture({2, 20, 8, 4}, 2, 1, {red, blue});
  scene.clip({20, 20, 5, 5});
  scene.fill({15, 15, 20, 20}, green);
  scene.unclip();
  const Pixels pixels = render(scene);
  EXPECT_EQ(pixels.at(2, 2), red);
  EXPECT_EQ(pixels.at(6, 6), white);
  EXPECT_EQ(pixels.at(18, 3), green);
  EXPECT_EQ(pixels.at(21, 6), green);
  EXPECT_EQ(pixels.at(35, 4), blue);
  EXPECT_EQ(pixels.at(32, 20), white);
  EXPECT_EQ(pixels.at(5, 21), red);  // pictures are not smoothed
  EXPECT_EQ(pixels.at(6, 21), blue);
  EXPECT_EQ(pixels.at(20, 20), green);
  EXPECT_EQ(pixels.at(24, 24), green);
  EXPECT_EQ(pixels.at(19, 20), white);
  EXPECT_EQ(pixels.at(25, 25), white);
}

TEST(Cairo, ImpossibleSizesAreErrors) {
  EXPECT_THROW(render(Scene{0, 10, {}, {}}), Error);
  EXPECT_THROW(render(Scene{10, 100000, {}, {}}), Error);
}

TEST(Pictures, AllAreWrittenWithSizeAndColours) {
  const fake::TempFolder folder;
  const SampleTrace trace = fake::trace(100);
  const TrainingHistory history = fake::history(3, 20);
  write_events_png(trace, folder.path() / "events.png");
  write_raster_png(trace, folder.path() / "raster.png");
  write_curves_png(history, folder.path() / "curves.png");
  write_dashboard_png(trace, &history, 40, folder.path() / "deeper" / "dashboard.png", "status");
  for (const char* name : {"events.png", "raster.png", "deeper/dashboard.png"}) {
    const Pixels pixels = read_png(folder.path() / name);
    EXPECT_EQ(pixels.width, 1280);
    EXPECT_EQ(pixels.height, 720);
    EXPECT_EQ(pixels.at(0, 719), theme(ThemeKind::light).background);
    EXPECT_GT(fake::coloured(pixels, {0, 40, 1280, 680}), 2000) << name;
  }
  const Pixels curves = read_png(folder.path() / "curves.png");
  EXPECT_EQ(curves.height, 480);
  EXPECT_GT(fake::coloured(curves, {0, 40, 640, 440}), 300);
  EXPECT_GT(fake::coloured(curves, {640, 40, 640, 440}), 300);
}

TEST(Pictures, TheSameBytesEveryTimeAndOthersForTheDarkTheme) {
  const fake::TempFolder folder;
  const SampleTrace trace = fake::trace(50);
  PictureOptions dark;
  dark.theme = ThemeKind::dark;
  write_events_png(trace, folder.path() / "a.png");
  write_events_png(trace, folder.path() / "b.png");
  write_events_png(trace, folder.path() / "c.png", dark);
  EXPECT_EQ(bytes_of(folder.path() / "a.png"), bytes_of(folder.path() / "b.png"));
  EXPECT_NE(bytes_of(folder.path() / "a.png"), bytes_of(folder.path() / "c.png"));
}

TEST(Pictures, AFilmStripSurvivesShortAndEmptyRecordings) {
  const fake::TempFolder folder;
  SampleTrace trace = fake::trace(3);
  write_events_png(trace, folder.path() / "short.png");
  trace.steps = 0;
  write_events_png(trace, folder.path() / "none.png");
  write_events_png(SampleTrace{}, folder.path() / "empty.png");
  EXPECT_EQ(files_in(folder.path()), 3U);
}

TEST(Svg, HoldsShapesAndOutlinesOfTheTexts) {
  const fake::TempFolder folder;
  Scene scene{200, 100, {255, 255, 255}, {}};
  scene.fill({10, 10, 20, 20}, {255, 0, 0});
  scene.text({50, 50}, "volley", 12, {0, 0, 0});
  scene.dots({{20, 80}, {40, 80}}, 4, {0, 0, 255});
  write_picture(scene, folder.path() / "small.svg");
  const std::string text = bytes_of(folder.path() / "small.svg");
  EXPECT_EQ(text.rfind("<?xml", 0), 0U);
  EXPECT_NE(text.find("width=\"200px\""), std::string::npos) << text.substr(0, 300);
  EXPECT_EQ(text.find("<image"), std::string::npos);
  EXPECT_EQ(text.find("font-family"), std::string::npos);
  EXPECT_NE(text.find("<use"), std::string::npos);  // glyphs are outlined once and used
  EXPECT_LT(text.size(), 20'000U);
}

TEST(Svg, ALargeRasterIsASmallFile) {
  const fake::TempFolder folder;
  const SampleTrace trace = fake::deep_trace(600);
  Scene scene = framed_picture({1280, 2400}, &trace, [&](Scene& on, Box box, const Theme& theme) {
    draw_raster(on, box, trace, theme);
  });
  std::size_t dots = 0;
  for (const Dots& each : fake::all<Dots>(scene)) dots += each.centres.size();
  EXPECT_GT(dots, most_vector_dots);
  write_svg(scene, folder.path() / "raster.svg");
  const std::string text = bytes_of(folder.path() / "raster.svg");
  EXPECT_NE(text.find("<image"), std::string::npos);
  EXPECT_LT(text.size(), 600'000U);
}

TEST(Svg, OtherNamesAreErrors) {
  const fake::TempFolder folder;
  EXPECT_THROW(write_picture(Scene{10, 10, {}, {}}, folder.path() / "a.jpg"), Error);
  EXPECT_THROW(write_svg(Scene{0, 10, {}, {}}, folder.path() / "a.svg"), Error);
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(Pictures, AStripOfAStretchOfTimeHasItsTimes) {
  const SampleTrace trace = fake::trace(100);
  RasterView view;
  view.from_ms = 20;
  view.to_ms = 60;
  PictureOptions options;
  options.frames = 2;
  options.decay_ms = 5;
  const Scene scene = events_picture(trace, options, view);
  EXPECT_TRUE(fake::says(scene, "20 \u2013 40 ms"));
  EXPECT_TRUE(fake::says(scene, "40 \u2013 60 ms"));
  EXPECT_TRUE(fake::says(scene, "decay 5 ms"));
  EXPECT_EQ(fake::all<Picture>(scene).size(), 2U);
}

TEST(Pictures, AFailedWriteLeavesNothingBehind) {
  const fake::TempFolder folder;
  std::ofstream(folder.path() / "file") << "not a folder";
  EXPECT_THROW(write_raster_png(fake::trace(20), folder.path() / "file" / "raster.png"), Error);
  PictureOptions impossible;
  impossible.width = -3;
  EXPECT_THROW(write_raster_png(fake::trace(20), folder.path() / "raster.png", impossible), Error);
  EXPECT_EQ(files_in(folder.path()), 1U);
}

}  // namespace volley
