// What is drawn where, of every panel, against scenes kept in tests/viz/golden as text (see
// scene_text.hpp). Fonts and rasterisers do not count. VOLLEY_GOLDEN_OUT=DIR test_viz
// --gtest_filter='Golden.*' writes today's scenes into a folder, as text and as PNG to look at; where
// a change was meant, copy the texts from there.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/atomic_file.hpp"
#include "fake_trace.hpp"
#include "scene_text.hpp"
#include "support.hpp"
#include "viz/cairo_surface.hpp"
#include "viz/dashboard.hpp"
#include "viz/key_help.hpp"
#include "viz/pictures.hpp"
#include "viz/score_panel.hpp"

namespace volley {

namespace {
namespace fs = std::filesystem;

using DrawPanel = std::function<void(Scene&, Box, const Theme&)>;

Scene page_of(ThemeKind kind, const DrawPanel& draw) {
  PictureOptions options;
  options.width = 480;
  options.height = 300;
  options.theme = kind;
  return framed_picture(options, nullptr, draw);
}

/// The shapes and words without their colours.
std::string colourless(const std::string& text) {
  std::string result = text;
  for (std::size_t at = result.find(" #"); at != std::string::npos; at = result.find(" #", at))
    result.replace(at, std::min<std::size_t>(10, result.size() - at), " ");
  return result;
}

void check_golden(const std::string& name, ThemeKind kind, const DrawPanel& draw) {
  const Scene scene = page_of(kind, draw);
  const std::string now = fake::scene_text(scene);
  if (const char* folder = std::getenv("VOLLEY_GOLDEN_OUT"); folder != nullptr) {
    write_file(fs::path(folder) / (name + ".txt"), now);
    write_png(scene, fs::path(folder) / (name + ".png"));
    return;
  }
  const fs::path file = fs::path(VOLLEY_SOURCE_DIR) / "tests/viz/golden" / (name + ".txt");
  EXPECT_EQ(fake::difference(read_file(file), now), "") << name;
  // The other theme changes colours alone.
  const ThemeKind other = kind == ThemeKind::dark ? ThemeKind::light : ThemeKind::dark;
  EXPECT_EQ(colourless(fake::scene_text(page_of(other, draw))), colourless(now)) << name;
}

FrozenNetwork bumpy_network() {
  FrozenNetwork frozen;
  Population input;
  input.name = "input";
  input.kind = NeuronKind::input;
  input.shape = {2, 16, 16};
  Population hidden;
  hidden.name = "hidden";
  hidden.shape = {12, 1, 1};
  Population readout;
  readout.name = "readout";
  readout.kind = NeuronKind::leaky_integrator;
  readout.shape = {4, 1, 1};
  for (const Population& each : {input, hidden, readout}) frozen.network.add_population(each);
  frozen.network.add_projection(0, 1, Projection{});
  Projection recurrent;
  recurrent.delay_steps = 1;
  frozen.network.add_projection(1, 1, recurrent);
  frozen.network.add_projection(1, 2, Projection{});
  frozen.weights.resize(3);
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x)
      for (int polarity = 0; polarity < 2; ++polarity)
        for (int n = 0; n < 12; ++n) {
          const double dx = x - 2 - n % 4 * 4, dy = y - 2 - n / 4 * 5;
          const double bump = std::exp(-(dx * dx + dy * dy) / 8) - 0.2 * std::exp(-dx * dx / 30);
          frozen.weights[0].push_back(static_cast<float>(polarity == 0 ? -bump : bump));
        }
  return frozen;
}

/// A line of 48 channels, as an ear has them.
SampleTrace heard(std::uint32_t steps) {
  SampleTrace trace;
  trace.recording = "heard";
  trace.steps = steps;
  trace.populations.push_back(fake::noisy_layer("input", {1, 1, 48}, steps, 31, 0.08));
  trace.populations.front().kind = NeuronKind::input;
  return trace;
}
}  // namespace

TEST(Golden, EventsRasterAndRates) {
  const SampleTrace trace = fake::trace(120, 3, 5);
  check_golden("raster", ThemeKind::light, [&](Scene& scene, Box box, const Theme& theme) {
    draw_raster(scene, box, trace, theme);
    draw_raster_at_head(scene, box, trace, 50, theme);
  });
  check_golden("events", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& theme) {
    draw_events(scene, box, trace, {}, theme);
    draw_events_at_head(scene, box, trace, 50, {}, theme);
  });
  check_golden("histogram", ThemeKind::light, [&](Scene& scene, Box box, const Theme& theme) {
    draw_rates(scene, box, trace, theme);
  });
  check_golden("rates", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& theme) {
    draw_population_rates(scene, box, trace, theme);
  });
}

TEST(Golden, FilmStrips) {
  const auto strip = [](const SampleTrace& trace, int frames) {
    return [&trace, frames](Scene& scene, Box, const Theme& theme) {
      PictureOptions options;
      options.width = scene.width;
      options.height = scene.height;
      options.frames = frames;
      options.theme =
          theme.background == volley::theme(ThemeKind::dark).background ? ThemeKind::dark
                                                                        : ThemeKind::light;
      scene = events_picture(trace, options);
    };
  };
  const SampleTrace seen = fake::trace(50, 3, 5), ear = heard(60);
  check_golden("strip", ThemeKind::light, strip(seen, 4));
  check_golden("strip-ear", ThemeKind::dark, strip(ear, 4));
}

