// Two engines, one network, one answer; and folding is exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "layer_networks.hpp"
#include "reference_network.hpp"
#include "sample_networks.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/compare.hpp"
#include "sim/evaluate.hpp"
#include "sim/event_engine.hpp"
#include "sim/fan_out.hpp"
#include "sim/fold.hpp"
#include "weight_cases.hpp"

namespace volley {
namespace {

Population lif(Reset reset, double beta) {
  Population spec;
  spec.reset = reset;
  spec.beta = beta;
  return spec;
}

Projection fixed_delay(int steps) {
  Projection projection;
  projection.delay_steps = steps;
  return projection;
}

Network any_network(std::uint64_t seed) {
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {9});
  const auto pick = [&](int n) {
    return boost::random::uniform_int_distribution<int>(0, n - 1)(engine);
  };
  const Reset resets[] = {Reset::subtract, Reset::zero, Reset::none};
  const double betas[] = {0.0, 0.5, 0.9, 0.97, 1.0};
  const bool extend = seed % 2 == 1;
  const auto spec = [&] {
    Population made = lif(resets[pick(3)], betas[pick(5)]);
    if (!extend) return made;
    const double decays[] = {0.3, 0.8, 0.995, 1.0};
    if (pick(2) == 0) made.synapse_beta = decays[pick(4)];
    if (pick(2) == 0) made.adaptation = 0.1 * (1 + pick(4));
    made.adaptation_beta = decays[pick(4)];
    if (pick(2) == 0) made.refractory_steps = 1 + pick(4);
    if (pick(2) == 0 && made.beta > 0 && made.beta < 1) made.learn_tau = LearnTau::channel;
    return made;
  };
  ChainBuilder chain({2, 9, 8});
  if (pick(2) == 0) add_random_layers(chain, engine, spec());
  if (pick(3) > 0) {
    chain.conv(3 + pick(3), 3, 1 + pick(2), pick(2), spec());
    if (pick(2) == 0)
      chain.pool(pick(2) == 0 ? ProjectionKind::sum_pool : ProjectionKind::max_pool, 2);
    if (pick(2) == 0) chain.conv(4, 2, 1, 1, spec());
    if (pick(2) == 0) chain.flatten();
  }
  const auto delays = [&](int least) {
    Projection projection;
    projection.delay_steps = least;
    if (pick(2) == 0)
      projection.delays = {delay_facts[static_cast<std::size_t>(pick(4))].kind,
                           least + pick(9), false, 0, 1};
    return projection;
  };
  chain.dense(12, spec(), delays(pick(3)));
  const PopulationId hidden = chain.last;
  if (pick(4) == 0) chain.conv(4, 1, 1, 0, spec(), fixed_delay(2));
  if (pick(2) == 0) {
    Projection recurrent = delays(1 + pick(3));
    recurrent.gain = 0.5;
    chain.network.add_projection(hidden, hidden, recurrent);
  }
  if (pick(3) == 0) chain.dense(4, spec(), delays(pick(2)));
  else chain.readout(4, betas[pick(5)], delays(pick(2)));
  Population& readout = chain.network.population(chain.last);
  if (extend && readout.kind == NeuronKind::leaky_integrator) {
    if (pick(2) == 0) readout.synapse_beta = 0.7;
    if (readout.beta > 0 && readout.beta < 1) readout.learn_tau = LearnTau::channel;
  }
  for (std::size_t id = 0; id < chain.network.populations(); ++id)
    chain.network.population(id).quantizer.estimator = Estimator::atan;  // fit for any readout
  return chain.network;
}

/// The same with several levels wherever no maximum pooling follows.
Network any_levels(std::uint64_t seed) {
  Network network = any_network(seed);
  RandomEngine engine = random_stream(seed, StreamPurpose::bench, {10});
  boost::random::uniform_int_distribution<int> any(0, 3);
  const int levels[] = {1, 2, 3, 15};
  for (std::size_t id = 0; id < network.populations(); ++id) {
    Population& population = network.population(id);
    if (population.kind != NeuronKind::lif) continue;
    population.learn_tau = LearnTau::no;  // levels are for neurons of leak, threshold and reset
    population.synapse_beta = population.adaptation = population.refractory_steps = 0;
    SpikeQuantizer& quantizer = network.population(id).quantizer;
    quantizer.estimator = Estimator::straight_through;
    quantizer.levels = levels[any(engine)];
    for (const std::size_t edge : network.outgoing(id))
      if (network.projection(edge).kind == ProjectionKind::max_pool) quantizer.levels = 1;
  }
  return network;
}

TEST(Engines, agree_on_random_networks) {
  std::uint64_t spikes = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const FrozenPlan plan(random_frozen(any_network(seed), seed));
    const auto recordings = random_trains(3, 30, 144, seed % 3 == 0 ? 0.002 : 0.05, seed);
    const Comparison comparison = compare_engines(plan, recordings, {});
    EXPECT_EQ(comparison.differing_spikes, 0u)
        << "seed " << seed << ": " << comparison.first_difference;
    EXPECT_EQ(comparison.differing_predictions, 0u) << seed;
    EXPECT_EQ(comparison.membrane_difference, 0.0) << seed;
    EXPECT_EQ(comparison.recordings, 3u);
    spikes += comparison.spikes;
  }
  EXPECT_GT(spikes, 10000u);
}

