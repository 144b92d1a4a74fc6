// Folding is exact: a network as it is trained, and what is made of it for inference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "layer_networks.hpp"
#include "random_networks.hpp"
#include "sample_networks.hpp"
#include "sim/clocked_engine.hpp"
#include "sim/clocked_inference.hpp"
#include "sim/fold.hpp"
#include "weight_cases.hpp"

namespace volley {
namespace {

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
          Population spec = leaky(reset, 0.9);
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
    chain.conv(6, 3, 1, 1, leaky(Reset::subtract, 0.9), projection).flatten();
    chain.dense(16, leaky(Reset::zero, 0.9), projection);
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
          Population spec = leaky(levels == 2 ? Reset::zero : Reset::subtract, 0.9);
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
  chain.dense(24, leaky(Reset::subtract, 0.9));
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
      Population spec = leaky(reset, 0.8);
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

TEST(Folding, is_exact_for_extended_neurons_of_every_transform) {
  for (const Reset reset : {Reset::subtract, Reset::zero, Reset::none})
    for (const RegressionTarget target :
         {RegressionTarget::membrane, RegressionTarget::standardised})
      for (const int levels : {1, 3}) {
        Population spec = leaky(reset, 0.8);
        spec.normalise = target == RegressionTarget::membrane;
        spec.learn_tau = LearnTau::channel;
        spec.synapse_beta = 0.4;
        spec.adaptation = 0.2;
        spec.refractory_steps = 1;
        spec.quantizer.target = target;
        spec.quantizer.window_mode = WindowMode::deviation;
        spec.quantizer.levels = levels;
        Projection projection;
        projection.gain = spec.normalise ? 2 : 4;
        projection.bias = !spec.normalise;
        check_folding(ChainBuilder({2, 9, 9})
                          .conv(6, 3, 1, 1, spec, projection)
                          .pool(ProjectionKind::sum_pool, 2)
                          .flatten()
                          .dense(16, spec, projection)
                          .readout(4)
                          .network);
      }
}

TEST(Folding, is_exact_for_normalisation_by_steps) {
  for (const int steps : {2, 5, 100})
    for (const bool extended : {false, true}) {
      Population spec = leaky(Reset::subtract, 0.8);
      spec.normalise_steps = steps;
      if (extended) spec.synapse_beta = 0.5;
      if (extended) spec.adaptation = 0.2;
      Projection recurrent;
      recurrent.delay_steps = 1;
      recurrent.bias = true;
      ChainBuilder chain({2, 9, 9});
      chain.conv(6, 3, 1, 1, spec).pool(ProjectionKind::sum_pool, 2).flatten().dense(16, spec);
      chain.network.add_projection(chain.last, chain.last, recurrent);
      chain.readout(4);
      chain.network.population(chain.last).normalise = true;
      chain.network.population(chain.last).normalise_steps = steps;
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
      Population spec = leaky(Reset::subtract, 0.9);
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

}  // namespace
}  // namespace volley
