// Every backward formula against central finite differences in double, the quantisation noise held
// fixed, tensor by tensor; and the forward pass against its plain-loop twin. Here: every estimator
// in plain neurons, every layer, every quantiser of weights. By their subjects elsewhere:
// test_neuron_gradients.cpp, test_transform_gradients.cpp, test_training_gradients.cpp.
#include "gradient_check.hpp"
#include "layer_networks.hpp"
#include "weight_cases.hpp"

namespace volley {
namespace {

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

std::vector<GradientCase> cases() {
  std::vector<GradientCase> all;
  for (const auto& [reset, reset_name] : every_reset)
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
                                    Estimator::progressive, Estimator::learned})
    all.push_back({std::string("recurrent_") + facts(estimator).name,
                   recurrent(lif(Reset::subtract, true, estimator))});
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
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, Gradients, testing::ValuesIn(cases()), case_name);

}  // namespace
}  // namespace volley
