#include "models/population_check.hpp"

#include <cmath>

#include "base/error.hpp"
#include "models/check_number.hpp"

namespace volley {

namespace {

void check_extension(const Population& population, const std::string& where) {
  const auto within = [](double value) { return value >= 0.0 && value <= 1.0; };
  check_number(within(population.synapse_beta), "synapse_beta is not within 0 and 1", where);
  check_number(within(population.adaptation_beta), "adaptation_beta is not within 0 and 1", where);
  check_number(std::isfinite(population.adaptation) && population.adaptation >= 0.0,
               "adaptation is below 0", where);
  if (population.refractory_steps < 0 || population.refractory_steps > most_refractory_steps)
    throw Error("refractory_steps is not within 0 and " + std::to_string(most_refractory_steps),
                where);
  if (!population.extended()) return;
  const bool spikes = population.kind == NeuronKind::lif;
  if (!spikes && (population.kind != NeuronKind::leaky_integrator || population.adaptation != 0 ||
                  population.refractory_steps != 0))
    throw Error(std::string("has keys of a neuron with other dynamics than a ") +
                    to_string(population.kind),
                where,
                "learn_tau and synapse_beta are for lif and leaky_integrator, adaptation and "
                "refractory_steps for lif");
  if (population.learn_tau != LearnTau::no && !(population.beta > 0 && population.beta < 1))
    throw Error("learns its beta, which cannot leave 0 or 1", where,
                "start with a beta above 0 and below 1");
}

void check_quantizer(const SpikeQuantizer& quantizer, const std::string& where) {
  const std::string estimator = facts(quantizer.estimator).name;
  if (!quantizer.has_window() && quantizer.levels > 1)
    throw Error("the estimator " + estimator + " is for one level, not for " +
                    std::to_string(quantizer.levels),
                where, "set estimator = \"denoise\" or \"straight_through\"");
  if (!quantizer.has_window() && quantizer.window_mode != WindowMode::thresholds)
    throw Error("the estimator " + estimator + " has no window to measure in deviations", where,
                "set estimator = \"denoise\" or \"straight_through\"");
  if (quantizer.estimator == Estimator::denoise) return;
  if (quantizer.target != RegressionTarget::membrane)
    throw Error("the estimator " + estimator + " regresses on nothing that could be standardised",
                where, "set estimator = \"denoise\", or remove target");
  if (quantizer.gradient != AffineGradient::full)
    throw Error("the estimator " + estimator + " has no slope and intercept to hold constant",
                where, "set estimator = \"denoise\", or remove gradient");
}

void check_estimator(const SpikeQuantizer& quantizer, const std::string& where) {
  check_number(std::isfinite(quantizer.sharpness) && quantizer.sharpness >= 0.0,
               "the quantizer's sharpness is below 0", where);
  check_number(std::isfinite(quantizer.discretisation) && quantizer.discretisation >= 0.0,
               "the quantizer's discretisation is below 0", where);
  if (quantizer.discretisation > 0.0 && !has_discretisation(quantizer.estimator))
    throw Error(std::string("the estimator ") + facts(quantizer.estimator).name +
                    " has no discretisation error",
                where, "set discretisation = 0, or the estimator progressive or learned");
  if (quantizer.estimator == Estimator::custom && quantizer.custom.empty())
    throw Error("the custom estimator has no name", where,
                "write custom = \"name\", the name it is registered under");
  if (quantizer.estimator != Estimator::custom && !quantizer.custom.empty())
    throw Error("names the custom estimator '" + quantizer.custom + "', but uses " +
                    facts(quantizer.estimator).name,
                where, "set estimator = \"custom\", or remove custom");
  if (!quantizer.custom.empty() && !usable_name(quantizer.custom))
    throw Error("the name of the custom estimator cannot be used", where,
                "use letters, digits, '_', '-' and '.'");
}

}  // namespace

void check_population(const Population& population) {
  const std::string where = "population '" + population.name + "'";
  const Shape& shape = population.shape;
  check_number(shape.channels >= 1 && shape.height >= 1 && shape.width >= 1,
               "has a shape with a side below 1", where);
  // Sides are below 2^31, so the first product cannot overflow; the second is tried only then.
  const std::size_t map = shape.area();
  if (map > most_neurons || map * static_cast<std::size_t>(shape.channels) > most_neurons)
    throw Error("has more than " + std::to_string(most_neurons) + " neurons", where);
  check_number(population.beta >= 0.0 && population.beta <= 1.0, "beta is not within 0 and 1",
               where);
  check_number(std::isfinite(population.threshold) && population.threshold > 0.0,
               "threshold is not above 0", where);
  check_number(std::isfinite(population.shift), "shift is not a finite number", where);
  check_extension(population, where);
  if (population.normalise_steps < 1 || population.normalise_steps > most_normalise_steps)
    throw Error("normalise_steps is not within 1 and " + std::to_string(most_normalise_steps),
                where);
  if (population.normalise_steps > 1 && !population.normalise)
    throw Error("normalise_steps is set, but its current is not normalised", where,
                "set normalise = true, or remove normalise_steps");
  check_number(population.dropout >= 0.0 && population.dropout < 1.0,
               "dropout is not at least 0 and below 1", where);
  if (population.dropout > 0.0 && population.kind != NeuronKind::lif)
    throw Error("a " + std::string(to_string(population.kind)) + " has no dropout", where,
                "set dropout in the lif population before it");
  const SpikeQuantizer& quantizer = population.quantizer;
  check_number(std::isfinite(quantizer.lambda) && quantizer.lambda >= 0.0,
               "the quantizer's lambda is below 0", where);
  check_number(std::isfinite(quantizer.window) && quantizer.window > 0.0,
               "the quantizer's window is not above 0", where);
  check_number(quantizer.levels >= 1 && quantizer.levels <= most_levels,
               "the quantizer's levels are not within 1 and 255", where);
  if (population.kind == NeuronKind::lif) check_quantizer(quantizer, where);
  check_estimator(quantizer, where);
}

}  // namespace volley
