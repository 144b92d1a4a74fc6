#include "gradient_check.hpp"

#include <cmath>
#include <ostream>

#include "reference_network.hpp"
#include "sim/budgets.hpp"
#include "sim/clocked_engine.hpp"

namespace volley {

void PrintTo(const GradientCase& each, std::ostream* out) { *out << each.name; }

void check_gradients(const Network& network, const TrainingOptions& training, bool graded) {
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
        return run_reference(plan, parameters, samples, labels, loss, noise, true, training,
                             dropout)
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

TEST_P(Gradients, equal_finite_differences) {
  check_gradients(GetParam().network, GetParam().training);
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

Projection weights(double gain, int bits, bool bias) {
  Projection projection;
  projection.gain = gain;
  projection.weights.bits = bits;
  projection.weights.lambda = bits == 1 ? 0.01 : 1e-3;
  projection.bias = bias;
  return projection;
}

Projection delayed(int least, DelayKind kind, int longest, bool learn, int bits) {
  Projection projection = weights(1, bits);
  projection.delay_steps = least;
  projection.delays = {kind, longest, learn, 0.8, 1};
  return projection;
}

Network recurrent(const Population& spec, double gain) {
  ChainBuilder chain({10, 1, 1});
  chain.dense(8, spec, weights(gain));
  Projection projection = weights(1, 32, true);
  projection.delay_steps = 1;
  chain.network.add_projection(chain.last, chain.last, projection);
  projection.delay_steps = 2;
  projection.bias = false;
  chain.network.add_projection(chain.last, chain.last, projection);
  return chain.readout(3).network;
}

Network two_layers(const Population& spec, double gain) {
  const Projection strong = weights(spec.normalise ? gain : 3 * gain, 32, !spec.normalise);
  return ChainBuilder({2, 5, 5})
      .conv(3, 3, 1, 1, spec, strong)
      .dense(8, spec, strong)
      .readout(4)
      .network;
}

}  // namespace volley
