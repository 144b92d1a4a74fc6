#include "layer_networks.hpp"

namespace volley {

namespace {

Projection of_kind(ProjectionKind kind, double gain = 1.0) {
  Projection projection;
  projection.kind = kind;
  projection.gain = gain;
  return projection;
}

Projection kernel(ProjectionKind kind, int height, int width) {
  Projection projection = of_kind(kind);
  projection.kernel_height = height;
  projection.kernel_width = width;
  if (projection.pools()) projection.stride = {height, width};
  return projection;
}

/// A kernel that keeps height and width.
Projection same_kernel(int side, int dilation = 1, int groups = 1) {
  Projection projection = kernel(ProjectionKind::conv2d, side, side);
  projection.dilation = dilation;
  projection.padding = side / 2 * dilation;
  projection.groups = groups;
  return projection;
}

Population neuron(Estimator estimator = Estimator::denoise, bool normalise = true) {
  Population spec;
  spec.beta = 0.8;
  spec.shift = 0.2;
  spec.normalise = normalise;
  spec.quantizer.estimator = estimator;
  spec.quantizer.lambda = 0.01;
  return spec;
}

Population scale_form() {
  Population spec = neuron();
  spec.quantizer.form = AffineForm::scale;
  return spec;
}

/// Populations joined to any others.
struct GraphBuilder {
  Network network;
  PopulationId input;

