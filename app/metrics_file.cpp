// Metrics as lines, written and read back.
#include "app/metrics_file.hpp"

#include <cerrno>
#include <cstring>
#include <functional>
#include <sstream>
#include <system_error>

#include "app/console.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

Json known(double value) { return value < 0 ? Json(nullptr) : Json(value); }

Json to_json(const BatchRecord& batch) {
  return {{"type", "batch"},
          {"epoch", batch.epoch},
          {"step", batch.step},
          {"loss", batch.loss},
          {"accuracy", batch.accuracy},
          {"learning_rate", batch.learning_rate},
          {"gradient_norm", batch.gradient_norm},
          {"penalty", batch.penalty}};
}

Json to_json(const EpochRecord& epoch) {
  Json rates = Json::object();
  for (const PopulationRate& rate : epoch.rates) rates[rate.name] = rate.rate;
  return {{"type", "epoch"},
          {"epoch", epoch.epoch},
          {"train_loss", epoch.train_loss},
          {"train_accuracy", epoch.train_accuracy},
          {"test_accuracy", known(epoch.test_accuracy)},
          {"test_balanced_accuracy", known(epoch.test_balanced_accuracy)},
          {"learning_rate", epoch.learning_rate},
          {"samples_per_second", epoch.samples_per_second},
          {"seconds", epoch.seconds},
          {"loading_seconds", epoch.loading_seconds},
          {"firing_rates", rates},
          {"gradient_norm", epoch.gradient_norm},
          {"penalty", epoch.penalty},
          {"synaptic_operations", epoch.synaptic_operations},
          {"test_synaptic_operations", epoch.test_synaptic_operations},
          {"test_confusion", epoch.test_confusion},
          {"best", epoch.best}};
}

double number(const Json& line, const char* key, double missing) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number() ? found->get<double>() : missing;
}

/// A square of counts, or nothing where a line does not hold one.
std::vector<std::vector<std::uint32_t>> to_confusion(const Json& line) {
  const auto found = line.find("test_confusion");
  std::vector<std::vector<std::uint32_t>> counts;
  if (found == line.end() || !found->is_array() || found->size() > most_confusion_classes)
    return counts;
  for (const Json& row : *found) {
    if (!row.is_array() || row.size() != found->size()) return {};
    counts.emplace_back();
    for (const Json& count : row) {
      if (!count.is_number_unsigned()) return {};
      counts.back().push_back(count.get<std::uint32_t>());
    }
  }
  return counts;
}

BatchRecord to_batch(const Json& line) {
  BatchRecord batch;
  batch.epoch = static_cast<int>(number(line, "epoch", 0));
  batch.step = static_cast<std::uint64_t>(number(line, "step", 0));
  batch.loss = number(line, "loss", 0);
  batch.accuracy = number(line, "accuracy", 0);
  batch.learning_rate = number(line, "learning_rate", 0);
  batch.gradient_norm = number(line, "gradient_norm", 0);
  batch.penalty = number(line, "penalty", 0);
  return batch;
}

EpochRecord to_epoch(const Json& line) {
  EpochRecord epoch;
  epoch.epoch = static_cast<int>(number(line, "epoch", 0));
  epoch.train_loss = number(line, "train_loss", 0);
  epoch.train_accuracy = number(line, "train_accuracy", 0);
  epoch.test_accuracy = number(line, "test_accuracy", -1);
  epoch.test_balanced_accuracy = number(line, "test_balanced_accuracy", -1);
  epoch.learning_rate = number(line, "learning_rate", 0);
  epoch.samples_per_second = number(line, "samples_per_second", 0);
  epoch.seconds = number(line, "seconds", 0);
  epoch.loading_seconds = number(line, "loading_seconds", 0);
  epoch.gradient_norm = number(line, "gradient_norm", 0);
  epoch.penalty = number(line, "penalty", 0);
  epoch.synaptic_operations = number(line, "synaptic_operations", 0);
  epoch.test_synaptic_operations = number(line, "test_synaptic_operations", 0);
  epoch.test_confusion = to_confusion(line);
  epoch.best = line.value("best", false);
  const auto rates = line.find("firing_rates");
  if (rates != line.end() && rates->is_object())
    for (const auto& [name, rate] : rates->items())
      if (rate.is_number()) epoch.rates.push_back({name, rate.get<double>()});
  return epoch;
}

/// Calls `use` with every line that is a JSON object; one cut short by the end of the program is
/// passed over.
void for_each_line(const std::filesystem::path& file,
                   const std::function<void(const std::string&, const Json&)>& use) {
  std::istringstream lines(read_file(file));
  for (std::string text; std::getline(lines, text);) {
    const Json line = Json::parse(text, nullptr, false);
    if (line.is_object()) use(text, line);
  }
}

}  // namespace

MetricsFile::MetricsFile(std::filesystem::path file, const TrainingPosition* resume)
    : file_(std::move(file)) {
  std::error_code failure;
  if (resume != nullptr && std::filesystem::exists(file_, failure)) keep_until(*resume);
  stream_ = std::fopen(file_.c_str(), resume != nullptr ? "a" : "w");
  if (stream_ == nullptr)
    throw Error(std::string("cannot write: ") + std::strerror(errno), file_.string(),
                "check the folder's permissions, or choose another --out");
}

MetricsFile::~MetricsFile() {
  if (stream_ != nullptr) std::fclose(stream_);
}

void MetricsFile::keep_until(const TrainingPosition& position) {
  std::string kept;
  for_each_line(file_, [&](const std::string& text, const Json& line) {
    const std::string type = line.value("type", "");
    if (type == "batch" && number(line, "step", 1e300) <= static_cast<double>(position.step))
      history_.batches.push_back(to_batch(line));
    else if (type == "epoch" && number(line, "epoch", 1e300) <= position.epoch)
      history_.epochs.push_back(to_epoch(line));
    else
      return;
    kept += text + "\n";
  });
  write_file(file_, kept);
}

TrainingHistory read_metrics(const std::filesystem::path& file) {
  TrainingHistory history;
  for_each_line(file, [&](const std::string&, const Json& line) {
    const auto type = line.find("type");
    if (type == line.end()) return;
    if (*type == "batch") history.batches.push_back(to_batch(line));
    if (*type == "epoch") history.epochs.push_back(to_epoch(line));
  });
  if (history.batches.empty() && history.epochs.empty())
    throw Error("holds no metrics of a training run", file.string(),
                "give the folder that volley train wrote, or its metrics.jsonl");
  return history;
}

void MetricsFile::write_line(const std::string& line) {
  const std::string text = line + "\n";
  if (std::fwrite(text.data(), 1, text.size(), stream_) != text.size() ||
      std::fflush(stream_) != 0)
    throw Error(std::string("cannot write: ") + std::strerror(errno), file_.string(),
                "check that the disk is not full");
}

void MetricsFile::add(const BatchRecord& batch) {
  history_.batches.push_back(batch);
  write_line(to_json(batch).dump());
}

void MetricsFile::add(const EpochRecord& epoch) {
  history_.epochs.push_back(epoch);
  write_line(to_json(epoch).dump());
}

}  // namespace volley
