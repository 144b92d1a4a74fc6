// metrics.jsonl: one JSON object per line for each batch and epoch, on disk as soon as it is known.
// Owns the layout of the lines; must not know training.
#pragma once

#include <cstdio>
#include <filesystem>

#include "models/checkpoint.hpp"
#include "sim/training_history.hpp"

namespace volley {

class MetricsFile {
public:
  /// Starts the file anew; with `resume`, keeps the lines up to that position and appends (what
  /// came after it is done again, so its lines would stand there twice).
  /// @throws Error where it cannot be written
  MetricsFile(std::filesystem::path file, const TrainingPosition* resume);
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  void add(const BatchRecord& batch);
  void add(const EpochRecord& epoch);
  /// All lines so far, those kept from before included.
  const TrainingHistory& history() const { return history_; }

private:
  void keep_until(const TrainingPosition& position);
  void write_line(const std::string& line);

  std::filesystem::path file_;
  std::FILE* stream_ = nullptr;
  TrainingHistory history_;
};

/// The lines of a finished or running training. @throws Error where the file cannot be read or holds
/// none
TrainingHistory read_metrics(const std::filesystem::path& file);

}  // namespace volley
