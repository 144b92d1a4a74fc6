// What the exports that are programs share - C, ONNX, Verilog: what the engine does with the
// recordings, and what is said of the comparison. Must not know their texts.
#pragma once

#include <string>
#include <vector>

#include "app/export_check.hpp"
#include "models/fixed_point.hpp"
#include "models/step_network.hpp"
#include "sim/event_engine.hpp"

namespace volley {

/// A folder of our own, gone afterwards.
class ExportFolder {
public:
  /// @throws Error where no folder can be made
  ExportFolder();
  ~ExportFolder();
  ExportFolder(const ExportFolder&) = delete;
  ExportFolder& operator=(const ExportFolder&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

/// Whether the shell finds a program.
bool has_program(const std::string& program);

struct TextFile {
  std::string name, text;
};
void write_text_files(const std::string& folder, const std::vector<TextFile>& files);

/// What the recordings give, in the arithmetic of the export.
struct Recorded {
  std::vector<RecordedRun> runs;
  std::uint64_t spikes = 0;
  Comparison rounding;  ///< against the float engine
};
/// @param fixed integers of a network in fixed point; null: as the engine computes
Recorded record_runs(const FrozenPlan& plan, const StepNetwork& network, const FixedNetwork* fixed,
                     const CheckRecordings& recordings);

/// Says how many spikes fixed point changes. @throws Error where it does and that was not accepted
void check_rounding(const Recorded& recorded, const ExportRequest& request);

/// Says that nothing differs.
/// @param how what ran it: "as compiled by cc"
void say_identical(const Recorded& recorded, const std::string& how, const ExportRequest& request);

/// Writes the files into the folder that the user named, and says so.
void finish_folder(const ExportRequest& request, const std::vector<TextFile>& files);

}  // namespace volley
