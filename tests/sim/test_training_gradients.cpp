// Gradients through delays, of losses, of ways to read scores, of budgets, and cut by truncation.
#include "gradient_check.hpp"

namespace volley {
namespace {

/// Every delay on the way from the input, from a denoised population and from one with raw spikes.
std::vector<GradientCase> delay_cases() {
  std::vector<GradientCase> all;
  for (const bool denoised : {true, false})
    for (const AffineForm form : {AffineForm::full, AffineForm::scale}) {
      if (!denoised && form == AffineForm::scale) continue;
      Population spec =
          lif(Reset::subtract, true, denoised ? Estimator::denoise : Estimator::atan);
      spec.quantizer.form = form;
      const std::string name = !denoised                  ? "_atan"
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
  return all;
}

/// Losses, ways to read scores, budgets and truncation.
std::vector<GradientCase> training_cases() {
  std::vector<GradientCase> all;
  const Population denoised = lif(Reset::subtract, true, Estimator::denoise);
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
  return all;
}

INSTANTIATE_TEST_SUITE_P(Delays, Gradients, testing::ValuesIn(delay_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Training, Gradients, testing::ValuesIn(training_cases()), case_name);

}  // namespace
}  // namespace volley
