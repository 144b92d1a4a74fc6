// Reporting NeuroBench's metrics.
#include "app/neurobench_report.hpp"

#include <fmt/format.h>

#include "app/text.hpp"

namespace volley {

namespace {

std::string joules_text(double nanojoules) {
  if (nanojoules < 1000) return fmt::format("{:.3g} nJ", nanojoules);
  if (nanojoules < 1e6) return fmt::format("{:.3g} uJ", nanojoules * 1e-3);
  return fmt::format("{:.3g} mJ", nanojoules * 1e-6);
}

}  // namespace

std::string neurobench_text(const NeurobenchMetrics& metrics) {
  std::string text = fmt::format("NeuroBench metrics over {}\n",
                                 plural(metrics.recordings, "recording"));
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<22}{}\n", name, value);
  };
  line("Footprint", fmt::format("{} bytes in float, {} with weights at their own bits (membranes: "
                                "{} more)",
                                count_text(metrics.footprint),
                                count_text(metrics.footprint_quantised),
                                count_text(metrics.membrane_bytes)));
  line("ParameterCount", count_text(metrics.parameter_count) + ", folded as it runs");
  line("ConnectionSparsity", fmt::format("{:.4f}", metrics.connection_sparsity));
  line("ActivationSparsity", fmt::format("{:.4f}", metrics.activation_sparsity));
  for (const auto& layer : metrics.layers)
    line(("  " + layer.name).c_str(), fmt::format("{:.4f}", layer.sparsity));
  line("MembraneUpdates", rate_text(metrics.membrane_updates) + " per recording");
  line("Effective_MACs", rate_text(metrics.effective_macs) + " per recording");
  line("Effective_ACs", rate_text(metrics.effective_acs) + " per recording");
  line("Dense", rate_text(metrics.dense) + " per recording");
  text += "\nenergy of the synaptic operations per recording, if done in 45 nm\n";
  std::vector<std::vector<std::string>> rows{{"type", "effective", "dense", "pJ per AC",
                                              "pJ per MAC"}};
  const auto energies = energy_of(metrics);
  for (std::size_t i = 0; i < energies.size(); ++i) {
    const OperationEnergy& cost = operation_energies[i];
    rows.push_back({cost.type, joules_text(energies[i].effective_nj),
                    joules_text(energies[i].dense_nj), fmt::format("{:g}", cost.add_pj),
                    fmt::format("{:g}", cost.add_pj + cost.multiply_pj)});
  }
  text += table_text(rows);
  text +=
      "  Assumed: costs of Horowitz, ISSCC 2014; an AC is one addition, a MAC one multiplication\n"
      "  and one addition of the same type (int8 accumulates in 8 bits); dense takes a MAC for\n"
      "  every connection in every step. Memory traffic, membrane updates, biases and pooling are\n"
      "  left out; reading memory often costs more than the arithmetic. Nothing here was measured\n"
      "  on hardware. Counted: real fan-out at borders, zero weights skipped, biases not counted.\n";
  return text;
}

Json neurobench_json(const NeurobenchMetrics& metrics) {
  Json layers = Json::object(), energy = Json::array();
  for (const auto& layer : metrics.layers) layers[layer.name] = layer.sparsity;
  const auto energies = energy_of(metrics);
  for (std::size_t i = 0; i < energies.size(); ++i) {
    const OperationEnergy& cost = operation_energies[i];
    energy.push_back({{"type", cost.type},
                      {"effective_nj", energies[i].effective_nj},
                      {"dense_nj", energies[i].dense_nj},
                      {"pj_per_ac", cost.add_pj},
                      {"pj_per_mac", cost.add_pj + cost.multiply_pj}});
  }
  return {{"Footprint", metrics.footprint},
          {"FootprintQuantised", metrics.footprint_quantised},
          {"membrane_bytes", metrics.membrane_bytes},
          {"ParameterCount", metrics.parameter_count},
          {"ConnectionSparsity", metrics.connection_sparsity},
          {"ActivationSparsity", metrics.activation_sparsity},
          {"ActivationSparsityByLayer", layers},
          {"MembraneUpdates", metrics.membrane_updates},
          {"SynapticOperations",
           {{"Effective_MACs", metrics.effective_macs},
            {"Effective_ACs", metrics.effective_acs},
            {"Dense", metrics.dense}}},
          {"energy_45nm", {{"assumed", "arithmetic only, Horowitz ISSCC 2014; no memory traffic"},
                           {"per_recording", energy}}}};
}

}  // namespace volley