TEST(Engines, agree_on_graded_and_still_input) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Network network = any_network(seed);
    bool relayed = false;
    for (const std::size_t id : network.outgoing(network.input()))
      relayed = relayed || network.population(network.target(id)).kind == NeuronKind::relay;
    if (relayed) continue;
    const FrozenPlan plan(random_frozen(network, seed));
    auto recordings = random_trains(2, 20, 144, 0.05, seed);
    for (SpikeTrain& train : recordings) grade(train, seed);
    SpikeTrain still = random_train(1, 144, 0.2, seed);
    grade(still, seed);
    still.steps = 20;
    still.constant = true;
    recordings.push_back(still);
    const Comparison comparison = compare_engines(plan, recordings, {});
    EXPECT_EQ(comparison.differing_spikes, 0u) << seed << ": " << comparison.first_difference;
    EXPECT_EQ(comparison.membrane_difference, 0.0) << seed;
    // Values do matter, and a still image is the same row at every step.
    SpikeTrain spelled_out = still;
    spelled_out.constant = false;
    spelled_out.indices.clear();
    spelled_out.values.clear();
    spelled_out.offsets.assign(1, 0);
    for (std::uint32_t t = 0; t < 20; ++t) {
      spelled_out.indices.insert(spelled_out.indices.end(), still.indices.begin(),
                                 still.indices.end());
      spelled_out.values.insert(spelled_out.values.end(), still.values.begin(),
                                still.values.end());
      spelled_out.offsets.push_back(static_cast<std::uint32_t>(spelled_out.indices.size()));
    }
    EXPECT_EQ(EventEngine(plan).run(still).scores, EventEngine(plan).run(spelled_out).scores);
  }
}

TEST(Engines, graded_input_weighs_the_current) {
  ChainBuilder chain({2, 1, 1});
  chain.readout(1, 0.0);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.weights[0] = {3.0f, 5.0f};
  frozen.bias[1] = {0.0f};
  const FrozenPlan plan(frozen);
  SpikeTrain train;
  train.steps = 1;
  train.inputs = 2;
  train.offsets = {0, 2};
  train.indices = {0, 1};
  train.values = {0.5f, 2.0f};
  EXPECT_FLOAT_EQ(EventEngine(plan).run(train).scores[0], 11.5f);
}

