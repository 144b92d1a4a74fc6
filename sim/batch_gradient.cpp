#include "sim/batch_gradient.hpp"

#include "base/parallel.hpp"
#include "sim/row_kernels.hpp"

namespace volley {

namespace {

LossOptions loss_options(const TrainingOptions& training, const std::vector<int>& labels,
                         std::size_t classes) {
  LossOptions loss;
  loss.kind = training.loss;
  loss.logit_scale = training.logit_scale;
  loss.label_smoothing = training.label_smoothing;
  loss.target_correct = training.count_correct;
  loss.target_wrong = training.count_wrong;
  if (training.class_balanced) loss.class_weights = balanced_class_weights(labels, classes);
  return loss;
}

void add_gradient(const Plan& plan, Parameters<float>& part, Parameters<float>& sum) {
  constexpr std::size_t block = 16384;
  const auto parts = parameter_views(plan, part);
  auto sums = parameter_views(plan, sum);
  for (std::size_t k = 0; k < sums.size(); ++k) {
    std::vector<float>& values = *sums[k].values;
    parallel_for((values.size() + block - 1) / block, [&](std::size_t at) {
      const std::size_t first = at * block;
      add_scaled(values.data() + first, std::min(block, values.size() - first),
                 parts[k].values->data() + first, 1.0f);
    });
  }
}

}  // namespace

BatchGradient::BatchGradient(ClockedEngine<float>& engine, const TrainingOptions& options,
                             const std::vector<int>& labels, MicroBatches cut, const Ranks& ranks)
    : engine_(engine),
      loss_(loss_options(options, labels, engine.plan().classes())),
      cut_(cut),
      budgets_(engine.plan(), options) {
  engine.set_recomputation(cut.recomputing);
  engine.share_with(ranks);
  if (options.gradient_l1 <= 0) return;
  gradient_l1_.emplace(engine.plan(), options.gradient_l1);
  gradient_l1_->engine().share_with(ranks);
  gradient_l1_->engine().set_readout(options.readout);
  gradient_l1_->engine().set_truncation(static_cast<std::size_t>(options.truncate_steps));
}

BatchOutcome BatchGradient::run(std::span<const SpikeTrain* const> trains,
                                std::span<const int> labels, const BatchConditions& conditions,
                                const Parameters<float>& parameters,
                                Parameters<float>& gradient) {
  const std::size_t samples = trains.size(), parts = cut_.parts(samples);
  const double all_weight = label_weight(loss_, labels);
  BatchOutcome outcome;
  outcome.rates.assign(engine_.plan().populations.size(), 0.0);
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t first = cut_.begin(part, samples);
    const std::size_t count = cut_.begin(part + 1, samples) - first;
    const std::span<const int> own = labels.subspan(first, count);
    const double share = static_cast<double>(count) / static_cast<double>(samples);
    const double weight = all_weight > 0 ? label_weight(loss_, own) / all_weight : 0.0;
    // Every part draws numbers of its own.
    BatchConditions here = conditions;
    here.moment.step = conditions.moment.step * parts + part;
    here.dropout.step = conditions.dropout.step * parts + part;
    engine_.set_moment(here.moment);
    engine_.set_sparsity(here.sparsity);
    const std::vector<float>& logits =
        engine_.forward(trains.subspan(first, count), parameters, nullptr, &here.dropout);
    const LossResult loss = score_loss<float>(loss_, logits, own, logit_gradient_);
    const Spending spending = budgets_.apply(engine_, share);
    if (parts > 1)
      for (float& slope : logit_gradient_) slope *= static_cast<float>(weight);
    if (part > 0 && part_.weight.empty()) part_ = zero_parameters<float>(engine_.plan());
    engine_.backward(logit_gradient_, parameters, part == 0 ? gradient : part_);
    if (part > 0) add_gradient(engine_.plan(), part_, gradient);
    if (gradient_l1_)  // of whole batches: check_training
      gradient_l1_->add(here, trains,
                        [&](const std::vector<float>& moved, std::vector<float>& slope) {
                          score_loss<float>(loss_, moved, labels, slope);
                        },
                        parameters, gradient);
    outcome.loss += weight * loss.loss;
    outcome.correct += loss.correct;
    outcome.penalty += share * spending.penalty;
    outcome.synaptic_operations += share * spending.synaptic_operations;
    for (std::size_t p = 0; p < outcome.rates.size(); ++p)
      outcome.rates[p] += share * engine_.firing_rate(p);
    if (part == 0) outcome.moments = engine_.moments();
    else
      blend_moments(outcome.moments, engine_.moments(),
                    static_cast<double>(count) / static_cast<double>(first + count));
    outcome.held = first;
  }
  return outcome;
}

}  // namespace volley
