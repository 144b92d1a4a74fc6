// Gradients of extended neurons: every estimator and every transform in every extension and reset,
// on maps, recurrent, delayed, and with their states cut by truncation.
#include "gradient_check.hpp"

namespace volley {
namespace {

struct Extension {
  const char* name;
  void (*add)(Population&);
};

/// Each part of an extended neuron by itself, in pairs that meet in the formulas, and together.
constexpr Extension extensions[] = {
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
    {"all", [](Population& spec) {
       spec.learn_tau = LearnTau::channel;
       spec.synapse_beta = 0.6;
       spec.adaptation = 0.25;
       spec.adaptation_beta = 0.9;
       spec.refractory_steps = 1;
     }}};

/// A neuron with every extension at once.
Population everything(Reset reset, bool normalise, Estimator estimator) {
  Population spec = lif(reset, normalise, estimator);
  extensions[std::size(extensions) - 1].add(spec);
  return spec;
}

Network two_dense(const Population& spec, double gain = 1) {
  const Projection strong = weights(spec.normalise ? gain : 4 * gain, 32, !spec.normalise);
  return ChainBuilder({12, 1, 1}).dense(7, spec, strong).dense(6, spec, strong).readout(3).network;
}

/// Every estimator in every extension and reset.
std::vector<GradientCase> estimator_cases() {
  std::vector<GradientCase> all;
  for (const Extension& extension : extensions)
    for (const auto& [reset, reset_name] : every_reset)
      for (const EstimatorFacts& estimator : estimator_facts)
        for (const bool normalise : {true, false}) {
          if (!normalise && reset == Reset::none) continue;
          Population spec = lif(reset, normalise, estimator.estimator);
          extension.add(spec);
          all.push_back({std::string(extension.name) + "_" + reset_name + "_" + estimator.name +
                             (normalise ? "_normalised" : "_plain"),
                         two_dense(spec)});
        }
  return all;
}

/// Every estimator where several paths of the gradient meet.
std::vector<GradientCase> layer_cases() {
  std::vector<GradientCase> all;
  for (const EstimatorFacts& estimator : estimator_facts) {
    const Population spec = everything(Reset::subtract, true, estimator.estimator);
    const std::string name = estimator.name;
    all.push_back({"map_" + name, ChainBuilder({2, 4, 3})
                                      .conv(3, 3, 1, 1, spec)
                                      .pool(ProjectionKind::sum_pool, 2)
                                      .flatten()
                                      .dense(4, spec)
                                      .readout(3)
                                      .network});
    all.push_back({"recurrent_" + name, recurrent(spec)});
    ChainBuilder delays({10, 1, 1});
    delays.dense(8, spec, delayed(0, DelayKind::synapse, 3, true));
    delays.network.add_projection(delays.last, delays.last,
                                  delayed(1, DelayKind::source, 3, true));
    all.push_back({"delays_" + name, delays.readout(3).network});
    for (const Reset reset : {Reset::subtract, Reset::zero}) {
      Population detached = spec;
      detached.reset = reset;
      detached.quantizer.attached_reset = false;
      detached.quantizer.clip = false;
      all.push_back({"detached_unclipped_" + std::string(to_string(reset)) + "_" + name,
                     ChainBuilder({12, 1, 1}).dense(9, detached).dense(6, detached).readout(3)
                         .network});
    }
    if (estimator.estimator == Estimator::denoise) continue;
    Population counted = spec;
    counted.normalise = false;
    all.push_back(
        {"spiking_readout_" + name,
         ChainBuilder({12, 1, 1}).dense(8, spec).dense(3, counted, weights(3)).network});
  }
  return all;
}

/// A readout with a synaptic current and a learned decay.
std::vector<GradientCase> readout_cases() {
  std::vector<GradientCase> all;
  ChainBuilder chain({2, 6, 5});
  chain.conv(3, 3, 1, 1, everything(Reset::subtract, true, Estimator::denoise)).readout(3);
  Population& readout = chain.network.population(chain.last);
  readout.learn_tau = LearnTau::channel;
  readout.synapse_beta = 0.6;
  all.push_back({"readout", chain.network});
  for (const int steps : {1, 2, 3}) {
    TrainingOptions training;
    training.truncate_steps = steps;
    all.push_back({"truncated_" + std::to_string(steps) + "_readout", chain.network, training});
  }
  readout.normalise = true;
  readout.learn_tau = LearnTau::population;
  all.push_back({"normalised_readout", chain.network});
  return all;
}

struct NeuronVariant {
  const char* name;
  Estimator estimator;
  RegressionTarget target;
  AffineGradient gradient;
  WindowMode window;
  int levels;
  bool clip;
};
constexpr NeuronVariant neuron_variants[] = {
    {"constant", denoise, membrane, constant, thresholds, 1, true},
    {"deviation", denoise, membrane, through, deviation, 1, true},
    {"standardised", denoise, standardised, through, thresholds, 1, true},
    {"standardised_free", denoise, standardised, through, deviation, 1, false},
    {"levels_3", denoise, membrane, through, thresholds, 3, true},
    {"levels_15_free", denoise, membrane, through, thresholds, 15, false},
    {"levels_2_everything", denoise, standardised, through, deviation, 2, true},
    {"straight_levels_3", straight, membrane, through, thresholds, 3, true},
    {"straight_deviation", straight, membrane, through, deviation, 1, true}};

Population with(Population spec, const NeuronVariant& variant) {
  SpikeQuantizer& quantizer = spec.quantizer;
  spec.normalise = variant.target == membrane;
  quantizer.estimator = variant.estimator;
  quantizer.target = variant.target;
  quantizer.gradient = variant.gradient;
  quantizer.window_mode = variant.window;
  quantizer.window = variant.window == deviation ? 1.6 : 2.0;
  quantizer.levels = variant.levels;
  quantizer.clip = variant.clip;
  return spec;
}

double gain_of(const NeuronVariant& variant) { return variant.levels > 1 ? 2.5 : 1; }

/// Every variant of the transform in every extension and reset, and with all extensions in every
/// slope group and form.
std::vector<GradientCase> variant_cases() {
  std::vector<GradientCase> all;
  for (const NeuronVariant& variant : neuron_variants)
    for (const auto& [reset, reset_name] : every_reset) {
      const std::string name = std::string(variant.name) + "_" + reset_name + "_";
      for (const Extension& extension : extensions) {
        Population spec = with(lif(reset, true, denoise), variant);
        extension.add(spec);
        all.push_back({name + extension.name, two_dense(spec, gain_of(variant))});
      }
      Population spec = with(everything(reset, true, denoise), variant);
      spec.quantizer.attached_reset = false;
      all.push_back({name + "detached", two_dense(spec, gain_of(variant))});
      if (reset == Reset::zero)
        all.push_back({name + "map", two_layers(spec, gain_of(variant))});
      if (variant.target == membrane)
        all.push_back({name + "recurrent",
                       recurrent(with(everything(reset, true, denoise), variant), 2.5)});
      if (variant.estimator != denoise) continue;
      for (const auto& [group, group_name] : every_group)
        for (const auto& [form, form_name] : every_form) {
          spec = with(everything(reset, true, denoise), variant);
          spec.quantizer.slope = group;
          spec.quantizer.form = form;
          all.push_back({name + group_name + "_" + form_name,
                         two_dense(spec, gain_of(variant))});
        }
    }
  return all;
}

/// States detached at multiples of some steps, in every extension and reset.
std::vector<GradientCase> truncated_cases() {
  std::vector<GradientCase> all;
  for (const int steps : {1, 2, 3}) {
    TrainingOptions training;
    training.truncate_steps = steps;
    const std::string length = std::to_string(steps) + "_";
    for (const auto& [reset, reset_name] : every_reset) {
      for (const Extension& extension : extensions)
        for (const Estimator estimator : {denoise, Estimator::atan}) {
          if (steps != 2) continue;  // the lengths are tried below
          Population spec = lif(reset, true, estimator);
          extension.add(spec);
          all.push_back({length + extension.name + "_" + reset_name + "_" + facts(estimator).name,
                         two_dense(spec), training});
        }
      for (const Estimator estimator : {denoise, Estimator::stochastic, Estimator::learned})
        all.push_back({length + "recurrent_" + reset_name + "_" + facts(estimator).name,
                       recurrent(everything(reset, true, estimator)), training});
      all.push_back({length + "levels_" + reset_name,
                     two_dense(with(everything(reset, true, denoise), neuron_variants[4]), 2.5),
                     training});
    }
  }
  return all;
}

#define VOLLEY_CASES(Suite, cases)                                                                \
  INSTANTIATE_TEST_SUITE_P(Suite, Gradients, testing::ValuesIn(cases()), case_name)
VOLLEY_CASES(NeuronEstimators, estimator_cases);
VOLLEY_CASES(NeuronLayers, layer_cases);
VOLLEY_CASES(NeuronReadouts, readout_cases);
VOLLEY_CASES(NeuronVariants, variant_cases);
VOLLEY_CASES(NeuronTruncation, truncated_cases);
#undef VOLLEY_CASES

}  // namespace
}  // namespace volley