TEST(Engines, graded_input_through_a_relay_is_refused) {
  ChainBuilder chain({2, 4, 4});
  chain.pool(ProjectionKind::sum_pool, 2).dense(3, lif(Reset::subtract, 0.9)).readout(2);
  const FrozenPlan plan(random_frozen(chain.network, 1));
  SpikeTrain train = random_train(4, 32, 0.3, 1);
  EXPECT_NO_THROW(EventEngine(plan).run(train));
  grade(train, 1);
  EXPECT_THROW(EventEngine(plan).run(train), Error);
  EXPECT_THROW(ClockedInference(plan).run(train), Error);
}

TEST(Engines, agree_on_several_levels) {
  std::uint64_t spikes = 0, repeated = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const FrozenPlan plan(random_frozen(any_levels(seed), seed));
    const auto recordings = random_trains(3, 30, 144, seed % 3 == 0 ? 0.01 : 0.1, seed);
    const Comparison comparison = compare_engines(plan, recordings, {});
    EXPECT_EQ(comparison.differing_spikes, 0u)
        << "seed " << seed << ": " << comparison.first_difference;
    EXPECT_EQ(comparison.differing_predictions, 0u) << seed;
    EXPECT_EQ(comparison.membrane_difference, 0.0) << seed;
    spikes += comparison.spikes;
    const SampleTrace trace = EventEngine(plan).run(recordings[0]);
    for (const PopulationTrace& population : trace.populations)
      for (std::uint32_t t = 0; t < population.spikes.steps; ++t) {
        if (population.kind != NeuronKind::lif) break;  // a sum of spikes repeats too
        const auto step = population.spikes.step(t);
        for (std::size_t k = 1; k < step.size(); ++k)
          if (step[k] == step[k - 1]) ++repeated;
      }
  }
  EXPECT_GT(spikes, 10000u);
  EXPECT_GT(repeated, 1000u);
}

TEST(Engines, a_neuron_of_levels_emits_a_spike_for_each_threshold) {
  ChainBuilder chain({1, 1, 1});
  Population spec = lif(Reset::subtract, 0.5);
  spec.threshold = 0.5;
  spec.quantizer.estimator = Estimator::straight_through;
  spec.quantizer.levels = 3;
  chain.dense(1, spec);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.weights[0] = {2.75f};
  frozen.bias[1] = {0.0f};
  SpikeTrain train;
  train.steps = 4;
  train.inputs = 1;
  train.indices = {0};
  train.offsets = {0, 1, 1, 1, 1};
  const FrozenPlan plan(frozen);
  for (const SampleTrace& trace :
       {ClockedInference(plan).run(train), EventEngine(plan).run(train)}) {
    // v = 2.75, then 0.5 (2.75 - 1.5) = 0.625, then 0.5 (0.625 - 0.5): 3, 1, 0 and 0 spikes.
    EXPECT_EQ(trace.populations[1].spikes.indices, (std::vector<std::uint32_t>(4, 0)));
    EXPECT_EQ(trace.populations[1].spikes.offsets, (std::vector<std::uint32_t>{0, 3, 4, 4, 4}));
    EXPECT_FLOAT_EQ(trace.scores[0], 1.0f);  // spikes per step
  }
}

TEST(Engines, comparison_finds_a_difference) {
  const FrozenPlan plan(random_frozen(any_network(1), 1));
  ClockedInference engine(plan);
  SampleTrace first = engine.run(random_train(20, 144, 0.1, 3));
  SampleTrace second = first;
  for (PopulationTrace& population : second.populations) {
    if (population.kind != NeuronKind::lif) continue;
    population.spikes = SpikeTrain{};
    population.spikes.steps = 20;
    population.spikes.offsets.assign(21, 0);
    break;
  }
  first.recording = "recording-7";
  const Comparison comparison = compare_traces(first, second);
  EXPECT_GT(comparison.differing_spikes, 0u);
  EXPECT_NE(comparison.first_difference.find("recording-7, population layer1, neuron"),
            std::string::npos)
      << comparison.first_difference;
}

