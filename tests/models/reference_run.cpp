#include "reference_run.hpp"

#include <cmath>

namespace volley::test {

namespace {

std::size_t index(const Shape& shape, int c, int y, int x) {
  return static_cast<std::size_t>((y * shape.width + x) * shape.channels + c);
}

struct Run {
  const FrozenNetwork& frozen;
  const Network& network = frozen.network;

  void project(std::size_t id, const std::vector<float>& spikes, std::vector<float>& current) {
    const Projection& projection = network.projection(id);
    const Shape& from = network.population(network.source(id)).shape;
    const Shape& to = network.population(network.target(id)).shape;
    const std::vector<float>& weights = frozen.weights[id];
    if (projection.kind == ProjectionKind::one_to_one ||
        projection.kind == ProjectionKind::identity) {
      for (std::size_t i = 0; i < spikes.size(); ++i)
        current[i] += spikes[i] * weights[i % weights.size()];
      return;
    }
    if (projection.kind == ProjectionKind::flatten) {
      for (std::size_t i = 0; i < spikes.size(); ++i) current[i] += spikes[i];
      return;
    }
    if (projection.kind == ProjectionKind::dense) {
      for (std::size_t i = 0; i < spikes.size(); ++i)
        for (std::size_t j = 0; j < current.size(); ++j)
          current[j] += spikes[i] * weights[i * current.size() + j];
      return;
    }
    const bool conv = projection.kind == ProjectionKind::conv2d;
    const int groups = conv ? projection.groups : 1;
    const int part = from.channels / groups, made = to.channels / groups;
    for (int y = 0; y < to.height; ++y)
      for (int x = 0; x < to.width; ++x)
        for (int ky = 0; ky < projection.kernel_height; ++ky)
          for (int kx = 0; kx < projection.kernel_width; ++kx) {
            const int sy = y * projection.stride.height + ky * projection.dilation.height -
                           (conv ? projection.padding.height : 0);
            const int sx = x * projection.stride.width + kx * projection.dilation.width -
                           (conv ? projection.padding.width : 0);
            if (sy < 0 || sx < 0 || sy >= from.height || sx >= from.width) continue;
            for (int c = 0; c < from.channels; ++c) {
              const float spike = spikes[index(from, c, sy, sx)];
              const int row =
                  (c % part * projection.kernel_height + ky) * projection.kernel_width + kx;
              const int first = conv ? c / part * made : c;
              for (int o = first; o < (conv ? first + made : c + 1); ++o)
                current[index(to, o, y, x)] +=
                    spike *
                    (conv ? weights[static_cast<std::size_t>(row * to.channels + o)] : 1.0F);
            }
          }
  }
};

}  // namespace

Steps reference_run(const FrozenNetwork& frozen, const Steps& input) {
  Run run{frozen};
  const Network& network = frozen.network;
  const std::size_t populations = network.populations();
  std::vector<Steps> sent(populations, Steps(input.size()));
  Steps membrane(populations), readout;
  for (PopulationId id = 0; id < populations; ++id)
    membrane[id].assign(network.population(id).shape.size(), 0.0F);
  for (std::size_t step = 0; step < input.size(); ++step)
    for (const PopulationId id : network.order()) {
      const Population& population = network.population(id);
      std::vector<float> current(population.shape.size(), 0.0F);
      for (const std::size_t edge : network.incoming(id)) {
        const auto delay = static_cast<std::size_t>(network.projection(edge).delay_steps);
        if (delay <= step) run.project(edge, sent[network.source(edge)][step - delay], current);
      }
      if (population.kind == NeuronKind::input) current = input[step];
      const auto threshold = static_cast<float>(population.threshold);
      const std::vector<float> betas = frozen.channel_beta(id);
      const bool spikes = population.kind == NeuronKind::lif;
      for (std::size_t i = 0; i < current.size(); ++i) {
        if (!spikes && population.kind != NeuronKind::leaky_integrator) continue;
        float& v = membrane[id][i];
        if (spikes && v >= threshold && population.reset == Reset::zero) v = 0.0F;
        if (spikes && v >= threshold && population.reset == Reset::subtract) v -= threshold;
        v = betas[i % betas.size()] * v + (current[i] + frozen.bias[id][i]);
        current[i] = spikes ? (v >= threshold ? 1.0F : 0.0F) : v;
      }
      if (id == network.readout()) readout.push_back(current);
      sent[id][step] = std::move(current);
    }
  return readout;
}

FrozenNetwork random_frozen(RandomEngine& random, Network network) {
  boost::random::uniform_real_distribution<float> real(-1.0F, 1.0F);
  FrozenNetwork frozen;
  frozen.dt_ms = 2.5;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const Shape& source = network.population(network.source(id)).shape;
    const Shape& target = network.population(network.target(id)).shape;
    const std::size_t rows = fan_in(network.projection(id), source);
    std::vector<float> weights(rows * weight_columns(network.projection(id), target));
    for (float& weight : weights)
      weight = 2.0F * real(random) / std::sqrt(static_cast<float>(rows));
    frozen.weights.push_back(std::move(weights));
  }
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    std::vector<float> bias;
    if (population.kind == NeuronKind::lif || population.kind == NeuronKind::leaky_integrator) {
      const auto channels = static_cast<std::size_t>(population.shape.channels);
      for (std::size_t i = 0; i < population.shape.size(); ++i)
        bias.push_back(i < channels ? 0.2F * real(random) : bias[i % channels]);
    }
    frozen.bias.push_back(std::move(bias));
    frozen.beta.emplace_back();
    if (population.learn_tau != LearnTau::no)
      for (int c = 0; c < population.shape.channels; ++c)
        frozen.beta.back().push_back(0.5F + 0.45F * real(random));
  }
  frozen.network = std::move(network);
  return frozen;
}

Steps random_spikes(RandomEngine& random, std::size_t steps, std::size_t neurons) {
  Steps spikes(steps, std::vector<float>(neurons));
  for (auto& step : spikes)
    for (float& spike : step) spike = random() % 3 == 0 ? 1.0F : 0.0F;
  return spikes;
}

}  // namespace volley::test
