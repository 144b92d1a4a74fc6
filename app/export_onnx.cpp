// `volley export --format onnx`: read back and run before the file gets its name.
#include <fmt/format.h>

#include <filesystem>

#include "app/export_code.hpp"
#include "app/text.hpp"
#include "models/onnx.hpp"
#include "sim/step_network.hpp"

namespace volley {

namespace {

struct OnnxFormOptions {
  int unroll = 0;          ///< steps; 0: a step function
  bool any_order = false;  ///< float sums in the runtime's order
};

/// "population hidden, step 7" where two runs differ first; empty where they do not.
std::string onnx_difference(const StepNetwork& network, const RecordedRun& wanted,
                             const RecordedRun& found) {
  for (std::size_t id = 0; id < wanted.spikes.size(); ++id)
    for (std::size_t t = 0; t < wanted.spikes[id].size(); ++t)
      if (wanted.spikes[id][t] != found.spikes[id].at(t))
        return fmt::format("population {}, step {}", network.populations[id].spec.name, t);
  if (wanted.membrane != found.membrane) return "readout membranes";
  return {};
}

int export_onnx(const ExportRequest& request, const OnnxFormOptions& options) {
  const FrozenPlan plan(request.model.frozen);
  const StepNetwork network = step_network(plan, request.model.name);
  AtomicFile target(request.options.file);
  write_onnx(network, {options.unroll, options.any_order}, target.temporary());
  Json& json = request.json;
  if (!request.options.no_verify) {
    const CheckRecordings recordings = check_recordings(request);
    const Recorded recorded = record_runs(plan, network, nullptr, recordings);
    const OnnxModel read(target.temporary());
    std::string words;
    for (std::size_t i = 0; i < recorded.runs.size() && words.empty(); ++i) {
      const std::string difference = onnx_difference(
          network, recorded.runs[i], read.run(network, recorded.runs[i].inputs));
      if (!difference.empty()) words = recordings.names[i] + ", " + difference;
    }
    if (words.empty()) {
      say_identical(recorded, "after reading back", request);
    } else if (!options.any_order) {
      return say_differs(words, request);
    } else {
      json["identical"] = false;
      need_acceptance({{"rounding", words, "sums in another order round otherwise"}}, request);
    }
  }
  finish_file(target,
              "opset 17, " + (options.unroll > 0
                                  ? plural(static_cast<std::uint64_t>(options.unroll), "step") +
                                        " unrolled"
                                  : "one step, state in and out"),
              request);
  return 0;
}

}  // namespace

ExportFormat onnx_format(CLI::App& command) {
  const auto options = std::make_shared<OnnxFormOptions>();
  command.add_option("--unroll", options->unroll, "onnx: so many steps in one graph, not one")
      ->type_name("STEPS")
      ->check(between(1, 4096));
  command.add_flag("--any-order", options->any_order,
                   "onnx: float weights by MatMul, rounded as the runtime adds them");
  ExportFormat format;
  format.name = "onnx";
  format.extensions = {".onnx"};
  format.words = "a step function, or unrolled";
  format.losses = {"rounding"};
  format.options = {"--unroll", "--any-order"};
  format.write = [options](const ExportRequest& request) { return export_onnx(request, *options); };
  return format;
}

}  // namespace volley