TEST(Engines, refuse_a_recording_of_another_size) {
  const FrozenPlan plan(random_frozen(any_network(1), 1));
  EXPECT_THROW(ClockedInference(plan).run(random_train(3, 145, 0.1, 1)), Error);
  EXPECT_THROW(EventEngine(plan).run(random_train(3, 143, 0.1, 1)), Error);
}

TEST(Engines, count_synaptic_operations) {
  ChainBuilder chain({4, 1, 1});
  chain.dense(3, lif(Reset::subtract, 0.9)).readout(2);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  for (float& weight : frozen.weights[0]) weight = 100;  // whoever gets a spike fires
  const FrozenPlan plan(frozen);
  SpikeTrain train;
  train.steps = 1;
  train.inputs = 4;
  train.indices = {1, 2};
  train.offsets = {0, 2};
  const SampleTrace trace = EventEngine(plan).run(train);
  EXPECT_EQ(trace.synaptic_operations, 2u * 3u + 3u * 2u);
}

TEST(Engines, operations_are_fan_outs_times_spikes) {
  int networks = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const FrozenPlan plan(random_frozen(any_network(seed), seed));
    const auto& projections = plan.plan().projections;
    if (std::any_of(projections.begin(), projections.end(), [](const PlanProjection& each) {
          return each.spec.kind == ProjectionKind::max_pool || each.delayed();
        })) {
      EXPECT_THROW(fan_outs(plan.plan()), Error);
      continue;
    }
    ++networks;
    const SampleTrace trace = EventEngine(plan).run(random_train(9, 144, 0.05, seed));
    double operations = 0;
    for (const FanOut& each : fan_outs(plan.plan())) {
      const SpikeTrain& spikes = trace.populations[each.population].spikes;
      for (std::size_t t = 0; t + each.delay < trace.steps; ++t)
        for (const std::uint32_t neuron : spikes.step(static_cast<std::uint32_t>(t)))
          operations += each.by_neuron[neuron];
    }
    EXPECT_EQ(operations, static_cast<double>(trace.synaptic_operations)) << seed;
    EXPECT_GT(operations, 0) << seed;
  }
  EXPECT_GT(networks, 30);
}

TEST(Engines, scores_are_read_as_the_network_says) {
  FrozenNetwork frozen =
      random_frozen(ChainBuilder({6, 1, 1}).dense(8).readout(3).network, 3);
  const SpikeTrain train = random_train(11, 6, 0.3, 4);
  for (const ReadoutScore score : {ReadoutScore::mean, ReadoutScore::max, ReadoutScore::last}) {
    frozen.readout = score;
    const FrozenPlan plan(frozen);
    const SampleTrace clocked = ClockedInference(plan).run(train);
    const SampleTrace events = EventEngine(plan).run(train);
    EXPECT_EQ(clocked.scores, events.scores);
    EXPECT_EQ(clocked.predicted, events.predicted);
    const std::vector<float>& v = clocked.populations.back().membrane;
    ASSERT_EQ(v.size(), 33u);
    for (std::size_t c = 0; c < 3; ++c) {
      float sum = 0, top = v[c];
      for (std::size_t t = 0; t < 11; ++t) {
        sum += v[t * 3 + c];
        top = std::max(top, v[t * 3 + c]);
      }
      EXPECT_EQ(clocked.scores[c], score == ReadoutScore::mean  ? sum / 11.0f
                                   : score == ReadoutScore::max ? top
                                                                : v[30 + c]);
    }
    SpikeTrain empty;
    empty.inputs = 6;
    EXPECT_EQ(ClockedInference(plan).run(empty).scores, std::vector<float>(3, 0.0f));
  }
}

