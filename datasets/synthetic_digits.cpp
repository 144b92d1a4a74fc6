#include "datasets/synthetic_digits.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/random.hpp"
#include "datasets/digit_strokes.hpp"
#include "datasets/dvs_model.hpp"

namespace volley {

namespace {

constexpr SensorSize sensor{34, 34, 2};
constexpr std::int64_t frame_us = 1000;

/// Distances to a digit's strokes (later: its log intensities) over the unit square and a margin.
constexpr int field_size = 128;
constexpr float field_margin = 0.16f;  // no stroke with its soft edge reaches further
constexpr float field_scale = (field_size - 1) / (1 + 2 * field_margin);  // grid points per unit
using Field = std::vector<float>;

/// The distance field of each digit and style, made once: drawing is then a look-up.
const Field& distance_field(int digit, int style) {
  static const auto fields = [] {
    std::array<std::array<Field, digit_styles>, 10> made;
    for (int d = 0; d < 10; ++d) {
      for (int s = 0; s < digit_styles; ++s) {
        const std::vector<StrokeSegment> strokes = digit_strokes(d, s);
        Field& field = made[static_cast<std::size_t>(d)][static_cast<std::size_t>(s)];
        for (int row = 0; row < field_size; ++row)
          for (int column = 0; column < field_size; ++column)
            field.push_back(stroke_distance(
                strokes, static_cast<float>(column) / field_scale - field_margin,
                static_cast<float>(row) / field_scale - field_margin));
      }
    }
    return made;
  }();
  return fields[static_cast<std::size_t>(digit)][static_cast<std::size_t>(style)];
}

struct Point {
  double x = 0, y = 0;
};

/// What differs between two recordings of a digit. Pixels, radians.
struct Variation {
  int style = 0;
  double width = 0, height = 0, slant = 0, angle = 0;
  double half_stroke = 0;
  Point offset;
  double turn = 0;              ///< from start to end
  std::array<Point, 4> path{};  ///< corners of the three saccades, around 0
};

Variation draw_variation(RandomEngine& random) {
  const auto uniform = [&](double low, double high) {
    return boost::random::uniform_real_distribution<double>(low, high)(random);
  };
  Variation v;
  v.style = boost::random::uniform_int_distribution<int>(0, digit_styles - 1)(random);
  v.height = uniform(17.5, 22.5);
  v.width = v.height * uniform(0.85, 1.15);
  v.slant = uniform(-0.2, 0.35);
  v.angle = uniform(-0.18, 0.18);
  v.half_stroke = uniform(0.9, 1.6);
  v.offset = {uniform(-2, 2), uniform(-2, 2)};
  v.turn = uniform(-0.2, 0.2);
  // An isosceles triangle as in N-MNIST: down right, up right, back left.
  v.path = {Point{-2.6, -1.2}, Point{0, 2.6}, Point{2.6, -1.2}, Point{-2.6, -1.2}};
  for (Point& corner : v.path) corner = {corner.x + uniform(-.5, .5), corner.y + uniform(-.5, .5)};
  return v;
}

/// Log intensity over the field: a bright stroke with a soft edge of about a pixel on dark ground.
constexpr double ground = 0.15;

Field log_intensities(int digit, const Variation& v) {
  const auto half = static_cast<float>(v.half_stroke / v.height);
  const auto edge = static_cast<float>(1.4 / v.height);
  const auto log_ground = static_cast<float>(std::log(ground));
  Field field = distance_field(digit, v.style);
  for (float& value : field) {
    const float inside = std::clamp((half - value) / edge + 0.5f, 0.0f, 1.0f);
    const float cover = inside * inside * (3 - 2 * inside);
    // Logarithms are taken in double and rounded, so that one library's last bit does not show.
    value = cover == 0.0f ? log_ground
                          : static_cast<float>(std::log(ground + (1 - ground) * double{cover}));
  }
  return field;
}

/// The image at a moment: where in the field each pixel looks. phase runs from 0 to 1.
void draw(const Field& field, const Variation& v, double phase, std::vector<float>& image) {
  // Each saccade eases in and out (minimum jerk).
  const double leg = std::min(phase * 3, 2.999999);
  const auto from = static_cast<std::size_t>(leg);
  const double s = leg - static_cast<double>(from);
  const double eased = s * s * s * (10 + s * (6 * s - 15));
  const Point& a = v.path[from];
  const Point& b = v.path[from + 1];
  const double centre_x = (sensor.width - 1) / 2.0 + v.offset.x + a.x + eased * (b.x - a.x);
  const double centre_y = (sensor.height - 1) / 2.0 + v.offset.y + a.y + eased * (b.y - a.y);

  // Pixel = centre + rotation * [width, -slant * height; 0, height] * (unit - 1/2); we need its
  // inverse, in grid points of the field.
  const double angle = v.angle + v.turn * (phase - 0.5);
  const double cosine = std::cos(angle), sine = std::sin(angle);
  const double u_x = (cosine - v.slant * sine) / v.width;
  const double u_y = (sine + v.slant * cosine) / v.width;
  const double v_x = -sine / v.height, v_y = cosine / v.height;
  const auto grid = [](double unit) { return static_cast<float>(unit * field_scale); };
  const auto dx_u = grid(u_x), dx_v = grid(v_x);
  const float background = field.front();

  std::size_t pixel = 0;
  for (int y = 0; y < sensor.height; ++y) {
    const double down = y - centre_y;
    const float u0 = grid(0.5 + field_margin - u_x * centre_x + u_y * down);
    const float v0 = grid(0.5 + field_margin - v_x * centre_x + v_y * down);
    for (int x = 0; x < sensor.width; ++x, ++pixel) {
      const float column = u0 + dx_u * static_cast<float>(x);
      const float row = v0 + dx_v * static_cast<float>(x);
      constexpr float last = field_size - 1;
      if (!(column >= 0 && column < last && row >= 0 && row < last)) {
        image[pixel] = background;
        continue;
      }
      const int i = static_cast<int>(row), j = static_cast<int>(column);
      const float down_part = row - static_cast<float>(i);
      const float right_part = column - static_cast<float>(j);
      const float* at = field.data() + i * field_size + j;
      const float upper = at[0] + right_part * (at[1] - at[0]);
      const float lower = at[field_size] + right_part * (at[field_size + 1] - at[field_size]);
      image[pixel] = upper + down_part * (lower - upper);
    }
  }
}

class SyntheticDigits final : public Dataset {
public:
  SyntheticDigits(SyntheticSplit split, std::uint64_t seed, std::size_t size)
      : split_(split), seed_(seed), size_(size) {}

  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return size_; }
  int label(std::size_t index) const override { return static_cast<int>(index % 10); }

