// The pictures of `volley plot`, each as a scene. Owns what each of them needs and what it shows
// where nothing is chosen; must not know the command line or files of pictures.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "app/plot_input.hpp"
#include "viz/pictures.hpp"

namespace volley {

struct PlotChoice {
  PictureOptions picture;
  std::vector<std::string> layers;    ///< names of populations; empty: as the picture sees fit
  std::vector<std::size_t> neurons;   ///< of the one layer; empty: likewise
  std::optional<double> from_ms, to_ms;
  std::size_t recordings = 1;         ///< of the histogram
};

Scene plot_raster(PlotInput& input, const PlotChoice& choice);
Scene plot_events(PlotInput& input, const PlotChoice& choice);
Scene plot_rates(PlotInput& input, const PlotChoice& choice);
Scene plot_histogram(PlotInput& input, const PlotChoice& choice);
Scene plot_membranes(PlotInput& input, const PlotChoice& choice);
Scene plot_weights(PlotInput& input, const PlotChoice& choice);
Scene plot_scores(PlotInput& input, const PlotChoice& choice);
Scene plot_topology(PlotInput& input, const PlotChoice& choice);
Scene plot_curves(const TrainingHistory& history, const PlotChoice& choice);
/// Of the last epoch that was evaluated. @throws Error where none was
Scene plot_confusion(const TrainingHistory& history, const std::vector<std::string>& names,
                     const PlotChoice& choice);
/// Of a split that is run now.
Scene plot_confusion(PlotInput& input, const PlotChoice& choice, Console& console);

}  // namespace volley
