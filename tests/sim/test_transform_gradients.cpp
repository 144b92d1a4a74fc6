// Gradients of every variant of the transform and of several levels, in plain neurons.
#include "gradient_check.hpp"

namespace volley {
namespace {

/// A convolution and a dense layer, without normalisation where the target is standardised.
Network quantised(const SpikeQuantizer& quantizer, Reset reset, double gain) {
  Population spec = lif(reset, quantizer.target == RegressionTarget::membrane, Estimator::denoise);
  spec.quantizer = quantizer;
  return two_layers(spec, gain);
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
  constexpr Variant all[] = {{"constant", membrane, constant, thresholds, 1, true},
                             {"deviation", membrane, through, deviation, 1, true},
                             {"standardised", standardised, through, thresholds, 1, true},
                             {"standardised_free", standardised, through, deviation, 1, false},
                             {"standardised_constant", standardised, constant, thresholds, 1, true},
                             {"levels_3", membrane, through, thresholds, 3, true},
                             {"levels_15_free", membrane, through, thresholds, 15, false},
                             {"levels_2_everything", standardised, through, deviation, 2, true}};
  std::vector<GradientCase> made;
  for (const auto& [reset, reset_name] : every_reset)
    for (const auto& [group, group_name] : every_group) {
      SpikeQuantizer quantizer;
      quantizer.lambda = 0.01;
      quantizer.slope = group;
      quantizer.form = AffineForm::centre;
      const std::string where = std::string("_") + reset_name + "_" + group_name;
      made.push_back({"centre" + where, quantised(quantizer, reset, 1)});
      for (const Variant& variant : all)
        for (const auto& [form, form_name] : every_form) {
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

/// Statistics of a step's own: of some steps, of all, of more than there are.
std::vector<GradientCase> normalisations() {
  std::vector<GradientCase> made;
  for (const int steps : {2, 3, 20})
    for (const auto& [reset, reset_name] : every_reset)
      for (const Estimator estimator : {Estimator::denoise, Estimator::atan}) {
        const std::string name =
            std::to_string(steps) + "_" + reset_name + "_" + facts(estimator).name;
        Population spec = lif(reset, true, estimator);
        spec.normalise_steps = steps;
        made.push_back({name, two_layers(spec, 2)});
        made.push_back({name + "_recurrent", recurrent(spec, 2)});
        spec.synapse_beta = 0.5;
        spec.adaptation = 0.2;
        made.push_back({name + "_extended", two_layers(spec, 2)});
      }
  return made;
}

INSTANTIATE_TEST_SUITE_P(Normalisations, Gradients, testing::ValuesIn(normalisations()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Variants, Gradients, testing::ValuesIn(variants()), case_name);

}  // namespace
}  // namespace volley
