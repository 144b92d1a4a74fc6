// What a picture is drawn from: a model, one recording and what the network makes of it, what a
// simulation left behind, the history of a training run. Owns how the files on the command line are told apart; must not know pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/membrane_file.hpp"
#include "app/model_file.hpp"
#include "sim/frozen_plan.hpp"
#include "sim/trace.hpp"
#include "sim/training_history.hpp"

namespace volley {

struct PlotSource {
  /// Models, folders of volley train, event recordings; of volley simulate the folder, spikes.csv,
  /// spikes-NAME.npy or membrane.csv.
  std::vector<std::string> files;
  DataOptions data;
  std::size_t index = 0;           ///< recording of the split
};

/// Opens what is asked for when it is asked for, and once.
class PlotInput {
public:
  /// @throws Error for two models or two recordings, and for files of neither kind
  PlotInput(PlotSource source, Console& console);
  ~PlotInput();

  bool has_model() const { return !model_name_.empty(); }
  /// Whether a recording is named: a file, or a split by one of the options.
  bool has_recording() const;
  /// @throws Error where none is given
  const LoadedModel& model();
  const FrozenPlan& plan();
  /// Recording `index` of the split, or the event file, as the network takes it.
  /// @param offset added to the index
  const SpikeTrain& spikes(std::size_t offset = 0);
  /// Through the network where there is one, else the events alone, or the spikes of a simulation.
  const SampleTrace& trace(std::size_t offset = 0);
  /// Whether a simulation's membranes are named.
  bool has_membranes() const { return !membrane_file_.empty(); }
  /// @throws Error as read_membrane_file does
  RecordedMembranes membranes() const { return read_membrane_file(membrane_file_); }
  /// Recordings from `index` on.
  std::size_t recordings();
  /// The split of the options, whole. @throws Error where the data cannot be read
  LabelledSpikes split();
  std::vector<std::string> class_names();

private:
  /// Whether the file is something that a simulation left, which it then is noted as.
  bool note_simulated(const std::string& file);
  void open_data();

  PlotSource source_;
  Console& console_;
  std::string model_name_, event_file_, spike_file_, membrane_file_;
  std::unique_ptr<LoadedModel> model_;
  std::unique_ptr<FrozenPlan> plan_;
  DatasetOptions dataset_options_;
  std::unique_ptr<Dataset> dataset_;
  LoadOptions load_;
  std::optional<std::size_t> loaded_;  ///< offset of what spikes_ and trace_ hold
  SpikeTrain spikes_;
  std::optional<SampleTrace> trace_;
  Recording recording_;  ///< without its events
};

/// metrics.jsonl of a run folder, of the folder of a model file, or the file itself.
/// @throws Error where there is none
std::filesystem::path metrics_of(const std::string& name);

}  // namespace volley
