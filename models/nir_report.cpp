// What other tools make of an export: losses, which have to be accepted, and warnings.
#include "models/nir_graph.hpp"

#include "models/nir.hpp"

namespace volley {

const std::vector<std::string>& nir_loss_kinds() {
  static const std::vector<std::string> kinds{"reset", "levels", "clip"};
  return kinds;
}

std::vector<NirLoss> nir_losses(const FrozenNetwork& frozen, const NirWriteOptions& options) {
  const bool sinabs = options.profile == NirProfile::sinabs;
  std::vector<NirLoss> losses;
  for (PopulationId id = 0; id < frozen.network.populations(); ++id) {
    const Population& population = frozen.network.population(id);
    if (population.kind != NeuronKind::lif) continue;
    const std::string where = "population '" + population.name + "'";
    if (!sinabs && population.reset == Reset::subtract)
      losses.push_back({"reset", where,
                        "NIR cannot say reset by subtraction; snnTorch, Norse and SpikingJelly "
                        "will reset to zero"});
    if (sinabs && population.reset == Reset::zero)
      losses.push_back({"reset", where, "sinabs will reset by subtraction, not to zero"});
    if (population.reset == Reset::none)
      losses.push_back({"reset", where,
                        "NIR cannot say a neuron without reset; every tool will reset it"});
    if (sinabs && population.quantizer.levels < most_levels)
      losses.push_back({"levels", where,
                        "sinabs sends as many spikes in a step as the membrane holds thresholds, "
                        "the network at most " +
                            std::to_string(population.quantizer.levels)});
    if (!sinabs && population.quantizer.levels > 1)
      losses.push_back({"levels", where,
                        "NIR's neurons send at most one spike in a step, the network up to " +
                            std::to_string(population.quantizer.levels)});
    if (sinabs && population.beta == 1.0)
      losses.push_back({"clip", where,
                        "sinabs keeps the membrane of a neuron without leak above minus the "
                        "threshold"});
  }
  return losses;
}

NirReport report_nir(const FrozenNetwork& frozen, const NirWriteOptions& options) {
  const Network& network = frozen.network;
  const bool sinabs = options.profile == NirProfile::sinabs;
  NirReport report;
  report.losses = nir_losses(frozen, options);
  report.portable = report.losses.empty();
  const auto warn = [&](const std::string& text, bool portable) {
    report.warnings.push_back(text);
    report.portable = report.portable && portable;
  };
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& population = network.population(id);
    const std::string name = "'" + population.name + "': ";
    const bool neuron =
        population.kind == NeuronKind::lif || population.kind == NeuronKind::leaky_integrator;
    if (!neuron) continue;
    if (!sinabs && population.kind == NeuronKind::leaky_integrator && population.beta != 1.0 &&
        population.synapse_beta == 0)
      warn(name + "written as LI; snnTorch and SpikingJelly do not import it, Norse does", false);
    if (!sinabs && population.learn_tau == LearnTau::channel)
      warn(name + "written with a tau per neuron; snnTorch and SpikingJelly take one for all",
           false);
    if (!sinabs && population.beta == 1.0)
      warn(name + "written without leak (IF or I); snnTorch does not import it, Norse takes r = 1",
           false);
    if (population.synapse_beta != 0)
      warn(name + "written as " +
               (population.kind == NeuronKind::lif ? "CubaLIF" : "CubaLI") +
               (sinabs ? "; sinabs does not import it" : "; SpikingJelly does not import it"),
           false);
    if (sinabs && !population.shape.flat() && population.beta != 1.0)
      warn(name + "sinabs imports no LIF in the shape of a map, only IF", false);
  }
  bool flattened = false;
  for (std::size_t id = 0; id < network.projections(); ++id) {
    const Projection& projection = network.projection(id);
    const PopulationId source = network.source(id), target = network.target(id);
    const std::string name = "'" + network.projection_name(id) + "': ";
    if (projection.weights.bits == 1 && projection.trainable())
      warn(name + "1-bit weights are written as float32; volley finds the bits in the metadata, "
                  "other tools keep floats",
           true);
    if (projection.kind == ProjectionKind::conv2d &&
        projection.kernel_height != projection.kernel_width)
      warn(name + "the kernel is not square; the Python package nir infers a wrong shape, "
                  "read with nir.read(file, type_check=False)",
           false);
    const bool grouped =
        projection.kind == ProjectionKind::conv2d && projection.groups > 1;
    if (grouped)
      warn(name + "the kernel has groups; the Python package nir takes the channels of one for "
                  "all, read with nir.read(file, type_check=False)",
           false);
    if (source != target && projection.delay_steps != 0)
      warn(name + "written as a Delay node, which of the tools only Spyx imports", false);
    if (projection.weighted() && !projection.matrix() &&
        network.population(target).shape.flat())
      warn(name + "written as a Scale node, which of the tools only Spyx imports", false);
    if (source == target)
      warn(name + (sinabs ? "sinabs imports no recurrence"
                          : "SpikingJelly imports no recurrence; a CubaLIF in a sub-graph, as "
                            "snnTorch and Norse take it"),
           false);
    flattened = flattened || projection.kind == ProjectionKind::flatten ||
                (projection.kind == ProjectionKind::dense &&
                 !network.population(source).shape.flat());
  }
  if (flattened && !sinabs)
    warn("Flatten(0, -1) has no batch axis; in snnTorch and Norse give one sample at a time", true);
  return report;
}

}  // namespace volley
