// `volley plot`: one picture of a network, a recording or a training run, as PNG or SVG and without
// a display. Owns the options of each picture; what is drawn is plot_pictures.cpp's.
#include <fmt/format.h>

#include "app/command.hpp"
#include "app/metrics_file.hpp"
#include "app/plot_pictures.hpp"
#include "app/plot_words.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "viz/cairo_surface.hpp"

namespace volley {

namespace {

struct PlotCommand {
  PlotSource source;
  std::string run;  ///< of curves and confusion
  std::string file, size = "1280x720", theme = "light";
  std::vector<std::string> neurons;
  PlotChoice choice;
  CommonOptions common;
};

using Draw = Scene (*)(PlotCommand&, Console&);

int draw(PlotCommand& options, const std::string& panel, Draw make) {
  Console console(options.common.json, options.common.quiet);
  const ThreadLimit threads(options.common.threads);
  if (options.file.empty()) options.file = panel + ".png";
  if (!is_picture_name(options.file))
    throw Error("is no name of a picture", options.file, "end it in .png or .svg");
  PlotChoice& choice = options.choice;
  read_size(options.size, choice.picture);
  read_neurons(options.neurons, choice.neurons);
  choice.picture.theme = options.theme == "dark" ? ThemeKind::dark : ThemeKind::light;
  const Scene scene = make(options, console);
  write_picture(scene, options.file);
  console.result("wrote " + options.file);
  console.emit({{"command", "plot"},
                {"picture", panel},
                {"file", options.file},
                {"width", scene.width},
                {"height", scene.height}});
  return 0;
}

template <Scene (*make)(PlotInput&, const PlotChoice&)>
Scene from_input(PlotCommand& options, Console& console) {
  PlotInput input(options.source, console);
  return make(input, options.choice);
}

Scene curves(PlotCommand& options, Console&) {
  return plot_curves(read_metrics(metrics_of(options.run)), options.choice);
}

Scene confusion(PlotCommand& options, Console& console) {
  options.source.files = {options.run};
  const bool run_now = !options.source.data.directory.empty() ||
                       !options.source.data.split.empty() || options.source.data.limit != 0;
  std::error_code ignored;
  const std::filesystem::path run(options.run);
  if (!run_now && (std::filesystem::is_directory(run, ignored) || run.extension() == ".jsonl")) {
    const TrainingHistory history = read_metrics(metrics_of(options.run));
    std::vector<std::string> names;
    if (std::filesystem::exists(run / "model.volley", ignored))
      names = PlotInput(options.source, console).class_names();
    return plot_confusion(history, names, options.choice);
  }
  PlotInput input(options.source, console);
  return plot_confusion(input, options.choice, console);
}

struct Panel {
  const char *name, *line, *more, *examples;  ///< line: in the list of pictures
  Draw draw;
  bool recording, time, layer, neuron;
};

constexpr Panel panels[] = {
    {"raster",
     "Spikes of every layer over time, a row per neuron.",
     "Rows share pixels where there are more. The membranes of the readout and the rate of each "
     "layer are drawn below.",
     "  volley plot raster run --data nmnist --index 3 -o raster.png\n"
     "  volley plot raster run digit.bin --layer hidden --neuron 0-31 --from 50 --to 150\n"
     "  volley plot raster recording.bs2 -o raster.svg\n"
     "  volley plot raster cuba/spikes.csv --to 200",
     from_input<plot_raster>, true, true, true, true},
    {"events",
     "What an event camera saw, as a film strip.",
     "ON and OFF have their colours, each frame its stretch of time.",
     "  volley plot events recording.bs2 --frames 12\n"
     "  volley plot events recording.aedat4 --from 500 --to 530 --frames 1 --decay 10",
     from_input<plot_events>, true, true, false, false},
    {"rates",
     "The rate of every layer over time.", "In spikes per neuron and second, each with its own axis.",
     "  volley plot rates run --data nmnist --index 3\n"
     "  volley plot rates run digit.bin --layer hidden --theme dark -o rates.svg",
     from_input<plot_rates>, true, true, true, false},
    {"histogram",
     "How the firing rates of each layer's neurons are distributed.",
     "Silent neurons and those that fire in nine of ten steps or more are marked.",
     "  volley plot histogram run --data nmnist\n"
     "  volley plot histogram run --data nmnist --recordings 100 -o rates.png",
     from_input<plot_histogram>, true, false, true, false},
    {"membranes",
     "Membrane potential, threshold and spikes of single neurons.",
     "Where none are named, those of the last hidden layer that fire most; of a simulation the "
     "first of its membrane.csv.",
     "  volley plot membranes run --data nmnist --layer hidden --neuron 3,7,12\n"
     "  volley plot membranes run digit.bin --layer readout --neuron 0-3\n"
     "  volley plot membranes cuba/membrane.csv --to 200",
     from_input<plot_membranes>, true, true, true, true},
    {"weights",
     "The receptive fields of neurons.",
     "The weights that reach a neuron are laid out as the map it looks at. Without --neuron those of "
     "up to 64 neurons of the layer.",
     "  volley plot weights run --layer hidden\n"
     "  volley plot weights run/model.volley --layer hidden --neuron 12 -o field.svg",
     from_input<plot_weights>, false, false, true, true},
    {"scores",
     "The score of every class as it builds up over a recording.",
     "With the true class, the class that leads at each time, and the scores at the end.",
     "  volley plot scores run --data nmnist --index 3\n"
     "  volley plot scores run digit.bin --to 150",
     from_input<plot_scores>, true, true, false, false},
    {"topology",
     "The network as a graph.",
     "Its populations in layers, the projections between them and, with a recording, the rates on "
     "both.",
     "  volley plot topology run\n"
     "  volley plot topology run --data nmnist --index 3 -o network.svg",
     from_input<plot_topology>, true, false, false, false},
    {"curves",
     "Loss, accuracy, synaptic operations and firing rates of a training run.",
     "Also while it runs.",
     "  volley plot curves run\n"
     "  volley plot curves run/metrics.jsonl --size 1600x500 -o curves.svg",
     curves, false, false, false, false},
    {"confusion",
     "Which classes are taken for which.",
     "Of the last epoch of a run folder, or of a split that is run now (a model file, or --data, "
     "--split or --limit).",
     "  volley plot confusion run\n"
     "  volley plot confusion run/best.volley --data nmnist --split Test -o confusion.svg",
     confusion, false, false, false, false},
};

/// Words in lines of at most so many columns.
std::string wrapped(const std::string& words, std::size_t width) {
  std::string text = words;
  for (std::size_t start = 0; text.size() - start > width;) {
    const std::size_t space = text.rfind(' ', start + width);
    if (space == std::string::npos || space <= start) break;
    text[space] = '\n';
    start = space + 1;
  }
  return text;
}

void add_panel(CLI::App& plot, const Panel& panel, Action& action) {
  const auto options = std::make_shared<PlotCommand>();
  CLI::App* command = plot.add_subcommand(panel.name, panel.line + ("\n\n" + wrapped(panel.more, 95)));
  const bool run_folder = panel.draw == curves || panel.draw == confusion;
  if (run_folder) {
    command
        ->add_option("run", options->run,
                     panel.draw == curves ? "folder of volley train, or its metrics.jsonl"
                                          : "folder of volley train, its metrics.jsonl, or a model")
        ->required()
        ->type_name("RUN");
  } else {
    command
        ->add_option("files", options->source.files,
                     panel.recording
                         ? "a model (.volley, .nir, a folder of volley train), an event recording, "
                           "or both; or what volley simulate left"
                         : "a model: .volley, .nir, or a folder of volley train")
        ->expected(0, CLI::detail::expected_max_vector_size)
        ->type_name("FILE");
  }
  if (panel.recording || panel.draw == confusion) add_data_options(*command, options->source.data);
  if (panel.recording)
    command->add_option("--index", options->source.index, "recording of the split, from 0")
        ->type_name("N")
        ->check(between(std::size_t{0}, std::size_t{1'000'000'000}));
  command->add_option("-o,--output", options->file,
                      fmt::format("file to write, .png or .svg (default: {}.png)", panel.name))
      ->type_name("FILE");
  command->add_option("--size", options->size, "of the picture, in pixels")
      ->type_name("WxH")
      ->capture_default_str();
  command->add_option("--theme", options->theme, "colours")
      ->type_name("light|dark")
      ->check(CLI::IsMember({"light", "dark"}).description(""))
      ->capture_default_str();
  if (panel.layer)
    command->add_option("--layer", options->choice.layers, "population, by its name (several: A,B)")
        ->type_name("NAME")
        ->delimiter(',')
        ->allow_extra_args(false);
  if (panel.neuron)
    command->add_option("--neuron", options->neurons, "neurons of the layer: numbers and ranges")
        ->type_name("N,N-N")
        ->delimiter(',')
        ->allow_extra_args(false);
  if (panel.time) {
    command->add_option("--from", options->choice.from_ms, "first time shown")
        ->type_name("MS")
        ->check(between(0.0, 1e12));
    command->add_option("--to", options->choice.to_ms, "last time shown")
        ->type_name("MS")
        ->check(between(0.0, 1e12));
  }
  if (panel.draw == Draw{from_input<plot_events>}) {
    command->add_option("--frames", options->choice.picture.frames, "stretches of the recording")
        ->type_name("N")
        ->check(between(1, 64))
        ->capture_default_str();
    command->add_option("--decay", options->choice.picture.decay_ms,
                        "events of a frame fade by e in this time; 0: all count alike")
        ->type_name("MS")
        ->check(between(0.0, 1e9))
        ->capture_default_str();
  }
  if (panel.draw == Draw{from_input<plot_histogram>})
    command->add_option("--recordings", options->choice.recordings,
                        "recordings of the split, from --index on, taken together")
        ->type_name("N")
        ->check(between(std::size_t{1}, std::size_t{1'000'000}))
        ->capture_default_str();
  add_common_options(*command, options->common);
  command->footer(std::string("Examples:\n") + panel.examples);
  const std::string name = panel.name;
  const Draw make = panel.draw;
  command->callback([options, name, make, &action] {
    action = [options, name, make] { return draw(*options, name, make); };
  });
}

}  // namespace

void add_plot(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "plot",
      "Draw a picture of a network, a recording or a training run.\n\n"
      "Writes PNG or SVG, by the file's name, in the layout of the live window; no display is\n"
      "needed. In SVG texts are outlines, so that it looks the same everywhere, and dense rasters\n"
      "are embedded as pictures. volley plot PICTURE --help tells the options of each.");
  command->require_subcommand(1);
  for (const Panel& panel : panels) add_panel(*command, panel, action);
  command->footer(
      "Examples:\n"
      "  volley plot raster run --data nmnist --index 3 -o raster.png\n"
      "  volley plot events recording.bs2 --frames 12 --theme dark\n"
      "  volley plot membranes run --data nmnist --layer hidden --neuron 3,7,12\n"
      "  volley plot weights run --layer hidden -o fields.svg\n"
      "  volley plot curves run --size 1600x500");
}

}  // namespace volley
