// The formulas against golden vectors in double precision, made with automatic differentiation
// (tests/golden/README.md says how).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/channel_sums.hpp"
#include "sim/denoise.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/training_kernels.hpp"
#include "sim/weight_quantizer.hpp"

namespace volley {
namespace {

using Json = nlohmann::json;
constexpr double tolerance = 1e-12;

Json golden(const std::string& name) {
  std::ifstream file(std::string(VOLLEY_SOURCE_DIR) + "/tests/golden/" + name);
  EXPECT_TRUE(file) << name;
  return Json::parse(file);
}

/// [T][B][C] or [T][B][C][H][W] in C order, as rows (b, t) of channel-last maps.
struct Case {
  std::size_t steps, samples, channels, area, neurons;
  BatchRows rows;

  explicit Case(const Json& shape) {
    steps = shape[0];
    samples = shape[1];
    channels = shape[2];
    area = shape.size() > 3 ? shape[3].get<std::size_t>() * shape[4].get<std::size_t>() : 1;
    neurons = channels * area;
    for (std::size_t b = 0; b < samples; ++b) rows.first.push_back((b + 1) * steps);
  }
  std::size_t golden_index(std::size_t row, std::size_t neuron) const {
    const std::size_t b = row / steps, t = row % steps;
    return ((t * samples + b) * channels + neuron % channels) * area + neuron / channels;
  }
  std::vector<double> load(const Json& values) const {
    std::vector<double> out(rows.rows() * neurons);
    for (std::size_t row = 0; row < rows.rows(); ++row)
      for (std::size_t n = 0; n < neurons; ++n)
        out[row * neurons + n] = values[golden_index(row, n)];
    return out;
  }
};

void expect_close(const std::vector<double>& mine, const std::vector<double>& wanted,
                  const char* what) {
  ASSERT_EQ(mine.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < mine.size(); ++i)
    ASSERT_NEAR(mine[i], wanted[i], tolerance * (1 + std::abs(wanted[i]))) << what << " at " << i;
}

void check_case(const Json& json) {
  const Json& config = json["cfg"];
  const Case c(json["shape"]);
  SpikeQuantizer quantizer;
  quantizer.lambda = config["lam"];
  quantizer.window = config["w"];
  quantizer.clip = !config["xclip"].is_null();
  quantizer.attached_reset = config["attach"];
  // What the vectors hold; nothing else may pass as one of these.
  ASSERT_EQ(config["wmode"], "fix");
  ASSERT_EQ(config["act"], "dn");
  ASSERT_TRUE(config["stats"] == "chan" || config["stats"] == "mixed" ||
              config["stats"] == "tensor");
  quantizer.slope = config["stats"] == "chan"    ? SlopeGroup::channel
                    : config["stats"] == "mixed" ? SlopeGroup::mixed
                                                 : SlopeGroup::tensor;
  const Reset reset = config["reset"] == "soft"   ? Reset::subtract
                      : config["reset"] == "hard" ? Reset::zero
                                                  : Reset::none;
  const double beta = config["beta"], threshold = config["theta"], half = quantizer.window / 2;
  const std::vector<double> current = c.load(json["I"]);
  std::vector<double> v(current.size()), spikes(current.size());
  for (std::size_t row = 0; row < c.rows.rows(); ++row) {
    double* own = v.data() + row * c.neurons;
    membrane_row({beta, threshold, reset, row % c.steps == 0 ? nullptr : own - c.neurons,
                  current.data() + row * c.neurons, nullptr, nullptr, own},
                 c.neurons);
    std::vector<std::uint32_t> found(c.neurons);
    const std::size_t count = find_spikes(own, c.neurons, threshold, found.data());
    for (std::size_t k = 0; k < count; ++k) spikes[row * c.neurons + found[k]] = 1;
  }
  expect_close(v, c.load(json["V"]), "membrane");
  expect_close(spikes, c.load(json["S"]), "spikes");

  const double low = quantizer.clip ? threshold - half : -1e300;
  const double high = quantizer.clip ? threshold + half : 1e300;
  const auto sums = channel_sums<3>(
      c.rows, c.neurons, c.channels, [&](std::size_t row, FoldedSums<3>& by_neuron) {
        by_neuron.for_pieces([&](std::size_t at, std::size_t size) {
          add_clamped(v.data() + row * c.neurons + at, size, low, high, by_neuron.of(0));
        });
        for (std::uint32_t n = 0; n < c.neurons; ++n) {
          const double s = spikes[row * c.neurons + n];
          by_neuron.at(1, n) += s;
          by_neuron.at(2, n) += s * std::min(v[row * c.neurons + n], high);
        }
      });
  const double count = static_cast<double>(c.rows.rows() * c.area);
  PopulationMoments moments;
  for (std::size_t k = 0; k < c.channels; ++k) {
    moments.membrane_mean.push_back(sums[0][k] / count);
    moments.spike_mean.push_back(sums[1][k] / count);
    moments.covariance.push_back(sums[2][k] / count -
                                 moments.membrane_mean[k] * moments.spike_mean[k]);
    moments.spike_variance.push_back(moments.spike_mean[k] * (1 - moments.spike_mean[k]));
  }
  const SpikeAffine affine = spike_affine(quantizer, moments);
  const auto by_channel = [&](const char* key) {
    std::vector<double> values = json[key];
    if (values.size() == 1) values.assign(c.channels, values.front());
    return values;
  };
  expect_close(affine.slope, by_channel("a"), "slope");
  expect_close(affine.intercept, by_channel("b"), "intercept");

  std::vector<double> gradient = c.load(json["g"]);
  const auto gradient_sums = channel_sums<2>(
      c.rows, c.neurons, c.channels, [&](std::size_t row, FoldedSums<2>& by_neuron) {
        for (std::uint32_t n = 0; n < c.neurons; ++n) {
          by_neuron.at(0, n) += gradient[row * c.neurons + n];
          by_neuron.at(1, n) += gradient[row * c.neurons + n] * spikes[row * c.neurons + n];
        }
      });
  const SpikeGradient constants =
      spike_gradient(quantizer, affine, gradient_sums[0], gradient_sums[1], count);
  std::vector<double> spread[6];
  const std::vector<double>* sources[6] = {&constants.slope_s, &constants.const_s,
                                           &constants.per_x,   &constants.per_s,
                                           &constants.const_x, &constants.per_spike};
  for (std::size_t k = 0; k < 6; ++k) spread_channels(*sources[k], c.neurons, spread[k]);
  for (std::size_t row = c.rows.rows(); row-- > 0;) {
    BackwardRow<double> step{};
    step.beta = beta;
    step.threshold = threshold;
    step.window = quantizer.window;
    step.reset = reset;
    step.attached = quantizer.attached_reset;
    step.estimator = Estimator::denoise;
    step.clip = quantizer.clip;
    step.constants = {spread[0].data(), spread[1].data(), spread[2].data(),
                      spread[3].data(), spread[4].data(), spread[5].data()};
    step.v = v.data() + row * c.neurons;
    step.gradient = gradient.data() + row * c.neurons;
    step.next = row % c.steps + 1 < c.steps ? step.gradient + c.neurons : nullptr;
    backward_row(step, c.neurons);
  }
  expect_close(gradient, c.load(json["dI"]), "dL/dI");
}

TEST(Golden, denoised_lif_forward_and_backward) {
  const Json cases = golden("lif_denoise_golden.json");
  ASSERT_EQ(cases.size(), 36u);
  for (const Json& json : cases) {
    SCOPED_TRACE(json["cfg"].dump() + json["shape"].dump());
    check_case(json);
  }
}

/// The quantiser of a golden case. Its patterns are of adjacent inputs.
WeightQuantizer golden_quantizer(const std::string& mode) {
  WeightQuantizer quantizer;
  quantizer.interleaved = false;
  quantizer.kept = 2;
  quantizer.of = 4;
  if (mode == "24_dn") return quantizer;
  quantizer.intercept = mode != "24_dn0";
  if (mode == "24_dn0") return quantizer;
  if (mode == "24bin_dn") quantizer.levels = WeightLevels::sign;
  if (mode == "sub24_dn" || mode == "sub14_dn") quantizer.levels = WeightLevels::unipolar;
  if (mode == "sub14_dn") quantizer.kept = 1;
  if (quantizer.levels != WeightLevels::uniform) return quantizer;
  quantizer = {};
  if (mode == "bin_dn") quantizer.bits = 1;
  else if (mode == "us90_dn") quantizer.sparsity = 0.9;
  else ADD_FAILURE() << "unknown mode " << mode;
  return quantizer;
}

TEST(Golden, quantised_weights_forward_and_backward) {
  std::set<std::string> modes;
  for (const Json& json : golden("weight_denoise_golden.json")) {
    const std::string mode = json["mode"];
    SCOPED_TRACE(mode);
    modes.insert(mode);
    const std::size_t outputs = json["shape"][0], inputs = json["shape"][1];
    const auto transposed = [&](const Json& values) {
      std::vector<double> out(outputs * inputs);
      for (std::size_t o = 0; o < outputs; ++o)
        for (std::size_t i = 0; i < inputs; ++i) out[i * outputs + o] = values[o * inputs + i];
      return out;
    };
    WeightQuantizer quantizer = golden_quantizer(mode);
    quantizer.lambda = json["lam"];
    const std::vector<double> weights = transposed(json["w"]);
    std::vector<double> quantised, gradient = transposed(json["g"]);
    WeightStatistics statistics;
    quantise_weights(quantizer, weights, outputs, quantised, statistics);
    expect_close(quantised, transposed(json["w_hat"]), "w_hat");
    quantise_weights_backward(quantizer, weights, outputs, statistics, gradient);
    expect_close(gradient, transposed(json["dw"]), "dL/dw");
  }
  EXPECT_EQ(modes.size(), 7u);
}

}  // namespace
}  // namespace volley
