// One picture of a study: a metric against the values of an axis, with error bars, one line for each
// value of another. Must not know how the numbers came about.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "viz/pictures.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley {

struct StudyPoint {
  double x = 0;
  double mean = 0, deviation = 0;
};

struct StudyLine {
  std::string name;  ///< for the legend; may be empty where there is one line
  std::vector<StudyPoint> points;
};

struct StudyTick {
  double x = 0;
  std::string label;
};

struct StudyPlot {
  std::string title, note;
  std::string x_label, y_label;
  std::vector<StudyTick> ticks;  ///< ascending x; those without room are left out
  std::vector<StudyLine> lines;
  bool joined = true;            ///< false where the order of x means nothing: marks without a line
};

void draw_study(Scene& scene, Box box, const StudyPlot& plot, const Theme& theme);

/// Atomic, the same bytes for the same input. @throws Error as the writers of pictures.hpp do
void write_study_png(const StudyPlot& plot, const std::filesystem::path& path,
                     const PictureOptions& options = {960, 540});

}  // namespace volley
