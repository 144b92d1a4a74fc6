// Every panel as a whole against pictures kept beside the tests, with a tolerance: fonts and
// rasterisers differ a little from system to system. VOLLEY_GOLDEN_OUT=DIR writes those of today into
// a folder, to look at and, where a change was meant, to keep.
#include <cairo.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fake_trace.hpp"
#include "sim/neuron_watch.hpp"
#include "support.hpp"
#include "viz/cairo_surface.hpp"
#include "viz/membrane_panel.hpp"
#include "viz/pictures.hpp"
#include "viz/score_panel.hpp"
#include "viz/topology_panel.hpp"
#include "viz/weights_panel.hpp"

namespace volley {

namespace {
namespace fs = std::filesystem;

using Draw = std::function<void(Scene&, Box, const Theme&)>;

Pixels read_png(const fs::path& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  Pixels pixels;
  if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS) {
    pixels.width = cairo_image_surface_get_width(surface);
    pixels.height = cairo_image_surface_get_height(surface);
    const unsigned char* data = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < pixels.height; ++y)
      for (int x = 0; x < pixels.width; ++x) {
        const unsigned char* pixel = data + static_cast<std::ptrdiff_t>(y) * stride + x * 4;
        pixels.rgba.insert(pixels.rgba.end(), {pixel[2], pixel[1], pixel[0], 255});
      }
  }
  cairo_surface_destroy(surface);
  return pixels;
}

/// Share of the pixels that are not what they should be; a pixel may lie one off, as edges of glyphs
/// and of bands do where a font's size is rounded otherwise.
double difference(const Pixels& a, const Pixels& b) {
  const auto close = [](Colour x, Colour y) {
    return std::abs(x.red - y.red) + std::abs(x.green - y.green) + std::abs(x.blue - y.blue) <= 96;
  };
  int wrong = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) {
      bool found = false;
      for (int dy = -1; dy <= 1 && !found; ++dy)
        for (int dx = -1; dx <= 1 && !found; ++dx)
          if (x + dx >= 0 && y + dy >= 0 && x + dx < a.width && y + dy < a.height)
            found = close(a.at(x, y), b.at(x + dx, y + dy));
      if (!found) ++wrong;
    }
  return static_cast<double>(wrong) / (a.width * a.height);
}

void check_golden(const std::string& name, ThemeKind kind, const Draw& draw) {
  PictureOptions options;
  options.width = 480;
  options.height = 300;
  options.theme = kind;
  const Scene scene = framed_picture(options, nullptr, draw);
  if (const char* folder = std::getenv("VOLLEY_GOLDEN_OUT"); folder != nullptr)
    write_png(scene, fs::path(folder) / (name + ".png"));
  const Pixels now = render(scene);
  const Pixels kept =
      read_png(fs::path(VOLLEY_SOURCE_DIR) / "tests" / "viz" / "golden" / (name + ".png"));
  ASSERT_EQ(kept.width, now.width) << name;
  ASSERT_EQ(kept.height, now.height) << name;
  EXPECT_LT(difference(kept, now), 0.004) << name;
  EXPECT_LT(difference(now, kept), 0.004) << name;
}

FrozenNetwork network() {
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
  for (std::size_t y = 0; y < 16; ++y)
    for (std::size_t x = 0; x < 16; ++x)
      for (std::size_t p = 0; p < 2; ++p)
        for (std::size_t n = 0; n < 12; ++n) {
          const double dx = static_cast<double>(x) - 2 - static_cast<double>(n % 4) * 4;
          const double dy = static_cast<double>(y) - 2 - static_cast<double>(n / 4) * 5;
          const double bump = std::exp(-(dx * dx + dy * dy) / 8) - 0.2 * std::exp(-dx * dx / 30);
          frozen.weights.resize(3);
          frozen.weights[0].push_back(static_cast<float>(p == 0 ? -bump : bump));
        }
  return frozen;
}
}  // namespace

TEST(Golden, EventsRasterAndRates) {
  const SampleTrace trace = fake::trace(120, 3, 5);
  check_golden("raster", ThemeKind::light, [&](Scene& scene, Box box, const Theme& colours) {
    draw_raster(scene, box, trace, colours);
    draw_raster_at_head(scene, box, trace, 50, colours);
  });
  check_golden("events", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& colours) {
    draw_events(scene, box, trace, {}, colours);
    draw_events_at_head(scene, box, trace, 50, {}, colours);
  });
  check_golden("histogram", ThemeKind::light, [&](Scene& scene, Box box, const Theme& colours) {
    draw_rates(scene, box, trace, colours);
  });
  check_golden("rates", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& colours) {
    draw_population_rates(scene, box, trace, colours);
  });
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
  check_golden("membranes", ThemeKind::light, [&](Scene& scene, Box box, const Theme& colours) {
    draw_membranes(scene, box, neurons, 1, colours);
  });
  const FrozenNetwork frozen = network();
  const auto fields = field_gallery(frozen, 1, 12);
  check_golden("weights", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& colours) {
    draw_weights(scene, box, fields, colours);
  });
  Topology topology = topology_of(frozen.network);
  for (std::size_t i = 0; i < 3; ++i) {
    topology.nodes[i].rate_hz = 4.0 * static_cast<double>(i * i);
    topology.edges[i].spikes_per_second = 1e4 / static_cast<double>(1 + 9 * i);
  }
  check_golden("topology", ThemeKind::light, [&](Scene& scene, Box box, const Theme& colours) {
    draw_topology(scene, box, topology, colours);
  });
}

TEST(Golden, ScoresCurvesAndConfusion) {
  const SampleTrace trace = fake::trace(120, 3, 5);
  check_golden("scores", ThemeKind::light, [&](Scene& scene, Box box, const Theme& colours) {
    draw_score_curves(scene, box, score_curves(trace, 2, ReadoutScore::mean), colours);
  });
  check_golden("curves", ThemeKind::light, [&](Scene& scene, Box box, const Theme& colours) {
    draw_curves(scene, box, fake::history(8, 20), colours);
  });
  ConfusionMatrix matrix;
  for (std::uint32_t i = 0; i < 6; ++i) {
    matrix.counts.push_back({0, 1, 0, 2, 0, 1});
    matrix.counts[i][i] = 20 + i;
  }
  check_golden("confusion", ThemeKind::dark, [&](Scene& scene, Box box, const Theme& colours) {
    draw_confusion(scene, box, matrix, colours);
  });
}

}  // namespace volley
