#include "app/watched_network.hpp"

namespace volley {

namespace {
StreamDescription description_of(const FrozenPlan& plan, const std::string& name, double dt_ms) {
  StreamDescription stream;
  stream.name = name;
  stream.dt_ms = dt_ms;
  stream.shown_steps = shown_steps(dt_ms);
  for (const PlanPopulation& each : plan.plan().populations)
    if (each.spec.kind != NeuronKind::leaky_integrator)
      stream.populations.push_back({each.spec.name, each.spec.kind, each.spec.shape, {}, {}});
  return stream;
}
}  // namespace

WatchedNetwork::WatchedNetwork(const FrozenPlan& plan, LiveWindow& window, const std::string& name,
                               double dt_ms)
    : network_(plan), pieces_(window, description_of(plan, name, dt_ms)) {
  const auto& populations = plan.plan().populations;
  for (std::size_t id = 0; id < populations.size(); ++id) {
    if (populations[id].spec.kind == NeuronKind::input) input_ = id;
    if (populations[id].spec.kind != NeuronKind::leaky_integrator) shown_.push_back(id);
  }
}

void WatchedNetwork::tick(std::span<const std::uint32_t> input) {
  network_.tick(input);
  for (std::size_t i = 0; i < shown_.size(); ++i)
    pieces_.spikes(i, shown_[i] == input_ ? input : network_.engine().spikes(shown_[i]));
  pieces_.end_step();
}

void WatchedNetwork::silence(std::uint64_t ticks) {
  for (std::uint64_t i = 0; i < ticks; ++i) tick({});
}

}  // namespace volley