TEST(Engines, state_does_not_leak_between_recordings) {
  const FrozenPlan plan(random_frozen(any_network(4), 4));
  const auto trains = random_trains(2, 25, 144, 0.1, 8);
  EventEngine used(plan);
  used.run(trains[0]);
  EXPECT_EQ(compare_traces(used.run(trains[1]), EventEngine(plan).run(trains[1])).differing_spikes,
            0u);
}

/// Training-mode arithmetic with frozen moments against the folded network.
void check_folding(const Network& network) {
  const Plan plan = compile(network);
  Parameters<float> parameters = initial_parameters<float>(plan, 5);
  for (auto& logits : parameters.beta_logit)
    for (std::size_t c = 0; c < logits.size(); ++c) logits[c] += 0.1f * static_cast<float>(c % 7);
  NetworkMoments moments = initial_moments(plan);
  const auto inputs = static_cast<std::uint32_t>(plan.populations[plan.input].neurons);
  const auto samples = random_trains(24, 12, inputs, 0.15, 2);
  std::vector<const SpikeTrain*> batch;
  for (const SpikeTrain& sample : samples) batch.push_back(&sample);
  ClockedEngine<float> engine(plan);
  engine.forward(batch, parameters);
  blend_moments(moments, engine.moments(), 1.0);
  const std::vector<float> logits = engine.forward(batch, parameters, &moments);

  const FrozenPlan frozen(fold(network, 1.0, parameters, moments));
  std::uint64_t spikes = 0, different = 0;
  double difference = 0, size = 0;
  for (std::size_t b = 0; b < samples.size(); ++b) {
    const SampleTrace trace = ClockedInference(frozen).run(samples[b]);
    for (const PlanPopulation& population : plan.populations) {
      if (population.spec.kind != NeuronKind::lif) continue;
      for (std::uint32_t t = 0; t < trace.steps; ++t) {
        const auto mine = trace.populations[population.id].spikes.step(t);
        const auto wanted =
            engine.state(population.id).spikes.row(engine.rows().first[b] + t);
        std::vector<std::uint32_t> only;
        std::set_symmetric_difference(mine.begin(), mine.end(), wanted.begin(), wanted.end(),
                                      std::back_inserter(only));
        spikes += wanted.size();
        different += only.size();
      }
    }
    for (std::size_t c = 0; c < plan.classes(); ++c) {
      const double wanted = static_cast<double>(logits[b * plan.classes() + c]);
      difference += std::pow(static_cast<double>(trace.scores[c]) - wanted, 2);
      size += wanted * wanted;
    }
  }
  EXPECT_GT(spikes, 100u);
  // Only a membrane within rounding of the threshold may differ.
  EXPECT_LE(different, 2u);
  EXPECT_LE(std::sqrt(difference / size), different == 0 ? 1e-5 : 0.05);
}

TEST(Folding, is_exact_for_every_form) {
  for (const AffineForm form : {AffineForm::full, AffineForm::scale})
    for (const SlopeGroup slope : {SlopeGroup::channel, SlopeGroup::mixed, SlopeGroup::tensor})
      for (const int bits : {32, 1})
        for (const Reset reset : {Reset::subtract, Reset::zero}) {
          Population spec = lif(reset, 0.9);
          spec.quantizer.form = form;
          spec.quantizer.slope = slope;
          Projection projection;
          projection.weights.bits = bits;
          check_folding(ChainBuilder({2, 9, 9})
                            .conv(6, 3, 1, 1, spec, projection)
                            .pool(ProjectionKind::sum_pool, 2)
                            .conv(8, 3, 2, 1, spec, projection)
                            .pool(ProjectionKind::max_pool, 2)
                            .flatten()
                            .dense(16, spec, projection)
                            .readout(4)
                            .network);
        }
}

