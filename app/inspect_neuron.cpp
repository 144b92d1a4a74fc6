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
  const auto plan = std::make_shared<const FrozenPlan>(std::move(network));
  window.set_inspection([plan](const SampleTrace& trace, NeuronId neuron) {
    return inspect(*plan, trace, neuron);
  });
}

}  // namespace volley
