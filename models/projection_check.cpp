#include "models/projection_check.hpp"

#include <cmath>

#include "base/error.hpp"
#include "models/check_number.hpp"
#include "models/weight_facts.hpp"

namespace volley {

namespace {

void check_delays(const Projection& projection, const std::string& where) {
  const Delays& delays = projection.delays;
  if (delays.kind == DelayKind::fixed) return;
  if (projection.kind != ProjectionKind::dense)
    throw Error(std::string("a ") + to_string(projection.kind) + " projection has no delays per " +
                    to_string(delays.kind),
                where, "use delay_steps, or a dense projection");
  if (delays.longest < projection.delay_steps || delays.longest > most_delay_steps)
    throw Error("max_delay_steps is not within delay_steps and " +
                    std::to_string(most_delay_steps),
                where);
  check_number(std::isfinite(delays.sigma) && delays.sigma >= 0.0, "delay_sigma is below 0", where);
  check_number(std::isfinite(delays.rate) && delays.rate >= 0.0, "delay_rate is below 0", where);
}

}  // namespace

void check_numbers(const Projection& projection, const std::string& where) {
  constexpr int longest = 1 << 20;
  const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
  const auto both = [&](const PerAxis& axes, int low) {
    return within(axes.height, low, longest) && within(axes.width, low, longest);
  };
  check_number(both({projection.kernel_height, projection.kernel_width}, 1) &&
                   both(projection.stride, 1) && both(projection.padding, 0) &&
                   both(projection.dilation, 1) && within(projection.groups, 1, longest),
               "kernel, stride, dilation and groups must be at least 1, padding at least 0", where);
  if (!within(projection.delay_steps, 0, most_delay_steps))
    throw Error("delay_steps is not within 0 and " + std::to_string(most_delay_steps), where);
  check_delays(projection, where);
  check_number(std::isfinite(projection.gain), "gain is not a finite number", where);
  check_weights(projection.weights, where);
}

void check_kinds(const Network& network, std::size_t id, const std::string& where) {
  const Projection& projection = network.projection(id);
  const Population& source = network.population(network.source(id));
  const Population& target = network.population(network.target(id));
  const std::string kind = to_string(projection.kind);
  if (target.kind == NeuronKind::input)
    throw Error("the input population takes no projection", where, "remove it");
  if (source.kind == NeuronKind::leaky_integrator)
    throw Error("'" + source.name + "' is a leaky_integrator and sends no spikes", where,
                "make it a lif population");
  if (projection.weighted() && target.kind == NeuronKind::relay)
    throw Error("a relay has no dynamics and takes no " + kind + " projection", where,
                "make '" + target.name + "' a lif population");
  if (!projection.weighted() && target.kind != NeuronKind::relay)
    throw Error("a " + kind + " projection ends in a relay, not in a " + to_string(target.kind),
                where, "put a relay population between the two");
  if (projection.kind == ProjectionKind::max_pool && !binary(network, network.source(id)) &&
      !passes_sums(network, network.source(id)))
    throw Error("maximum pooling is for spikes of one level, '" + source.name +
                    "' passes on several in a step",
                where, "use sum_pool, or levels = 1");
  if (projection.pools() && passes_sums(network, network.source(id)))
    throw Error("pooling needs spikes, '" + source.name + "' passes on counts", where,
                "pool once with a larger kernel");
  if (projection.bias && !projection.trainable())
    throw Error("a " + kind + " projection has no bias", where, "remove the bias");
  if (!projection.matrix() && (projection.weight_norm || projection.weights.bits != 32))
    throw Error("a " + kind + " projection has no column of weights to normalise or quantise",
                where, "use weight_bits = 32 and weight_norm = false");
}

void check_shapes(const Network& network, std::size_t id, const std::string& where) {
  const Projection& projection = network.projection(id);
  const Shape& source = network.population(network.source(id)).shape;
  const Population& target = network.population(network.target(id));
  if (projection.kind == ProjectionKind::conv2d &&
      (source.channels % projection.groups != 0 || target.shape.channels % projection.groups != 0))
    throw Error(std::to_string(source.channels) + " and " +
                    std::to_string(target.shape.channels) + " channels do not divide into " +
                    std::to_string(projection.groups) + " groups",
                where, "use a number of groups that divides both");
  const Shape made = projected_shape(projection, source, target.shape, where);
  if (!(made == target.shape))
    throw Error(std::string(to_string(projection.kind)) + " makes " + to_string(made) + " of " +
                    to_string(source) + ", but '" + target.name + "' is " +
                    to_string(target.shape),
                where, "give '" + target.name + "' the shape " + to_string(made));
  const std::size_t rows = fan_in(projection, source);
  const std::size_t columns = weight_columns(projection, target.shape);
  const Delays& delays = projection.delays;
  const auto taps = delays.kind == DelayKind::fixed
                        ? std::size_t{1}
                        : static_cast<std::size_t>(delays.longest - projection.delay_steps + 1);
  if (columns != 0 && rows > most_weights / columns / taps)
    throw Error("has more than " + std::to_string(most_weights) + " weights" +
                    (taps > 1 ? ", one for each delay" : ""),
                where,
                "use smaller populations, or conv2d and pooling");
}

}  // namespace volley