TEST(Folding, is_exact_for_every_weight_quantizer) {
  for (const WeightCase& each : weight_cases()) {
    SCOPED_TRACE(each.name);
    Projection projection;
    projection.weights = each.quantizer;
    Projection recurrent = projection;
    recurrent.delay_steps = 1;
    recurrent.gain = 0.5;
    ChainBuilder chain({2, 9, 9});
    chain.conv(6, 3, 1, 1, lif(Reset::subtract, 0.9), projection).flatten();
    chain.dense(16, lif(Reset::zero, 0.9), projection);
    chain.network.add_projection(chain.last, chain.last, recurrent);
    check_folding(chain.readout(4).network);
  }
}

TEST(Folding, is_exact_for_every_variant) {
  for (const AffineForm form : {AffineForm::full, AffineForm::centre, AffineForm::scale})
    for (const RegressionTarget target :
         {RegressionTarget::membrane, RegressionTarget::standardised})
      for (const WindowMode window : {WindowMode::thresholds, WindowMode::deviation})
        for (const int levels : {1, 2, 15}) {
          Population spec = lif(levels == 2 ? Reset::zero : Reset::subtract, 0.9);
          spec.normalise = target == RegressionTarget::membrane;
          spec.quantizer.form = form;
          spec.quantizer.target = target;
          spec.quantizer.window_mode = window;
          spec.quantizer.levels = levels;
          spec.quantizer.slope = form == AffineForm::centre ? SlopeGroup::mixed
                                                            : SlopeGroup::channel;
          Projection projection;
          projection.gain = spec.normalise ? 1 : 3;
          projection.bias = !spec.normalise;
          check_folding(ChainBuilder({2, 9, 9})
                            .conv(6, 3, 1, 1, spec, projection)
                            .pool(ProjectionKind::sum_pool, 2)
                            .conv(8, 3, 2, 1, spec, projection)
                            .flatten()
                            .dense(16, spec, projection)
                            .readout(4)
                            .network);
        }
}

TEST(Folding, leaves_recurrent_projections_raw) {
  ChainBuilder chain({20, 1, 1});
  chain.dense(24, lif(Reset::subtract, 0.9));
  Projection recurrent;
  recurrent.delay_steps = 1;
  recurrent.bias = true;
  chain.network.add_projection(chain.last, chain.last, recurrent);
  chain.readout(3);
  check_folding(chain.network);
}

TEST(Folding, is_exact_for_extended_neurons) {
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
    for (int part = 0; part < 5; ++part) {
      Population spec = lif(reset, 0.8);
      if (part == 0 || part == 4) spec.learn_tau = LearnTau::channel;
      if (part == 1 || part == 4) spec.synapse_beta = 0.6;
      if (part == 2 || part == 4) spec.adaptation = 0.3;
      if (part == 3 || part == 4) spec.refractory_steps = 2;
      Projection recurrent;
      recurrent.delay_steps = 1;
      ChainBuilder chain({2, 9, 9});
      chain.conv(6, 3, 1, 1, spec).pool(ProjectionKind::sum_pool, 2).flatten().dense(16, spec);
      chain.network.add_projection(chain.last, chain.last, recurrent);
      chain.readout(4);
      if (part == 4) {
        chain.network.population(chain.last).learn_tau = LearnTau::population;
        chain.network.population(chain.last).synapse_beta = 0.5;
      }
      check_folding(chain.network);
    }
}

TEST(Folding, is_exact_for_every_layer) {
  for (const auto& [name, network] : layer_networks()) {
    SCOPED_TRACE(name);
    check_folding(network);
  }
}

TEST(Folding, keeps_delays) {
  for (const AffineForm form : {AffineForm::full, AffineForm::scale})
    for (const DelayFacts& delay : delay_facts) {
      Population spec = lif(Reset::subtract, 0.9);
      spec.quantizer.form = form;
      Projection projection;
      projection.delay_steps = 1;
      projection.delays = {delay.kind, 4, true, 0, 1};
      ChainBuilder chain({2, 9, 9});
      chain.conv(6, 3, 1, 1, spec, fixed_delay(3))
          .pool(ProjectionKind::sum_pool, 2)
          .flatten()
          .dense(16, spec, projection);
      chain.network.add_projection(chain.last, chain.last, projection);
      check_folding(chain.readout(4).network);
    }
}

