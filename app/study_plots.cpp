// From cells to pictures.
#include "app/study_plots.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "viz/study_plot.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// Letters that every file system takes.
std::string file_word(std::string text) {
  for (char& letter : text)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '.' && letter != '_')
      letter = '-';
  return text;
}

double position(const StudyAxis& axis, std::size_t value) {
  if (axis.scale == AxisScale::even) return static_cast<double>(value);
  const double number = std::stod(axis.values[value].label);
  return axis.scale == AxisScale::log ? std::log10(number) : number;
}

/// Which axis runs along x and which one makes the lines.
struct Roles {
  std::size_t x = none, lines = none;

  explicit Roles(const Study& study) {
    for (std::size_t axis = 0; axis < study.axes.size() && x == none; ++axis)
      if (study.axes[axis].numeric()) x = axis;
    if (x == none && !study.axes.empty()) x = 0;
    for (std::size_t axis = 0; axis < study.axes.size() && lines == none; ++axis)
      if (axis != x) lines = axis;
  }
};

StudyPlot empty_plot(const Study& study, StudyMetric metric, const Roles& roles) {
  StudyPlot plot;
  plot.title = study.name;
  plot.y_label = words_of(metric).title;
  if (roles.x == none) return plot;
  const StudyAxis& axis = study.axes[roles.x];
  plot.x_label = axis.name;
  plot.joined = axis.numeric();
  for (std::size_t value = 0; value < axis.values.size(); ++value)
    plot.ticks.push_back({position(axis, value), axis.values[value].label});
  std::sort(plot.ticks.begin(), plot.ticks.end(),
            [](const StudyTick& a, const StudyTick& b) { return a.x < b.x; });
  if (roles.lines == none) plot.lines.emplace_back();
  else
    for (const AxisValue& value : study.axes[roles.lines].values)
      plot.lines.push_back({study.axes[roles.lines].name + " " + value.label, {}});
  return plot;
}

/// "-depth-3": the values of the axes that a picture does not show.
std::string file_ending(const Study& study, const StudyCell& cell, const Roles& roles,
                        std::string& note) {
  std::string ending;
  for (std::size_t axis = 0; axis < cell.size(); ++axis) {
    if (axis == roles.x || axis == roles.lines) continue;
    const std::string& label = study.axes[axis].values[cell[axis]].label;
    ending += "-" + file_word(study.axes[axis].name) + "-" + file_word(label);
    note += (note.empty() ? "" : ", ") + study.axes[axis].name + " " + label;
  }
  return ending;
}

}  // namespace

std::vector<fs::path> write_study_plots(const StudyPlan& plan,
                                        const std::vector<CellSummary>& cells,
                                        const fs::path& folder, ThemeKind theme) {
  const Study& study = plan.study;
  const Roles roles(study);
  std::vector<fs::path> files;
  for (std::size_t m = 0; m < study.metrics.size(); ++m) {
    const MetricWords words = words_of(study.metrics[m]);
    std::map<std::string, StudyPlot> plots;
    for (const CellSummary& summary : cells) {
      const StudyCell& cell = plan.cells[summary.cell];
      std::string note;
      const std::string name =
          to_string(study.metrics[m]) + file_ending(study, cell, roles, note) + ".png";
      auto [place, fresh] = plots.try_emplace(name);
      StudyPlot& plot = place->second;
      if (fresh) plot = empty_plot(study, study.metrics[m], roles);
      plot.note = note;
      const SpreadSummary& value = summary.metrics[m].summary;
      if (roles.x == none || value.count == 0) continue;
      plot.lines[roles.lines == none ? 0 : cell[roles.lines]].points.push_back(
          {position(study.axes[roles.x], cell[roles.x]), value.mean * words.factor,
           value.deviation * words.factor});
    }
    for (auto& [name, plot] : plots) {
      if (roles.x == none) continue;  // one cell: nothing to plot against
      for (StudyLine& line : plot.lines)
        std::sort(line.points.begin(), line.points.end(),
                  [](const StudyPoint& a, const StudyPoint& b) { return a.x < b.x; });
      PictureOptions options{960, 540};
      options.theme = theme;
      write_study_png(plot, folder / name, options);
      files.push_back(folder / name);
    }
  }
  return files;
}

}  // namespace volley
