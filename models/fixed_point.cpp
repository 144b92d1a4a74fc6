#include "models/fixed_point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace volley {

namespace {

constexpr int decay_bits = 30;
constexpr double largest_current = 0x1p30;

std::int32_t fixed(double value, int fraction) {
  return static_cast<std::int32_t>(std::llround(std::ldexp(value, fraction)));
}

std::vector<std::int32_t> fixed(const std::vector<float>& values, int fraction) {
  std::vector<std::int32_t> result;
  for (const float value : values) result.push_back(fixed(static_cast<double>(value), fraction));
  return result;
}

/// The largest current of a column in one step, whichever inputs spike, by column.
std::vector<double> largest_by_column(const StepLink& link, double most_spikes) {
  std::vector<double> largest(link.columns, 0.0);
  for (std::size_t at = 0; at < link.weights.size(); ++at) {
    const std::size_t c = at % link.columns;
    largest[c] += most_spikes *
                  (link.codes.empty() ? std::abs(static_cast<double>(link.weights[at]))
                                      : std::abs(static_cast<double>(link.scale[c])) *
                                                link.codes[at] +
                                            std::abs(static_cast<double>(link.offset[c])));
  }
  return largest;
}

FixedPopulation fixed_population(const StepNetwork& network, const StepPopulation& population) {
  std::vector<double> largest(population.channels, 0.0);
  for (std::size_t n = 0; n < population.bias.size(); ++n) {
    double& own = largest[n % population.channels];
    own = std::max(own, std::abs(static_cast<double>(population.bias[n])));
  }
  for (const auto* ids : {&population.feed_forward, &population.recurrent})
    for (const std::size_t id : *ids) {
      const StepLink& link = network.links[id];
      const auto columns = largest_by_column(
          link, static_cast<double>(network.populations[link.source].most_spikes));
      for (std::size_t c = 0; c < columns.size(); ++c)
        largest[c % largest.size()] = std::max(largest[c % largest.size()], 0.0) + columns[c];
    }
  const Population& spec = population.spec;
  double bound = *std::max_element(largest.begin(), largest.end());
  if (spec.kind == NeuronKind::lif)
    bound = std::max(bound, spec.threshold * spec.quantizer.levels);
  bound += std::abs(spec.adaptation) * spec.quantizer.levels;
  FixedPopulation own;
  if (!std::isfinite(bound)) throw Error("has weights that are no numbers", spec.name);
  own.fraction = std::clamp(
      static_cast<int>(std::floor(std::log2(largest_current / std::max(bound, 1e-9)))) - 1, -30,
      decay_bits);
  own.threshold = fixed(static_cast<double>(static_cast<float>(spec.threshold)), own.fraction);
  if (spec.kind == NeuronKind::lif && own.threshold < 128)
    throw Error(fmt::format("all its inputs together bring {:.3g} times its threshold: 32 bits "
                            "leave the threshold under 8",
                            bound / spec.threshold),
                spec.name, "export it without --integer");
  own.adaptation = fixed(static_cast<double>(static_cast<float>(spec.adaptation)), own.fraction);
  own.bias = fixed(population.bias, own.fraction);
  own.beta = fixed(population.beta, decay_bits);
  own.synapse_beta = fixed(static_cast<double>(static_cast<float>(spec.synapse_beta)), decay_bits);
  own.adaptation_beta =
      fixed(static_cast<double>(static_cast<float>(spec.adaptation_beta)), decay_bits);
  return own;
}

FixedLink fixed_link(const StepLink& link, int fraction) {
  FixedLink own;
  if (link.codes.empty()) {
    own.weights = fixed(link.weights, fraction);
    return own;
  }
  double largest = 0;
  for (const auto* values : {&link.scale, &link.offset})
    for (const float value : *values) largest = std::max(largest, std::abs(double{value}));
  // More bits than the target has, so that a product is rounded once.
  int bits = fraction;
  while (bits < fraction + 20 && std::ldexp(largest, bits + 1) < 0x1p30) ++bits;
  own.shift = bits - fraction;
  own.scale = fixed(link.scale, bits);
  own.offset = fixed(link.offset, bits);
  return own;
}

}  // namespace

FixedNetwork fixed_point(const StepNetwork& network) {
  FixedNetwork fixed;
  for (const StepPopulation& population : network.populations) {
    const bool none = population.bias.empty();
    fixed.populations.push_back(none ? FixedPopulation{} : fixed_population(network, population));
  }
  for (const StepLink& link : network.links)
    fixed.links.push_back(fixed_link(link, fixed.populations[link.target].fraction));
  return fixed;
}

}  // namespace volley
