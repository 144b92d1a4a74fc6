// The l1 norm of the gradient as a loss: its gradient where it is exact, and that it works.
#include <gtest/gtest.h>

#include <cmath>

#include "sample_networks.hpp"
#include "sim/gradient_l1.hpp"
#include "sim/loss.hpp"
#include "sim/trainer.hpp"

namespace volley {
namespace {

struct Problem {
  std::vector<SpikeTrain> samples;
  std::vector<const SpikeTrain*> batch;
  std::vector<int> labels;
  LossOptions loss;

  Problem(std::size_t count, std::uint32_t inputs)
      : samples(random_trains(count, 5, inputs, 0.3, 5)) {
    for (std::size_t b = 0; b < samples.size(); ++b) {
      batch.push_back(&samples[b]);
      labels.push_back(static_cast<int>(b % 3));
    }
    loss.logit_scale = 3;
  }

  template <class Real>
  LogitGradient<Real> gradient() const {
    return [this](const std::vector<Real>& logits, std::vector<Real>& slope) {
      score_loss<Real>(loss, logits, labels, slope);
    };
  }
};

template <class Real>
Parameters<Real> gradient_at(ClockedEngine<Real>& engine, const Problem& problem,
                             const Parameters<Real>& parameters) {
  Parameters<Real> gradient = zero_parameters<Real>(engine.plan());
  std::vector<Real> slope;
  problem.gradient<Real>()(engine.forward(problem.batch, parameters), slope);
  engine.backward(slope, parameters, gradient);
  return gradient;
}

template <class Real>
double norm_of(const Parameters<Real>& gradient) {
  double norm = 0;
  for (const auto& weights : gradient.weight)
    for (const Real g : weights) norm += std::abs(static_cast<double>(g));
  return norm;
}

// Without spikes in between the loss is smooth: the penalty's gradient must equal finite
// differences of the norm itself, for weights, biases and the normalisation alike.
TEST(GradientL1, equals_finite_differences_of_the_norm) {
  for (const bool normalise : {false, true}) {
    Population readout;
    readout.kind = NeuronKind::leaky_integrator;
    readout.normalise = normalise;
    Projection projection;
    projection.bias = true;
    const Network network = ChainBuilder({9, 1, 1}).dense(3, readout, projection).network;
    ClockedEngine<double> engine(compile(network));
    Parameters<double> parameters = initial_parameters<double>(engine.plan(), 2);
    const Problem problem(6, 9);
    constexpr double lambda = 0.7;
    const Parameters<double> plain = gradient_at(engine, problem, parameters);
    Parameters<double> penalised = plain;
    GradientL1<double> penalty(engine.plan(), lambda, 1e-7);
    EXPECT_NEAR(penalty.add({}, problem.batch, problem.gradient<double>(), parameters, penalised),
                norm_of(plain), 1e-12);
    Parameters<double> base = plain;
    const auto with = parameter_views(engine.plan(), penalised);
    const auto without = parameter_views(engine.plan(), base);
    const auto values = parameter_views(engine.plan(), parameters);
    double size = 0;
    for (std::size_t k = 0; k < values.size(); ++k)
      for (std::size_t i = 0; i < values[k].values->size(); ++i) {
        double& value = (*values[k].values)[i];
        const double kept = value;
        const auto norm_at = [&](double at) {
          value = at;
          return norm_of(gradient_at(engine, problem, parameters));
        };
        const double numeric = lambda * (norm_at(kept + 1e-6) - norm_at(kept - 1e-6)) / 2e-6;
        value = kept;
        EXPECT_NEAR((*with[k].values)[i] - (*without[k].values)[i], numeric, 1e-5)
            << values[k].name << " " << i;
        size = std::max(size, std::abs(numeric));
      }
    EXPECT_GT(size, 0.01);
  }
}

/// ||dL/dw||_1 over the training data after training, and the loss of the last epoch.
std::pair<double, double> trained(double lambda) {
  const LabelledSpikes train = toy_data(96, 1);
  Recipe recipe;
  recipe.training.epochs = 40;
  recipe.training.batch_size = 32;
  recipe.training.learning_rate = 0.01;
  recipe.training.weight_decay = 0;
  recipe.training.gradient_l1 = lambda;
  recipe.network = ChainBuilder({2, 4, 6}).readout(3).network;
  Trainer trainer(recipe, train, nullptr);
  TrainingObserver observer;
  trainer.run(observer);
  ClockedEngine<float> engine(compile(recipe.network));
  Parameters<float> parameters = zero_parameters<float>(engine.plan());
  from_tensors(engine.plan(), trainer.checkpoint().parameters, parameters);
  Problem problem(0, 48);
  for (const SpikeTrain& sample : train.trains) problem.batch.push_back(&sample);
  problem.labels = train.labels;
  problem.loss.logit_scale = 1;
  return {norm_of(gradient_at(engine, problem, parameters)),
          trainer.history().epochs.back().train_loss};
}

TEST(GradientL1, makes_the_norm_smaller) {
  const auto [plain, plain_loss] = trained(0);
  const auto [penalised, penalised_loss] = trained(0.05);
  EXPECT_LT(penalised, 0.9 * plain);
  EXPECT_LT(penalised_loss, 1.05 * plain_loss) << "and still learns";
}

}  // namespace
}  // namespace volley
