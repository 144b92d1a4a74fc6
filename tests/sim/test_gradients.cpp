// Every backward formula against central finite differences in double, the quantisation noise held
// fixed, tensor by tensor; and the forward pass against its plain-loop twin.
#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

#include "layer_networks.hpp"
#include "reference_network.hpp"
#include "sample_networks.hpp"
#include "weight_cases.hpp"
#include "sim/budgets.hpp"
#include "sim/clocked_engine.hpp"

namespace volley {
namespace {

struct GradientCase {
  std::string name;
  Network network;
  TrainingOptions training = {};
};
void PrintTo(const GradientCase& each, std::ostream* out) { *out << each.name; }

void check_gradients(const Network& network, const TrainingOptions& training = {},
                     bool graded = false) {
  const Plan plan = compile(network);
  Parameters<double> parameters = initial_parameters<double>(plan, 11);
  const auto inputs = static_cast<std::uint32_t>(plan.populations[plan.input].neurons);
  std::vector<SpikeTrain> samples = random_trains(4, 5, inputs, 0.3, 5);
  if (graded)
    for (std::size_t b = 1; b < samples.size(); ++b) grade(samples[b], b);  // one stays binary
  std::vector<int> labels;
  for (std::size_t b = 0; b < samples.size(); ++b)
    labels.push_back(static_cast<int>(b % plan.classes()));
  LossOptions loss;
  loss.kind = training.loss;
  loss.label_smoothing = training.loss == LossKind::mse ? 0.0 : 0.1;
  loss.logit_scale = 3;
  loss.target_correct = training.count_correct;
  loss.target_wrong = training.count_wrong;

  QuantisationNoise noise;
  const DropoutStream dropout{5, 3};
  noise.moment = {3, 17, 0.3, true};
  const ReferenceResult reference =
      run_reference(plan, parameters, samples, labels, loss, noise, false, training, dropout);
  ClockedEngine<double> engine(plan);
  engine.set_moment(noise.moment);
  engine.set_readout(training.readout);
  engine.set_truncation(static_cast<std::size_t>(training.truncate_steps));
  std::vector<const SpikeTrain*> batch;
  for (const SpikeTrain& sample : samples) batch.push_back(&sample);
  const std::vector<double> logits = engine.forward(batch, parameters, nullptr, &dropout);
  ASSERT_EQ(logits.size(), reference.logits.size());
  for (std::size_t k = 0; k < logits.size(); ++k)
    ASSERT_NEAR(logits[k], reference.logits[k], 1e-10) << "logit " << k;
  std::size_t spikes = 0;
  for (const PlanPopulation& population : plan.populations) {
    if (population.spec.kind != NeuronKind::lif) continue;
    Matrix mine(samples.size() * 5, std::vector<double>(population.neurons, 0.0));
    for (std::size_t row = 0; row < mine.size(); ++row)
      for (const std::uint32_t n : engine.state(population.id).spikes.row(row)) {
        mine[row][n] += 1;
        ++spikes;
      }
    ASSERT_EQ(mine, reference.spikes[population.id]) << population.spec.name;
  }
  ASSERT_GT(spikes, 10u) << "a silent network checks nothing";
  for (const PlanPopulation& population : plan.populations) {
    double most = 0;
    for (const auto& row : reference.spikes[population.id])
      for (const double count : row) most = std::max(most, count);
    if (population.spec.kind == NeuronKind::lif && population.spec.quantizer.levels > 1) {
      ASSERT_GT(most, 1) << "one level alone checks nothing of several";
    }
  }

  std::vector<double> logit_gradient;
  score_loss<double>(loss, logits, labels, logit_gradient);
  const Spending spending = Budgets<double>(plan, training).apply(engine);
  EXPECT_NEAR(spending.penalty, reference.penalty, 1e-10);
  EXPECT_NEAR(spending.synaptic_operations, reference.synaptic_operations, 1e-9);
  if (training.rate_weight > 0 || training.synops_target > 0) {
    EXPECT_GT(spending.penalty, 1e-3) << "a budget that is kept checks nothing";
  }
  Parameters<double> gradient = zero_parameters<double>(plan);
  engine.backward(logit_gradient, parameters, gradient);

  const auto slopes = parameter_views(plan, gradient);
  auto values = parameter_views(plan, parameters);
  for (std::size_t tensor = 0; tensor < values.size(); ++tensor) {
    double difference = 0, size = 0;
    const std::size_t count = values[tensor].values->size();
    const std::size_t stride = std::max<std::size_t>(1, count / 40);
    for (std::size_t k = 0; k < count; k += stride) {
      double& value = (*values[tensor].values)[k];
      const double kept = value, step = 1e-5;
      const auto loss_at = [&](double at) {
        value = at;
        return run_reference(plan, parameters, samples, labels, loss, noise, true, training, dropout)
            .loss;
      };
      // Fourth order: the truncation error stays below rounding.
      const double numeric = (8 * (loss_at(kept + step) - loss_at(kept - step)) -
                              (loss_at(kept + 2 * step) - loss_at(kept - 2 * step))) /
                             (12 * step);
      value = kept;
      const double analytic = (*slopes[tensor].values)[k];
      difference += (numeric - analytic) * (numeric - analytic);
      size += numeric * numeric;
    }
    // A tensor without any gradient (a bias under normalisation) must be without it here too.
    EXPECT_LE(std::sqrt(difference), 1e-6 * std::sqrt(size) + 1e-9) << values[tensor].name;
  }
}

class Gradients : public testing::TestWithParam<GradientCase> {};

TEST_P(Gradients, equal_finite_differences) {
  check_gradients(GetParam().network, GetParam().training);
}

Projection delayed(int least, DelayKind kind = DelayKind::fixed, int longest = 0,
                   bool learn = false, int bits = 32);

TEST(GradedInput, gradients_equal_finite_differences) {
  Population spec;
  spec.beta = 0.8;
  spec.shift = 0.3;
  check_gradients(ChainBuilder({12, 1, 1}).dense(7, spec).dense(6, spec).readout(3).network, {},
                  true);
  check_gradients(ChainBuilder({12, 1, 1})
                      .dense(7, spec, delayed(0, DelayKind::synapse, 3, true))
                      .readout(3)
                      .network,
                  {},
                  true);
  check_gradients(ChainBuilder({2, 6, 5})
                      .conv(3, 3, 1, 1, spec)
                      .conv(4, 3, 2, 1, spec)
                      .readout(3)
                      .network,
                  {}, true);
}

Population lif(Reset reset, bool normalise, Estimator estimator) {
  Population spec;
  spec.reset = reset;
  spec.normalise = normalise;
  spec.shift = 0.2;
  spec.beta = 0.8;
  spec.quantizer.estimator = estimator;
  spec.quantizer.lambda = 0.01;
  if (has_discretisation(estimator)) spec.quantizer.discretisation = 2;
  // Registered in test_user_estimator.cpp.
  if (estimator == Estimator::custom) spec.quantizer.custom = "algebraic";
  return spec;
}

Projection weights(double gain, int bits = 32, bool bias = false) {
  Projection projection;
  projection.gain = gain;
  projection.weights.bits = bits;
  projection.weights.lambda = bits == 1 ? 0.01 : 1e-3;
  projection.bias = bias;
  return projection;
}

struct Extension {
  const char* name;
  void (*add)(Population&);
};

/// Each part of an extended neuron by itself, in pairs that meet in the formulas, and together.
const Extension extensions[] = {
    {"learned_channel", [](Population& spec) { spec.learn_tau = LearnTau::channel; }},
    {"learned_population", [](Population& spec) { spec.learn_tau = LearnTau::population; }},
    {"synapse", [](Population& spec) { spec.synapse_beta = 0.7; }},
    {"adaptive",
     [](Population& spec) {
       spec.adaptation = 0.3;
       spec.adaptation_beta = 0.85;
     }},
    {"refractory", [](Population& spec) { spec.refractory_steps = 1; }},
    {"adaptive_refractory",
     [](Population& spec) {
       spec.adaptation = 0.4;
       spec.refractory_steps = 2;
     }},
    {"learned_synapse",
     [](Population& spec) {
       spec.learn_tau = LearnTau::channel;
       spec.synapse_beta = 0.5;
     }},
    {"all",
     [](Population& spec) {
       spec.learn_tau = LearnTau::channel;
       spec.synapse_beta = 0.6;
       spec.adaptation = 0.25;
       spec.adaptation_beta = 0.9;
       spec.refractory_steps = 1;
     }}};

std::vector<GradientCase> extended_cases() {
  std::vector<GradientCase> all;
  const std::pair<Reset, const char*> resets[] = {
      {Reset::subtract, "subtract"}, {Reset::zero, "zero"}, {Reset::none, "none"}};
  const Estimator estimators[] = {Estimator::denoise, Estimator::straight_through,
                                  Estimator::atan};
  for (const Extension& extension : extensions)
    for (const auto& [reset, reset_name] : resets)
      for (const Estimator estimator : estimators)
        for (const bool normalise : {true, false}) {
          Population spec = lif(reset, normalise, estimator);
          extension.add(spec);
          const Projection strong = weights(normalise ? 1 : 4, 32, !normalise);
          all.push_back({std::string("extended_") + extension.name + "_" + reset_name + "_" +
                             facts(estimator).name + (normalise ? "_normalised" : "_plain"),
                         ChainBuilder({12, 1, 1})
                             .dense(7, spec, strong)
                             .dense(6, spec, strong)
                             .readout(3)
                             .network});
        }
  Population every = lif(Reset::subtract, true, Estimator::denoise);
  extensions[std::size(extensions) - 1].add(every);
  {  // On maps, and a readout with a synaptic current and a learned decay.
    ChainBuilder chain({2, 6, 5});
    chain.conv(3, 3, 1, 1, every).pool(ProjectionKind::sum_pool, 2).flatten().dense(6, every);
    chain.readout(3);
    Population& readout = chain.network.population(chain.last);
    readout.learn_tau = LearnTau::channel;
    readout.synapse_beta = 0.6;
    all.push_back({"extended_map_and_readout", chain.network});
    readout.normalise = true;
    readout.learn_tau = LearnTau::population;
    all.push_back({"extended_normalised_readout", chain.network});
  }
  for (const Estimator estimator : {Estimator::denoise, Estimator::atan}) {
    Population spec = every;
    spec.quantizer.estimator = estimator;
    ChainBuilder chain({10, 1, 1});
    chain.dense(8, spec);
    Projection recurrent = weights(1, 32, true);
    recurrent.delay_steps = 1;
    chain.network.add_projection(chain.last, chain.last, recurrent);
    recurrent.delay_steps = 2;
    recurrent.bias = false;
    chain.network.add_projection(chain.last, chain.last, recurrent);
    all.push_back({std::string("extended_recurrent_") + facts(estimator).name,
                   chain.readout(3).network});
  }
  for (const Reset reset : {Reset::subtract, Reset::zero}) {
    Population spec = every;
    spec.reset = reset;
    spec.quantizer.attached_reset = false;
    spec.quantizer.clip = false;
    all.push_back({std::string("extended_detached_unclipped_") + to_string(reset),
                   ChainBuilder({12, 1, 1}).dense(9, spec).dense(6, spec).readout(3).network});
  }
  Population counted = every;
  counted.normalise = false;
  counted.quantizer.estimator = Estimator::atan;
  all.push_back(
      {"extended_spiking_readout",
       ChainBuilder({12, 1, 1}).dense(8, every).dense(3, counted, weights(3)).network});
  return all;
}

Projection delayed(int least, DelayKind kind, int longest, bool learn, int bits) {
  Projection projection = weights(1, bits);
  projection.delay_steps = least;
  projection.delays = {kind, longest, learn, 0.8, 1};
  return projection;
}

/// Every delay on the way from the input, from a denoised population and from one with raw spikes.
void add_delay_cases(std::vector<GradientCase>& all) {
  for (const bool denoise : {true, false})
    for (const AffineForm form : {AffineForm::full, AffineForm::scale}) {
      if (!denoise && form == AffineForm::scale) continue;
      Population spec =
          lif(Reset::subtract, true, denoise ? Estimator::denoise : Estimator::atan);
      spec.quantizer.form = form;
      const std::string name = !denoise                   ? "_atan"
                               : form == AffineForm::full ? "_denoise"
                                                          : "_scale";
      all.push_back({"delay_fixed" + name, ChainBuilder({12, 1, 1})
                                               .dense(8, spec, delayed(1))
                                               .dense(6, spec, delayed(2))
                                               .dense(3, lif(Reset::none, false, Estimator::atan),
                                                      weights(2))
                                               .network});
      all.push_back({"delay_conv" + name, ChainBuilder({2, 6, 6})
                                              .conv(3, 3, 1, 1, spec, delayed(1))
                                              .pool(ProjectionKind::sum_pool, 2)
                                              .conv(4, 2, 1, 1, spec, delayed(2))
                                              .pool(ProjectionKind::max_pool, 2)
                                              .flatten()
                                              .dense(6, spec, delayed(1))
                                              .readout(3)
                                              .network});
      for (const DelayKind kind : {DelayKind::synapse, DelayKind::source, DelayKind::projection})
        for (const bool learn : {false, true}) {
          ChainBuilder chain({10, 1, 1});
          chain.dense(8, spec, delayed(0, kind, 3, learn));
          chain.network.add_projection(chain.last, chain.last, delayed(1, kind, 3, learn));
          chain.dense(5, spec, delayed(1, kind, 2, learn, 1));
          all.push_back({std::string("delay_") + to_string(kind) +
                             (learn ? "_learned" : "_drawn") + name,
                         chain.readout(3).network});
        }
    }
  // Longer than the sample: nothing arrives, only the intercept does.
  const Population full = lif(Reset::subtract, true, Estimator::denoise);
  ChainBuilder chain({10, 1, 1});
  const PopulationId input = chain.last;
  chain.dense(6, full).dense(6, full, delayed(9));
  chain.network.add_projection(input, chain.last, weights(1));
  all.push_back({"delay_too_long", chain.readout(3).network});
}

/// A recurrent population with two delays, and a readout that leaks.
Network recurrent(const Population& spec) {
  ChainBuilder chain({10, 1, 1});
  chain.dense(8, spec);
  Projection projection = weights(1, 32, true);
  projection.delay_steps = 1;
  chain.network.add_projection(chain.last, chain.last, projection);
  projection.delay_steps = 2;
  projection.bias = false;
  chain.network.add_projection(chain.last, chain.last, projection);
  return chain.readout(3).network;
}

/// Losses, ways to read scores, budgets and truncation.
void add_training_cases(std::vector<GradientCase>& all, const Population& denoised) {
  const Population atan = lif(Reset::subtract, true, Estimator::atan);
  for (const auto& [loss, loss_name] : {std::pair{LossKind::cross_entropy, "cross_entropy"},
                                        std::pair{LossKind::mse, "mse"}}) {
    TrainingOptions training;
    training.loss = loss;
    training.count_correct = 0.8;
    training.count_wrong = 0.1;
    for (const auto& [score, score_name] : {std::pair{ReadoutScore::mean, "mean"},
                                            std::pair{ReadoutScore::max, "max"},
                                            std::pair{ReadoutScore::last, "last"}}) {
      training.readout = score;
      all.push_back({std::string("loss_") + loss_name + "_" + score_name,
                     ChainBuilder({12, 1, 1}).dense(8, denoised).readout(3).network, training});
    }
    training.readout = ReadoutScore::mean;
    all.push_back({std::string("loss_") + loss_name + "_spike_count",
                   ChainBuilder({12, 1, 1})
                       .dense(8, denoised)
                       .dense(3, lif(Reset::subtract, false, Estimator::atan), weights(3))
                       .network,
                   training});
  }
  for (const auto& [spec, spec_name] :
       {std::pair{denoised, "denoise"}, std::pair{atan, "atan"}}) {
    const Network map = ChainBuilder({2, 7, 6})
                            .conv(3, 3, 1, 1, spec)
                            .pool(ProjectionKind::sum_pool, 2)
                            .conv(4, 2, 1, 1, spec)
                            .flatten()
                            .dense(6, spec)
                            .readout(3)
                            .network;
    TrainingOptions rates, operations, truncated;
    rates.rate_target = 0.1;
    rates.rate_weight = 5;
    operations.synops_target = 20;
    operations.synops_weight = 0.02;
    for (const auto& [network, shape] :
         {std::pair{map, "map"}, std::pair{recurrent(spec), "recurrent"}}) {
      const std::string name = std::string("_") + shape + "_" + spec_name;
      all.push_back({"rate_budget" + name, network, rates});
      all.push_back({"operations_budget" + name, network, operations});
      for (const int steps : {1, 2, 3}) {
        truncated.truncate_steps = steps;
        all.push_back({"truncated_" + std::to_string(steps) + name, network, truncated});
      }
    }
  }
}

std::vector<GradientCase> cases() {
  std::vector<GradientCase> all;
  const std::pair<Reset, const char*> resets[] = {
      {Reset::subtract, "subtract"}, {Reset::zero, "zero"}, {Reset::none, "none"}};
  for (const auto& [reset, reset_name] : resets)
    for (const auto& [estimator, estimator_name, sharpness] : estimator_facts)
      for (const bool normalise : {true, false}) {
        const std::string name = std::string(reset_name) + "_" + estimator_name +
                                 (normalise ? "_normalised" : "_plain");
        const Population spec = lif(reset, normalise, estimator);
        const Projection strong = weights(normalise ? 1 : 4, 32, !normalise);
        all.push_back({"dense_" + name, ChainBuilder({12, 1, 1})
                                            .dense(7, spec, strong)
                                            .dense(6, spec, strong)
                                            .readout(3)
                                            .network});
        all.push_back({"conv_" + name, ChainBuilder({2, 6, 5})
                                           .conv(3, 3, 1, 1, spec, strong)
                                           .conv(4, 3, 2, 1, spec, strong)
                                           .readout(3)
                                           .network});
      }
  {  // A sharpness of one's own.
    Population spec = lif(Reset::subtract, true, Estimator::sigmoid);
    spec.quantizer.sharpness = 7;
    all.push_back({"own_sharpness", ChainBuilder({12, 1, 1}).dense(8, spec).readout(3).network});
  }
  const auto denoised = [](SlopeGroup slope, AffineForm form, bool clip, bool attached) {
    Population spec = lif(Reset::subtract, true, Estimator::denoise);
    spec.quantizer.slope = slope;
    spec.quantizer.form = form;
    spec.quantizer.clip = clip;
    spec.quantizer.attached_reset = attached;
    return spec;
  };
  for (const auto& [slope, name] : {std::pair{SlopeGroup::channel, "channel"},
                                    std::pair{SlopeGroup::mixed, "mixed"},
                                    std::pair{SlopeGroup::tensor, "tensor"}})
    for (const AffineForm form : {AffineForm::full, AffineForm::scale})
      for (const bool clip : {true, false})
        all.push_back({std::string("group_") + name +
                           (form == AffineForm::full ? "_full" : "_scale") +
                           (clip ? "_clipped" : "_unclipped"),
                       ChainBuilder({2, 5, 5})
                           .conv(3, 3, 1, 1, denoised(slope, form, clip, true))
                           .dense(8, denoised(slope, form, clip, true))
                           .readout(4)
                           .network});
  for (const Reset reset : {Reset::subtract, Reset::zero}) {
    Population spec = denoised(SlopeGroup::channel, AffineForm::full, true, false);
    spec.reset = reset;
    all.push_back({reset == Reset::zero ? "detached_zero" : "detached_subtract",
                   ChainBuilder({12, 1, 1}).dense(9, spec).dense(6, spec).readout(3).network});
  }
  const Population mixed = denoised(SlopeGroup::mixed, AffineForm::full, true, true);
  all.push_back({"one_bit_dense", ChainBuilder({12, 1, 1})
                                      .dense(8, mixed, weights(1, 1))
                                      .dense(6, mixed, weights(1, 1))
                                      .readout(3)
                                      .network});
  all.push_back({"one_bit_conv", ChainBuilder({2, 6, 6})
                                     .conv(4, 3, 1, 1, mixed, weights(1, 1))
                                     .conv(3, 3, 2, 0, mixed, weights(1, 1))
                                     .readout(3)
                                     .network});
  for (const WeightCase& each : weight_cases()) {
    Projection own = weights(1);
    own.weights = each.quantizer;
    own.weights.lambda = 0.01;
    all.push_back({"weights_dense_" + each.name, ChainBuilder({12, 1, 1})
                                                     .dense(8, mixed, own)
                                                     .dense(6, mixed, own)
                                                     .readout(3)
                                                     .network});
    all.push_back({"weights_conv_" + each.name, ChainBuilder({2, 6, 6})
                                                    .conv(4, 3, 1, 1, mixed, own)
                                                    .conv(3, 3, 2, 0, mixed, own)
                                                    .readout(3)
                                                    .network});
  }
  const Population full = denoised(SlopeGroup::channel, AffineForm::full, true, true);
  for (const ProjectionKind pool : {ProjectionKind::sum_pool, ProjectionKind::max_pool})
    all.push_back({pool == ProjectionKind::sum_pool ? "sum_pool" : "max_pool",
                   ChainBuilder({2, 7, 6})
                       .conv(3, 3, 1, 1, full)
                       .pool(pool, 2)
                       .conv(4, 2, 1, 1, full)
                       .flatten()
                       .dense(6, full)
                       .readout(3)
                       .network});
  {  // Two paths into one population, and a projection that skips one.
    ChainBuilder chain({10, 1, 1});
    const PopulationId input = chain.last;
    chain.dense(6, full);
    const PopulationId first = chain.last;
    chain.dense(6, full);
    chain.network.add_projection(input, chain.last, weights(1));
    chain.readout(3);
    chain.network.add_projection(first, chain.last, weights(1));
    all.push_back({"fan_in", chain.network});
  }
  for (const Estimator estimator : {Estimator::denoise, Estimator::atan, Estimator::stochastic,
                                    Estimator::progressive, Estimator::learned}) {
    ChainBuilder chain({10, 1, 1});
    chain.dense(8, lif(Reset::subtract, true, estimator));
    Projection recurrent = weights(1, 32, true);
    recurrent.delay_steps = 1;
    chain.network.add_projection(chain.last, chain.last, recurrent);
    recurrent.delay_steps = 2;
    recurrent.bias = false;
    chain.network.add_projection(chain.last, chain.last, recurrent);
    chain.readout(3);
    all.push_back({std::string("recurrent_") + facts(estimator).name, chain.network});
  }
  for (const GradientCase& each : extended_cases()) all.push_back(each);
  for (const Estimator estimator : {Estimator::stochastic, Estimator::learned})
    for (const Reset reset : {Reset::subtract, Reset::zero}) {
      Population spec = lif(reset, true, estimator);
      spec.quantizer.attached_reset = false;
      all.push_back({std::string(reset == Reset::zero ? "detached_zero_" : "detached_subtract_") +
                         facts(estimator).name,
                     ChainBuilder({12, 1, 1}).dense(9, spec).dense(6, spec).readout(3).network});
    }
  for (const auto& [estimator, estimator_name, sharpness] : estimator_facts) {
    if (estimator == Estimator::denoise) continue;
    all.push_back({std::string("spiking_readout_") + estimator_name,
                   ChainBuilder({12, 1, 1})
                       .dense(8, full)
                       .dense(3, lif(Reset::subtract, false, estimator), weights(3))
                       .network});
  }
  for (const auto& [name, network] : layer_networks()) all.push_back({name, network});
  add_delay_cases(all);
  add_training_cases(all, full);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, Gradients, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

/// A convolution and a dense layer, without normalisation where the target is standardised.
Network quantised(const SpikeQuantizer& quantizer, Reset reset, double gain) {
  Population spec = lif(reset, quantizer.target == RegressionTarget::membrane, Estimator::denoise);
  spec.quantizer = quantizer;
  const Projection strong = weights(spec.normalise ? gain : 3 * gain, 32, !spec.normalise);
  return ChainBuilder({2, 5, 5})
      .conv(3, 3, 1, 1, spec, strong)
      .dense(8, spec, strong)
      .readout(4)
      .network;
}

/// Every variant of the transform, in every reset, slope group and form that it can have.
std::vector<GradientCase> variants() {
  struct Variant {
    const char* name;
    RegressionTarget target;
    AffineGradient gradient;
    WindowMode window;
    int levels;
    bool clip;
  };
  constexpr auto membrane = RegressionTarget::membrane;
  constexpr auto standardised = RegressionTarget::standardised;
  constexpr auto through = AffineGradient::full, constant = AffineGradient::constant;
  constexpr auto thresholds = WindowMode::thresholds, deviation = WindowMode::deviation;
  constexpr Variant all[] = {{"constant", membrane, constant, thresholds, 1, true},
                             {"deviation", membrane, through, deviation, 1, true},
                             {"standardised", standardised, through, thresholds, 1, true},
                             {"standardised_free", standardised, through, deviation, 1, false},
                             {"standardised_constant", standardised, constant, thresholds, 1, true},
                             {"levels_3", membrane, through, thresholds, 3, true},
                             {"levels_15_free", membrane, through, thresholds, 15, false},
                             {"levels_2_everything", standardised, through, deviation, 2, true}};
  const std::pair<Reset, const char*> resets[] = {
      {Reset::subtract, "subtract"}, {Reset::zero, "zero"}, {Reset::none, "none"}};
  const std::pair<SlopeGroup, const char*> groups[] = {{SlopeGroup::channel, "channel"},
                                                       {SlopeGroup::mixed, "mixed"},
                                                       {SlopeGroup::tensor, "tensor"}};
  const std::pair<AffineForm, const char*> forms[] = {
      {AffineForm::full, "full"}, {AffineForm::centre, "centre"}, {AffineForm::scale, "scale"}};
  std::vector<GradientCase> made;
  for (const auto& [reset, reset_name] : resets)
    for (const auto& [group, group_name] : groups) {
      SpikeQuantizer quantizer;
      quantizer.lambda = 0.01;
      quantizer.slope = group;
      quantizer.form = AffineForm::centre;
      const std::string where = std::string("_") + reset_name + "_" + group_name;
      made.push_back({"centre" + where, quantised(quantizer, reset, 1)});
      for (const Variant& variant : all)
        for (const auto& [form, form_name] : forms) {
          quantizer.form = form;
          quantizer.target = variant.target;
          quantizer.gradient = variant.gradient;
          quantizer.window_mode = variant.window;
          quantizer.window = variant.window == WindowMode::deviation ? 1.6 : 2.0;
          quantizer.levels = variant.levels;
          quantizer.clip = variant.clip;
          made.push_back({variant.name + where + "_" + form_name,
                          quantised(quantizer, reset, variant.levels > 1 ? 2 : 1)});
        }
      SpikeQuantizer plain;
      plain.estimator = Estimator::straight_through;
      plain.attached_reset = group != SlopeGroup::tensor;
      plain.levels = 3;
      plain.window_mode = group == SlopeGroup::channel ? deviation : thresholds;
      made.push_back({"straight_through" + where, quantised(plain, reset, 2)});
    }
  SpikeQuantizer three;
  three.levels = 3;
  Population spec = lif(Reset::subtract, true, Estimator::denoise);
  spec.quantizer = three;
  made.push_back({"levels_through_sum_pool", ChainBuilder({2, 6, 6})
                                                 .conv(3, 3, 1, 1, spec, weights(2))
                                                 .pool(ProjectionKind::sum_pool, 2)
                                                 .flatten()
                                                 .dense(6, spec, weights(2))
                                                 .readout(3)
                                                 .network});
  for (const Estimator estimator : {Estimator::denoise, Estimator::straight_through}) {
    ChainBuilder chain({10, 1, 1});
    spec.quantizer.estimator = estimator;
    chain.dense(8, spec, weights(2));
    Projection recurrent = weights(1, 32, true);
    recurrent.delay_steps = 1;
    chain.network.add_projection(chain.last, chain.last, recurrent);
    spec.quantizer.estimator = Estimator::straight_through;
    chain.dense(3, spec, weights(2));  // a readout that counts them
    made.push_back({std::string("levels_recurrent_") + facts(estimator).name, chain.network});
  }
  return made;
}

INSTANTIATE_TEST_SUITE_P(Variants, Gradients, testing::ValuesIn(variants()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace volley