TEST(Golden, MembranesWeightsAndTopology) {
  std::vector<NeuronTrace> neurons(2);
  for (std::size_t i = 0; i < 2; ++i) {
    neurons[i] = {{1, 4 * i + 3}, "hidden", {12, 1, 1}, {}, {}, {}};
    float v = 0;
    for (std::uint32_t t = 0; t < 120; ++t) {
      v = 0.9F * v + 0.16F + 0.1F * std::sin(0.3F * static_cast<float>(t + 7 * i));
      neurons[i].membrane.push_back(v);
      neurons[i].threshold.push_back(1);
      if (v >= 1) neurons[i].spikes.push_back(t), v -= 1;
    }
  }
  check_golden("membranes", ThemeKind::light, [&](Scene& scene, Box box, const Theme& theme) {
    draw_membranes(scene, box, neurons, 1, theme);
  });
  const FrozenNetwork frozen = bumpy_network();
  const auto fields = field_gallery(frozen, 1, 12);
  check_golden("weights", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& theme) {
    draw_weights(scene, box, fields, theme);
  });
  std::vector<WeightField> bars(20);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    bars[i].neuron = 3 * i;
    bars[i].shape = {1, 1, 32};
    for (int k = 0; k < 32; ++k)
      bars[i].weights.push_back(std::sin(0.05F * static_cast<float>(k) * static_cast<float>(i)));
  }
  check_golden("weights-ear", ThemeKind::light, [&](Scene& scene, Box box, const Theme& theme) {
    draw_weights(scene, box, bars, theme);
  });
  Topology topology = topology_of(frozen.network);
  for (std::size_t i = 0; i < 3; ++i) {
    topology.nodes[i].rate_hz = 4.0 * static_cast<double>(i * i);
    topology.edges[i].spikes_per_second = 1e4 / static_cast<double>(1 + 9 * i);
  }
  check_golden("topology", ThemeKind::light, [&](Scene& scene, Box box, const Theme& theme) {
    draw_topology(scene, box, topology, theme);
  });
}

TEST(Golden, ScoresCurvesAndConfusion) {
  const SampleTrace trace = fake::trace(120, 3, 5);
  check_golden("scores", ThemeKind::light, [&](Scene& scene, Box box, const Theme& theme) {
    const ScoreCurves curves = score_curves(trace, 2, ReadoutScore::mean);
    draw_score_curves(scene, box, curves, theme);
    draw_score_curves_at_head(scene, box, curves, 70, theme);
  });
  check_golden("bars", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& theme) {
    draw_scores(scene, box, trace, theme);
  });
  check_golden("curves", ThemeKind::light, [&](Scene& scene, Box box, const Theme& theme) {
    draw_curves(scene, box, fake::history(8, 20), theme);
  });
  ConfusionMatrix matrix;
  for (std::uint32_t i = 0; i < 6; ++i) {
    matrix.counts.push_back({0, 1, 0, 2, 0, 1});
    matrix.counts[i][i] = 20 + i;
  }
  matrix.of = "epoch 3";
  check_golden("confusion", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& theme) {
    draw_confusion(scene, box, matrix, theme);
  });
}

TEST(Golden, TheWindow) {
  const SampleTrace trace = fake::trace(80, 3, 5);
  const TrainingHistory history = fake::history(3, 10);
  check_golden("window", ThemeKind::dark, [&](Scene& scene, Box, const Theme& theme) {
    DashboardView view;
    view.trace = &trace;
    view.history = &history;
    view.head_ms = 40;
    view.status = "batch 7 of 30";
    view.theme = theme;
    view.width = scene.width = 800;
    view.height = scene.height = 480;
    scene = dashboard(view);
  });
  check_golden("keys", ThemeKind::light, [&](Scene& scene, Box, const Theme& theme) {
    scene = {800, 480, theme.background, {}};
    draw_key_help(scene, theme);
  });
}

TEST(Golden, APixelAWordAndAColourCount) {
  const auto page = [](float x, const std::string& words, Colour colour) {
    Scene scene = fake::empty_scene();
    scene.fill({x, 20, 30, 40}, colour);
    scene.text({5, 5}, words, 12, colour);
    return fake::scene_text(scene);
  };
  const Colour blue{0, 114, 178};
  const std::string kept = page(10, "spikes", blue);
  EXPECT_EQ(fake::difference(kept, page(10.1F, "spikes", {1, 114, 178})), "");
  EXPECT_NE(fake::difference(kept, page(11, "spikes", blue)), "");
  EXPECT_NE(fake::difference(kept, page(10, "spike", blue)), "");
  EXPECT_NE(fake::difference(kept, page(10, "spikes", {0, 124, 178})), "");
  EXPECT_NE(fake::difference(kept, kept + "unclip\n"), "");
}

}  // namespace volley
