#include "app/nir_options.hpp"

#include "app/options.hpp"

namespace volley {

void add_nir_options(CLI::App& command, NirReadOptions& options) {
  const char* group = "What NIR files of other tools leave open (default: as their metadata say)";
  command
      .add_option("--nir-dt", options.dt, "step in seconds of the file's own time (else 0.0001)")
      ->type_name("SECONDS")
      ->check(between(1e-9, 1e3))
      ->group(group);
  command
      .add_option_function<std::string>(
          "--nir-step",
          [&options](const std::string& word) {
            options.step = word == "exact"    ? NirStep::exact
                           : word == "sinabs" ? NirStep::sinabs
                                              : NirStep::euler;
          },
          "euler: as snnTorch, Norse, SpikingJelly and Lava step; exact: for current that is "
          "constant within a step; sinabs: tau in steps, no gain")
      ->check(CLI::IsMember({"euler", "exact", "sinabs"}).description(""))
      ->type_name("euler|exact|sinabs")
      ->group(group);
  command
      .add_option_function<std::string>(
          "--nir-reset",
          [&options](const std::string& word) {
            options.reset = word == "subtract" ? Reset::subtract
                            : word == "none"   ? Reset::none
                                               : Reset::zero;
          },
          "what a spike does: value sets v_reset, as NIR says it")
      ->check(CLI::IsMember({"value", "subtract", "none"}).description(""))
      ->type_name("value|subtract|none")
      ->group(group);
  command
      .add_option_function<std::string>(
          "--nir-spikes",
          [&options](const std::string& word) { options.several_spikes = word == "several"; },
          "of a neuron in one step")
      ->check(CLI::IsMember({"one", "several"}).description(""))
      ->type_name("one|several")
      ->group(group);
}

}  // namespace volley
