// What a Verilog design can be of, and its files in order.
#include "models/verilog.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "models/verilog_design.hpp"

namespace volley {

namespace {

constexpr std::size_t most_layer_neurons = 16384;  ///< of a layer: numbers have 15 bits

[[noreturn]] void refuse_design(const std::string& what, const std::string& where,
                                const std::string& how = "export it as C or ONNX") {
  throw Error(what + ", the Verilog design has dense layers of plain neurons", where, how);
}

void check_design(const StepNetwork& network) {
  for (const StepPopulation& population : network.populations) {
    const Population& spec = population.spec;
    if (spec.kind == NeuronKind::input && population.neurons > 65536)
      refuse_design("has over 65536 inputs, addresses have 16 bits", spec.name);
    if (spec.kind == NeuronKind::input) continue;
    if (spec.kind == NeuronKind::relay &&
        (population.feed_forward.size() != 1 ||
         network.links[population.feed_forward.front()].spec.kind != ProjectionKind::flatten))
      refuse_design("pools or joins maps", spec.name);
    if (spec.kind == NeuronKind::relay) continue;
    if (population.neurons > most_layer_neurons) refuse_design("has over 16384 neurons", spec.name);
    if (spec.extended())
      refuse_design("has a synaptic current, an adaptive threshold, a refractory period or a "
                    "learned decay",
                    spec.name);
    if (spec.kind == NeuronKind::lif && spec.quantizer.levels > 1)
      refuse_design("sends several spikes in a step", spec.name);
  }
  for (const StepLink& link : network.links) {
    if (link.spec.kind == ProjectionKind::flatten) continue;
    if (link.spec.kind != ProjectionKind::dense)
      refuse_design(fmt::format("is of kind {}", to_string(link.spec.kind)), link.name);
    if (!link.delays.empty()) refuse_design("has delays of the synapses' own", link.name);
    if (!link.codes.empty() && !link.one_bit())
      refuse_design(fmt::format("has weights of {} levels", link.largest_code + 1), link.name,
                    "train with weight_bits = 1, or in float; or export it as C or ONNX");
  }
}

}  // namespace

std::vector<VerilogFile> write_verilog(const StepNetwork& network, const FixedNetwork& fixed) {
  check_design(network);
  return VerilogDesign(network, fixed).write();
}

}  // namespace volley
