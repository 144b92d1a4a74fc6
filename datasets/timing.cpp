#include "datasets/timing.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/random.hpp"
#include "datasets/dvs_model.hpp"

namespace volley {

namespace {

constexpr SensorSize sensor{timing_inputs, 1, 1};
constexpr std::size_t most_recordings = 1'000'000;
// First counters of the streams' paths, apart from those of other data made in code.
constexpr std::uint64_t curve_stream = 100, place_stream = 101;

class Timing : public Dataset {
public:
  Timing(bool test, std::uint64_t seed, std::size_t size)
      : manifolds_(seed), test_(test), seed_(seed), size_(size) {}

  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return size_; }
  int label(std::size_t index) const override {
    return static_cast<int>(index % timing_classes);
  }
  std::string name(std::size_t index) const override {
    std::string number = std::to_string(index);
    if (number.size() < 5) number.insert(0, 5 - number.size(), '0');
    return "timing-" + number;
  }
  Recording load(std::size_t index) const override {
    Recording recording = timing_recording(manifolds_, seed_, test_, index);
    recording.name = name(index);
    return recording;
  }

private:
  DatasetInfo info_ = timing_info();
  TimingManifolds manifolds_;
  bool test_;
  std::uint64_t seed_;
  std::size_t size_;
};

}  // namespace

double TimingManifolds::Curve::at(double z) const {
  double sum = 0;
  for (std::size_t m = 0; m < harmonics; ++m) {
    const double order = static_cast<double>(m + 1);
    sum += amplitude[m] / (order * order) *
           std::sin(2 * std::numbers::pi * (order * z + phase[m]));
  }
  return sum;
}

TimingManifolds::TimingManifolds(std::uint64_t seed) {
  boost::random::uniform_real_distribution<double> uniform(0, 1);
  for (std::uint64_t label = 0; label < timing_classes; ++label) {
    RandomEngine random = random_stream(seed, StreamPurpose::synthetic, {curve_stream, label});
    for (int input = 0; input < timing_inputs; ++input) {
      Curve& curve = curves_.emplace_back();
      for (double& amplitude : curve.amplitude) amplitude = uniform(random);
      for (double& phase : curve.phase) phase = uniform(random);
      constexpr int places = 512;
      double least = curve.at(0), most = least;
      for (int place = 1; place < places; ++place) {
        const double value = curve.at(static_cast<double>(place) / places);
        least = std::min(least, value);
        most = std::max(most, value);
      }
      curve.least = least;
      curve.range = most - least;
    }
  }
}

std::int64_t TimingManifolds::time_us(int label, int input, double z) const {
  const Curve& curve = curves_[static_cast<std::size_t>(label * timing_inputs + input)];
  const double part = (curve.at(z) - curve.least) / curve.range;
  const double time = std::floor(part * static_cast<double>(timing_duration_us));
  return std::clamp(static_cast<std::int64_t>(time), std::int64_t{0}, timing_duration_us - 1);
}

DatasetInfo timing_info() {
  DatasetInfo info;
  info.name = "timing";
  info.description = "smooth random curves made in code: inputs spike once, only when matters";
  info.sensor = sensor;
  for (int label = 0; label < timing_classes; ++label)
    info.class_names.push_back("curve " + std::to_string(label));
  info.splits = {"Train", "Test"};
  info.citation = "made by volley, after Zenke and Vogels, Neural Computation 33, 2021";
  info.licence = "no restriction";
  info.needs_files = false;
  return info;
}

Recording timing_recording(const TimingManifolds& manifolds, std::uint64_t seed, bool test,
                           std::uint64_t index) {
  RandomEngine random = random_stream(seed, StreamPurpose::synthetic,
                                      {place_stream, test ? 1U : 0U, index});
  const double z = boost::random::uniform_real_distribution<double>(0, 1)(random);
  Recording recording;
  recording.sensor = sensor;
  recording.label = static_cast<int>(index % timing_classes);
  for (int input = 0; input < timing_inputs; ++input) {
    Event event;
    event.t = manifolds.time_us(recording.label, input, z);
    event.x = static_cast<std::uint16_t>(input);
    recording.events.push_back(event);
  }
  sort_events(recording.events);
  return recording;
}

std::unique_ptr<Dataset> open_timing(const DatasetRequest& request) {
  std::string split = request.split;
  for (char& letter : split)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (split != "train" && split != "test")
    throw Error("timing has no split '" + request.split + "'", "--split", "use Train or Test");
  const bool test = split == "test";
  std::size_t size = test ? timing_test_size : timing_train_size;
  if (request.synthetic_size != 0) size = request.synthetic_size;
  if (size > most_recordings)
    throw Error("cannot make " + std::to_string(size) + " recordings", "timing",
                "use at most " + std::to_string(most_recordings));
  if (request.limit != 0) size = std::min(size, request.limit);  // labels cycle: classes stay even
  return std::make_unique<Timing>(test, request.seed, size);
}

}  // namespace volley
