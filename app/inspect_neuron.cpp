#include "app/inspect_neuron.hpp"

#include <memory>
#include <utility>

#include "base/error.hpp"
#include "sim/neuron_watch.hpp"
#include "viz/weights_panel.hpp"

namespace volley {

namespace {
InspectedNeuron inspect(const FrozenPlan& plan, const SampleTrace& trace, NeuronId neuron) {
  InspectedNeuron known;
  const PopulationId input = plan.network().network.input();
  if (neuron.population == input || neuron.population >= trace.populations.size()) return known;
  try {
    known.fields = receptive_fields(plan.network(), neuron.population, neuron.neuron);
  } catch (const Error&) {  // nothing with weights leads there
  }
  const NeuronKind kind = trace.populations[neuron.population].kind;
  if (kind == NeuronKind::lif || kind == NeuronKind::leaky_integrator)
    known.traces = watch_neurons(plan, trace.populations[input].spikes, {&neuron, 1});
  return known;
}
}  // namespace

void tell_of_neurons(LiveWindow& window, FrozenNetwork network) {
  window.set_network(network.network);
  // Compiled when the first neuron is picked, on the window's thread: training tells every epoch.
  const auto waiting = std::make_shared<FrozenNetwork>(std::move(network));
  const auto plan = std::make_shared<std::unique_ptr<FrozenPlan>>();
  window.set_inspection([waiting, plan](const SampleTrace& trace, NeuronId neuron) {
    if (!*plan) *plan = std::make_unique<FrozenPlan>(std::move(*waiting));
    return inspect(**plan, trace, neuron);
  });
}

}  // namespace volley