  explicit GraphBuilder(Shape shape) {
    Population population;
    population.name = "input";
    population.kind = NeuronKind::input;
    population.shape = shape;
    input = network.add_population(population);
  }
  PopulationId add(PopulationId from, Population spec, Shape wanted, const Projection& projection) {
    spec.name = "p" + std::to_string(network.populations());
    spec.shape = projected_shape(projection, network.population(from).shape, wanted, spec.name);
    const PopulationId id = network.add_population(spec);
    network.add_projection(from, id, projection);
    return id;
  }
  PopulationId conv(PopulationId from, int channels, const Projection& projection,
                    const Population& spec = neuron()) {
    return add(from, spec, {channels, 1, 1}, projection);
  }
  PopulationId dense(PopulationId from, int neurons, const Population& spec = neuron(),
                     const Projection& projection = {}) {
    return add(from, spec, {neurons, 1, 1}, projection);
  }
  PopulationId relay(PopulationId from, const Projection& projection) {
    Population spec;
    spec.kind = NeuronKind::relay;
    return add(from, spec, {}, projection);
  }
  PopulationId concat(const std::vector<PopulationId>& sources) {
    Population spec;
    spec.kind = NeuronKind::relay;
    spec.name = "p" + std::to_string(network.populations());
    spec.shape = network.population(sources.front()).shape;
    spec.shape.channels = 0;
    for (const PopulationId source : sources)
      spec.shape.channels += network.population(source).shape.channels;
    const PopulationId id = network.add_population(spec);
    for (const PopulationId source : sources)
      network.add_projection(source, id, of_kind(ProjectionKind::concat));
    return id;
  }
  Network readout(PopulationId from) {
    Population spec;
    spec.kind = NeuronKind::leaky_integrator;
    spec.normalise = false;
    spec.beta = 0.8;
    Projection projection;
    projection.bias = true;
    add(from, spec, {3, 1, 1}, projection);
    return network;
  }
};

using Named = std::vector<std::pair<std::string, Network>>;

void add_kernels(Named& all) {
  {
    GraphBuilder graph({2, 7, 6});
    Projection second = kernel(ProjectionKind::conv2d, 2, 3);
    second.stride = {2, 1};
    second.padding = {1, 0};
    second.dilation = {2, 1};
    auto last = graph.conv(graph.input, 3, same_kernel(3, 2));
    last = graph.conv(last, 4, second);
    all.emplace_back("dilated", graph.readout(last));
  }
  for (const int bits : {32, 1}) {
    Population spec = neuron();
    if (bits == 1) spec.quantizer.slope = SlopeGroup::mixed;
    GraphBuilder graph({2, 6, 5});
    Projection first = same_kernel(3, 1, 2), second = kernel(ProjectionKind::conv2d, 2, 2);
    Projection third = same_kernel(3, 2, 6);
    second.groups = 2;
    second.stride = {1, 2};
    for (Projection* one : {&first, &second, &third}) one->weights.bits = bits;
    auto last = graph.conv(graph.input, 4, first, spec);
    last = graph.conv(last, 6, second, spec);
    last = graph.conv(last, 12, third, spec);
    all.emplace_back(bits == 1 ? "grouped_one_bit" : "grouped", graph.readout(last));
  }
  {
    GraphBuilder graph({3, 1, 12});
    Projection line = kernel(ProjectionKind::conv2d, 1, 3);
    line.stride = {1, 2};
    line.padding = {0, 1};
    line.bias = true;
    line.gain = 5;
    all.emplace_back("line", graph.readout(graph.conv(graph.input, 5, line,
                                                      neuron(Estimator::denoise, false))));
  }
}

void add_pooling(Named& all) {
  const auto pooled = [](ProjectionKind kind, const Population& spec) {
    GraphBuilder graph({2, 6, 6});
    auto last = graph.relay(graph.input, kernel(kind, 1, 2));
    last = graph.conv(last, 3, same_kernel(3), spec);
    Projection window = kernel(kind, 3, 2);
    window.stride = {1, 2};
    last = graph.relay(last, window);
    last = graph.conv(last, 4, same_kernel(3, 1, 1), spec);
    last = graph.relay(last, kernel(kind, 2, 1));
    last = graph.relay(last, of_kind(ProjectionKind::flatten));
    return graph.readout(graph.dense(last, 6, spec));
  };
  all.emplace_back("average_pool", pooled(ProjectionKind::average_pool, neuron()));
  all.emplace_back("average_pool_atan",
                   pooled(ProjectionKind::average_pool, neuron(Estimator::atan)));
  all.emplace_back("rectangular_sum_pool", pooled(ProjectionKind::sum_pool, neuron()));
  all.emplace_back("rectangular_max_pool", pooled(ProjectionKind::max_pool, scale_form()));
}

void add_one_to_one(Named& all) {
  Projection own = of_kind(ProjectionKind::one_to_one, 2.0);
  own.bias = true;
  {
    GraphBuilder graph({2, 4, 3});
    auto last = graph.conv(graph.input, 3, same_kernel(3));
    last = graph.conv(last, 3, own);
    last = graph.dense(last, 7);
    last = graph.dense(last, 7, neuron(Estimator::denoise, false), own);
    all.emplace_back("one_to_one", graph.readout(last));
  }
  for (const bool map : {true, false}) {
    GraphBuilder graph({2, 4, 3});
    const auto last = map ? graph.conv(graph.input, 3, same_kernel(3))
                          : graph.dense(graph.input, 8, neuron(Estimator::atan));
    Projection back = own;
    back.delay_steps = 1;
    graph.network.add_projection(last, last, back);
    back.delay_steps = 2;
    back.bias = false;
    graph.network.add_projection(last, last, back);
    Projection fixed = of_kind(ProjectionKind::identity, -0.3);
    fixed.delay_steps = 1;
    graph.network.add_projection(last, last, fixed);
    all.emplace_back(map ? "one_to_one_recurrent_map" : "one_to_one_recurrent_flat",
                     graph.readout(last));
  }
  for (const bool normalise : {true, false}) {
    const Population spec = neuron(Estimator::denoise, normalise);
    GraphBuilder graph({2, 6, 5});
    Projection strong = same_kernel(3);
    strong.gain = normalise ? 1 : 5;
    const auto first = graph.conv(graph.input, 3, strong, spec);
    const auto second = graph.conv(first, 3, strong, spec);
    graph.network.add_projection(first, second, of_kind(ProjectionKind::identity, 0.7));
    const auto third = graph.conv(second, 3, strong, neuron(Estimator::atan, normalise));
    graph.network.add_projection(second, third, of_kind(ProjectionKind::identity));
    graph.network.add_projection(first, third, of_kind(ProjectionKind::identity, -0.4));
    const auto pool = graph.relay(third, kernel(ProjectionKind::average_pool, 2, 2));
    const auto last = graph.conv(pool, 3, same_kernel(1), spec);
    graph.network.add_projection(pool, last, of_kind(ProjectionKind::identity, 1.5));
    all.emplace_back(normalise ? "residual" : "residual_plain", graph.readout(last));
  }
}

void add_concat(Named& all) {
  GraphBuilder graph({2, 6, 4});
  const auto first = graph.conv(graph.input, 3, same_kernel(3));
  const auto second = graph.conv(first, 2, same_kernel(3), neuron(Estimator::atan));
  const auto all_maps = graph.concat({second, graph.input, first});
  const auto third = graph.conv(all_maps, 4, same_kernel(3));
  const auto grouped = graph.conv(graph.concat({third, second}), 3, same_kernel(3, 2, 3));
  const auto pooled = graph.concat({
      graph.relay(grouped, kernel(ProjectionKind::sum_pool, 2, 2)),
      graph.relay(first, kernel(ProjectionKind::average_pool, 2, 2)),
      graph.relay(third, kernel(ProjectionKind::max_pool, 2, 2)),
  });
  const auto fourth = graph.dense(pooled, 5, scale_form());
  const auto flat = graph.relay(pooled, of_kind(ProjectionKind::flatten));
  const auto last = graph.dense(graph.concat({flat, fourth}), 6);
  all.emplace_back("concat", graph.readout(last));
}

void add_dropout(Named& all) {
  const auto dropped = [](Population spec) {
    spec.dropout = 0.3;
    GraphBuilder graph({2, 5, 4});
    auto last = graph.conv(graph.input, 3, same_kernel(3), spec);
    const auto first = last;
    last = graph.relay(last, kernel(ProjectionKind::max_pool, 2, 2));
    last = graph.conv(last, 4, same_kernel(3), spec);
    last = graph.dense(last, 9, spec);
    Projection back;
    back.delay_steps = 1;
    graph.network.add_projection(last, last, back);
    const auto beside = graph.dense(first, 6, spec);
    return graph.readout(graph.concat({last, beside}));
  };
  for (const auto& [slope, name] : {std::pair{SlopeGroup::channel, "channel"},
                                    std::pair{SlopeGroup::mixed, "mixed"},
                                    std::pair{SlopeGroup::tensor, "tensor"}}) {
    Population spec = neuron();
    spec.quantizer.slope = slope;
    all.emplace_back(std::string("dropout_") + name, dropped(spec));
  }
  all.emplace_back("dropout_scale", dropped(scale_form()));
  all.emplace_back("dropout_atan", dropped(neuron(Estimator::atan)));
}

void add_weight_norm(Named& all) {
  for (const int bits : {32, 1}) {
    Population spec = neuron(Estimator::denoise, false);
    if (bits == 1) spec.quantizer.slope = SlopeGroup::mixed;
    Projection dense, conv = same_kernel(3, 1, 2), back;
    back.delay_steps = 1;
    back.gain = 0.5;
    for (Projection* one : {&dense, &conv, &back}) {
      one->weight_norm = true;
      one->weights.bits = bits;
      one->gain *= 3;
    }
    GraphBuilder graph({2, 5, 4});
    auto last = graph.conv(graph.input, 4, conv, spec);
    last = graph.dense(last, 8, spec, dense);
    graph.network.add_projection(last, last, back);
    last = graph.dense(last, 6, neuron(), dense);
    all.emplace_back(bits == 1 ? "weight_norm_one_bit" : "weight_norm", graph.readout(last));
  }
}

}  // namespace

Named layer_networks() {
  Named all;
  add_kernels(all);
  add_pooling(all);
  add_one_to_one(all);
  add_concat(all);
  add_dropout(all);
  add_weight_norm(all);
  return all;
}

void add_random_layers(ChainBuilder& chain, RandomEngine& engine, const Population& spec) {
  const auto pick = [&](int n) {
    return boost::random::uniform_int_distribution<int>(0, n - 1)(engine);
  };
  GraphBuilder graph(chain.network.population(chain.last).shape);
  graph.network = chain.network;
  const int groups = 1 + pick(2);
  const auto first = graph.conv(chain.last, 2 * groups, same_kernel(3, 1 + pick(2), groups), spec);
  const auto second = graph.conv(first, 2 * groups, same_kernel(1 + 2 * pick(2), 1, 2 * groups),
                                 spec);
  graph.network.add_projection(first, second, of_kind(ProjectionKind::identity));
  auto last = second;
  if (pick(2) == 0) last = graph.conv(second, 2 * groups, of_kind(ProjectionKind::one_to_one), spec);
  if (pick(2) == 0) {
    Projection back = of_kind(ProjectionKind::one_to_one);
    back.delay_steps = 1 + pick(3);
    graph.network.add_projection(last, last, back);
  }
  if (pick(2) == 0) last = graph.concat({last, first, chain.last});
  if (pick(2) == 0) {
    Projection window = kernel(ProjectionKind::average_pool, 1, 2);
    window.stride = 1;
    last = graph.conv(graph.relay(last, window), 3, kernel(ProjectionKind::conv2d, 2, 1), spec);
  }
  chain.network = graph.network;
  chain.last = last;
}

}  // namespace volley