TEST(Engines, a_spike_acts_after_its_delay) {
  ChainBuilder chain({2, 1, 1});
  Population spec = lif(Reset::subtract, 0.0);
  Projection projection;
  projection.delays = {DelayKind::synapse, 3, false, 0, 1};
  chain.dense(2, spec, projection).readout(1);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.bias[1] = {0, 0};
  frozen.weights[0] = {2, 2, 2, 2};
  frozen.delays[0] = {0, 2, 3, 1};
  SpikeTrain train;
  train.steps = 5;
  train.inputs = 2;
  train.indices = {0, 1};
  train.offsets = {0, 1, 2, 2, 2, 2};  // input 0 at step 0, input 1 at step 1
  const FrozenPlan plan(frozen);
  const SampleTrace trace = EventEngine(plan).run(train);
  EXPECT_EQ(compare_traces(ClockedInference(plan).run(train), trace).differing_spikes, 0u);
  const SpikeTrain& spikes = trace.populations[1].spikes;
  EXPECT_EQ(spikes.indices, (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_EQ(spikes.offsets, (std::vector<std::uint32_t>{0, 1, 1, 2, 2, 3}));
  EXPECT_EQ(trace.synaptic_operations, 4u + 3u);
}

TEST(Engines, refuse_delays_that_do_not_fit) {
  ChainBuilder chain({2, 1, 1});
  Projection projection;
  projection.delays = {DelayKind::source, 3, false, 0, 1};
  chain.dense(2, lif(Reset::subtract, 0.9), projection).readout(1);
  FrozenNetwork frozen = random_frozen(chain.network, 1);
  frozen.delays[0][1] = 4;
  EXPECT_THROW(FrozenPlan{frozen}, Error);
  frozen.delays[0].pop_back();
  EXPECT_THROW(FrozenPlan{frozen}, Error);
  frozen.delays.clear();
  EXPECT_THROW(FrozenPlan{frozen}, Error);
}

TEST(Plan, delays_it_cannot_run_are_refused) {
  ChainBuilder pooled({2, 4, 4});
  pooled.conv(3, 3, 1, 1).pool(ProjectionKind::sum_pool, 2).readout(2);
  pooled.network.projection(1).delay_steps = 1;
  EXPECT_THROW(compile(pooled.network), Error);
  ChainBuilder cycle({3, 1, 1});
  cycle.dense(4);
  const PopulationId first = cycle.last;
  cycle.dense(4);
  Projection back;
  back.delay_steps = 1;
  cycle.network.add_projection(cycle.last, first, back);
  try {
    compile(cycle.readout(2).network);
    FAIL() << "a cycle through two populations";
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("layer1, layer2, layer3"), std::string::npos)
        << error.problem();
  }
}

TEST(Plan, a_delayed_source_still_runs_first) {
  Network network;
  Population input, late, early;
  input.name = "input";
  input.kind = NeuronKind::input;
  late.name = "late";
  late.kind = NeuronKind::leaky_integrator;
  early.name = "early";
  input.shape = late.shape = early.shape = {2, 1, 1};
  network.add_population(input);
  network.add_population(late);
  network.add_population(early);
  network.add_projection(0, 2, {});
  network.add_projection(2, 1, fixed_delay(1));
  EXPECT_EQ(compile(network).order, (std::vector<std::size_t>{0, 2, 1}));
}

TEST(Evaluation, balanced_accuracy_is_the_mean_over_classes) {
  Evaluation evaluation;
  evaluation.confusion = {{9, 1, 0}, {5, 5, 0}, {0, 0, 0}};
  EXPECT_DOUBLE_EQ(evaluation.balanced_accuracy(), 0.7);
}

}  // namespace
}  // namespace volley
