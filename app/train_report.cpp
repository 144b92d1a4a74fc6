// Reporting a training run.
#include "app/train_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/text.hpp"

namespace volley {

namespace {

bool ended_early(const Trainer& trainer, const Recipe& recipe) {
  return trainer.position().finished && trainer.position().epoch < recipe.training.epochs;
}

}  // namespace

std::string memory_line(const Trainer& trainer, const Recipe& recipe) {
  const MicroBatches& cut = trainer.micro_batches();
  const auto batch = static_cast<std::size_t>(recipe.training.batch_size);
  std::string line = fmt::format("about {} predicted for a batch of {}",
                                 bytes_text(cut.whole_bytes), batch);
  if (!cut.recomputing && cut.largest >= batch) return line;
  line += fmt::format(", above memory_budget_mib {}:", recipe.training.memory_budget_mib);
  if (cut.recomputing) line += " currents and membranes are computed twice,";
  if (cut.largest < batch)
    line += fmt::format(" {} parts of at most {},", cut.parts(batch),
                        plural(cut.largest, "sample"));
  return line + fmt::format(" about {}", bytes_text(cut.part_bytes));
}

std::string outcome_lines(const Trainer& trainer, const Recipe& recipe,
                          const std::filesystem::path& best) {
  const TrainingPosition& at = trainer.position();
  if (at.best_epoch == 0) return {};
  const bool by_loss = recipe.training.early_stop_metric == EarlyStopMetric::train_loss;
  std::string lines;
  if (ended_early(trainer, recipe))
    lines += fmt::format("ended after epoch {} of {}: none better in {}\n", at.epoch,
                         recipe.training.epochs,
                         plural(static_cast<std::uint64_t>(recipe.training.patience), "epoch"));
  std::string metric = name_of(early_stop_names, recipe.training.early_stop_metric);
  std::replace(metric.begin(), metric.end(), '_', ' ');
  return lines + fmt::format("best epoch {}: {} {}, saved as {}\n", at.best_epoch, metric,
                             by_loss ? fmt::format("{:.4f}", at.best_value)
                                     : percent_text(at.best_value),
                             best.string());
}

double loading_share(const TrainingHistory& history) {
  double seconds = 0, loading = 0;
  for (std::size_t i = history.epochs.size() > 1 ? 1 : 0; i < history.epochs.size(); ++i) {
    seconds += history.epochs[i].seconds;
    loading += history.epochs[i].loading_seconds;
  }
  return seconds > 0 ? loading / seconds : 0.0;
}

Json training_summary(const Trainer& trainer, const TrainingHistory& history,
                      const Recipe& recipe) {
  Json json{{"command", "train"},
            {"recipe", recipe.name},
            {"epochs", trainer.position().epoch},
            {"steps", trainer.position().step},
            {"finished", trainer.position().finished},
            {"seed", recipe.training.seed}};
  const TrainingPosition& at = trainer.position();
  json["stopped_early"] = ended_early(trainer, recipe);
  json["best_epoch"] = at.best_epoch > 0 ? Json(at.best_epoch) : Json(nullptr);
  json["best_value"] = at.best_epoch > 0 ? Json(at.best_value) : Json(nullptr);
  json["early_stop_metric"] = name_of(early_stop_names, recipe.training.early_stop_metric);
  if (history.epochs.empty()) return json;
  const EpochRecord& last = history.epochs.back();
  json["loss"] = last.train_loss;
  json["train_accuracy"] = last.train_accuracy;
  json["test_accuracy"] = last.test_accuracy < 0 ? Json(nullptr) : Json(last.test_accuracy);
  json["test_balanced_accuracy"] =
      last.test_accuracy < 0 ? Json(nullptr) : Json(last.test_balanced_accuracy);
  json["samples_per_second"] = last.samples_per_second;
  json["loading_share"] = loading_share(history);
  json["firing_rates"] = Json::object();
  for (const PopulationRate& rate : last.rates) json["firing_rates"][rate.name] = rate.rate;
  return json;
}

}  // namespace volley
