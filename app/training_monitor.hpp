// What watches a training run for the command: progress, warnings, metrics, the model saved at each
// epoch, the live window. Owns what is printed; must not know how training works.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "app/console.hpp"
#include "app/metrics_file.hpp"
#include "sim/trainer.hpp"
#include "viz/live_window.hpp"

namespace volley {

class TrainingMonitor final : public TrainingObserver {
public:
  struct Settings {
    int epochs = 0, batch_size = 0;
    std::uint64_t batches_before = 0;  ///< of a resumed run
    bool uneven_classes = false;       ///< show the balanced accuracy too
    std::filesystem::path model;       ///< saved here at every epoch
    std::filesystem::path best;        ///< and here at the best one
  };

  /// All of them outlive the monitor; the window may be null.
  TrainingMonitor(Settings settings, const Trainer& trainer, Console& console,
                  MetricsFile& metrics, LiveWindow* window);

  void batch(const BatchRecord& record, std::uint64_t done, std::uint64_t total) override;
  void epoch(const EpochRecord& record) override;
  void best(const EpochRecord& record) override;
  void warning(const TrainingWarning& warning) override;
  bool stop() override;
  bool wants_trace() override;
  void trace(SampleTrace trace) override;

  /// Writes the model as it stands.
  void save() const;
  /// All warnings of this run so far.
  const Json& warnings() const { return warnings_; }

private:
  Settings settings_;
  const Trainer& trainer_;
  Console& console_;
  MetricsFile& metrics_;
  LiveWindow* window_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::uint64_t batches_ = 0;
  std::optional<double> loss_, accuracy_;  ///< smoothed
  Json warnings_ = Json::array();
  std::map<std::pair<TrainingWarning::Kind, std::string>, int> said_;  ///< the epoch last warned of
};

}  // namespace volley