  Recording load(std::size_t index) const override {
    Recording recording = synthetic_digit(seed_, split_, index);
    recording.name = name(index);
    return recording;
  }

  std::string name(std::size_t index) const override {
    std::string number = std::to_string(index);
    if (number.size() < 5) number.insert(0, 5 - number.size(), '0');
    return "digit-" + number;
  }

private:
  DatasetInfo info_ = synthetic_digits_info();
  SyntheticSplit split_;
  std::uint64_t seed_;
  std::size_t size_;
};

}  // namespace

DatasetInfo synthetic_digits_info() {
  DatasetInfo info;
  info.name = "synthetic-digits";
  info.description = "stroke digits made in code, moving and turning before an event camera model";
  info.sensor = sensor;
  for (int digit = 0; digit < 10; ++digit) info.class_names.push_back(std::to_string(digit));
  info.splits = {"Train", "Test"};
  info.citation = "made by volley";
  info.licence = "no restriction";
  info.needs_files = false;
  return info;
}

Recording synthetic_digit(std::uint64_t seed, SyntheticSplit split, std::uint64_t index) {
  RandomEngine random = random_stream(seed, StreamPurpose::synthetic,
                                      {static_cast<std::uint64_t>(split), index});
  Recording recording;
  recording.sensor = sensor;
  recording.label = static_cast<int>(index % 10);

  const Variation variation = draw_variation(random);
  const Field field = log_intensities(recording.label, variation);
  std::vector<float> image(sensor.inputs() / 2);
  draw(field, variation, 0, image);
  DvsModel camera(sensor, {}, image, random);
  for (std::int64_t t = frame_us; t <= synthetic_duration_us; t += frame_us) {
    draw(field, variation, static_cast<double>(t) / synthetic_duration_us, image);
    camera.expose(image, t, recording.events);
  }
  camera.add_noise(synthetic_duration_us, random, recording.events);
  sort_events(recording.events);
  return recording;
}

std::unique_ptr<Dataset> open_synthetic_digits(const DatasetRequest& request) {
  std::string split = request.split;
  for (char& letter : split)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (split != "train" && split != "test")
    throw Error("synthetic-digits has no split '" + request.split + "'", "--split",
                "use Train or Test");
  const bool train = split == "train";
  std::size_t size = train ? synthetic_train_size : synthetic_test_size;
  if (request.synthetic_size != 0) size = request.synthetic_size;
  if (size > max_synthetic_size)
    throw Error("cannot make " + std::to_string(size) + " recordings", "synthetic-digits",
                "use at most " + std::to_string(max_synthetic_size));
  if (request.limit != 0) size = std::min(size, request.limit);  // labels cycle: classes stay even
  return std::make_unique<SyntheticDigits>(
      train ? SyntheticSplit::train : SyntheticSplit::test, request.seed, size);
}

}  // namespace volley
