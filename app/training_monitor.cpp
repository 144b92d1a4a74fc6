// Printing, saving and showing a training run.
#include "app/training_monitor.hpp"

#include <fmt/format.h>

#include <cmath>

#include "app/interrupt.hpp"
#include "app/text.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

constexpr double dead_rate = 0.001, saturated_rate = 0.5;

void smooth(std::optional<double>& mean, double value) {
  mean = mean ? 0.9 * *mean + 0.1 * value : value;
}

std::string rates_text(const EpochRecord& record) {
  std::string text;
  for (const PopulationRate& rate : record.rates)
    text += fmt::format("{}{} {:.2f} %", text.empty() ? "" : ", ", rate.name, 100 * rate.rate);
  return text;
}

}  // namespace

TrainingMonitor::TrainingMonitor(Settings settings, const Trainer& trainer, Console& console,
                                 MetricsFile& metrics, LiveWindow* window)
    : settings_(std::move(settings)),
      trainer_(trainer),
      console_(console),
      metrics_(metrics),
      window_(window) {
  if (window_ != nullptr) window_->show(metrics_.history());
}

void TrainingMonitor::batch(const BatchRecord& record, std::uint64_t done, std::uint64_t total) {
  if (!std::isfinite(record.loss))
    throw Error(fmt::format("the loss is no longer a number after {}",
                            plural(record.step, "step")),
                "epoch " + std::to_string(record.epoch),
                "use a smaller --learning-rate, or gradient_clip in the recipe; the model of the "
                "epoch before is kept");
  metrics_.add(record);
  ++batches_;
  smooth(loss_, record.loss);
  smooth(accuracy_, record.accuracy);
  if (window_ != nullptr) {
    window_->add(record);
    window_->status(fmt::format("epoch {} of {}, batch {} of {}", record.epoch, settings_.epochs,
                                done, total));
  }
  if (!console_.progress_due()) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double each = seconds / static_cast<double>(batches_);
  const double all = static_cast<double>(total) * settings_.epochs;
  const double left = all - static_cast<double>(settings_.batches_before + batches_);
  console_.progress(fmt::format(
      "epoch {}/{}  batch {}/{}  {} samples/s  {} left  loss {:.4f}  accuracy {}", record.epoch,
      settings_.epochs, done, total, rate_text(settings_.batch_size / each),
      seconds_text(std::max(0.0, left * each)), *loss_, percent_text(*accuracy_)));
}

void TrainingMonitor::epoch(const EpochRecord& record) {
  metrics_.add(record);
  if (window_ != nullptr) window_->add(record);
  save();
  std::string test;
  if (record.test_accuracy >= 0)
    test = "  test " + console_.ink(percent_text(record.test_accuracy), Ink::strong);
  if (record.test_accuracy >= 0 && settings_.uneven_classes)
    test += " (balanced " + percent_text(record.test_balanced_accuracy) + ")";
  console_.say(fmt::format("epoch {:>{}}/{}  loss {:.4f}  train {}{}  {} samples/s  fires: {}",
                           record.epoch, std::to_string(settings_.epochs).size(),
                           settings_.epochs, record.train_loss,
                           percent_text(record.train_accuracy), test,
                           rate_text(record.samples_per_second), rates_text(record)));
  warn_about_rates(record);
}

void TrainingMonitor::warn_about_rates(const EpochRecord& record) {
  for (const PopulationRate& rate : record.rates) {
    const double share = rate.rate / rate.levels;
    const bool dead = rate.rate < dead_rate, saturated = share > saturated_rate;
    if (!dead && !saturated) {
      warned_.erase(rate.name);
      continue;
    }
    if (!warned_.insert(rate.name).second) continue;  // said once, until it recovers
    console_.warn(fmt::format("{} {}: {:.3f} % of its {} in a step; {}", rate.name,
                              dead ? "is nearly dead" : "is saturated", 100 * share,
                              rate.levels > 1 ? "possible spikes come" : "neurons fire",
                              dead ? "raise its shift or gain, or lower its threshold"
                                   : "lower its shift or gain, or raise its threshold"));
  }
}

bool TrainingMonitor::stop() { return interrupted(); }

bool TrainingMonitor::wants_trace() {
  return window_ != nullptr && window_->is_open() && window_->wants_trace();
}

void TrainingMonitor::trace(SampleTrace trace) { window_->show(std::move(trace)); }

void TrainingMonitor::save() const { save_checkpoint(trainer_.checkpoint(), settings_.model); }

}  // namespace volley
