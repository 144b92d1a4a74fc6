// Printing, saving and showing a training run.
#include "app/training_monitor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/inspect_neuron.hpp"
#include "app/interrupt.hpp"
#include "app/text.hpp"

namespace volley {

namespace {

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
  if (window_ != nullptr && window_->is_open()) {
    window_->add(record);
    tell_of_neurons(*window_, trainer_.frozen());
  }
  save();
  std::string test;
  if (record.test_accuracy >= 0)
    test = "  test " + console_.ink(percent_text(record.test_accuracy), Ink::strong);
  if (record.test_accuracy >= 0 && settings_.uneven_classes)
    test += " (balanced " + percent_text(record.test_balanced_accuracy) + ")";
  console_.say(fmt::format("epoch {:>{}}/{}  loss {:.4f}  train {}{}  {} samples/s  fires: {}{}",
                           record.epoch, std::to_string(settings_.epochs).size(),
                           settings_.epochs, record.train_loss,
                           percent_text(record.train_accuracy), test,
                           rate_text(record.samples_per_second), rates_text(record),
                           record.best ? "  best" : ""));
}

void TrainingMonitor::best(const EpochRecord&) {
  save_checkpoint(trainer_.checkpoint(), settings_.best);
}

void TrainingMonitor::warning(const TrainingWarning& warning) {
  warnings_.push_back({{"epoch", warning.epoch},
                       {"step", warning.step},
                       {"subject", warning.subject},
                       {"problem", warning.problem},
                       {"advice", warning.advice}});
  // Said once; after an epoch that nobody warned of, again.
  const auto said = said_.find({warning.kind, warning.subject});
  const bool repeated = said != said_.end() && said->second + 1 >= warning.epoch;
  said_[{warning.kind, warning.subject}] = warning.epoch;
  if (!repeated)
    console_.warn(warning.subject + " " + warning.problem + "; " + warning.advice);
}

bool TrainingMonitor::stop() { return interrupted(); }

bool TrainingMonitor::wants_trace() {
  return window_ != nullptr && window_->is_open() && window_->wants_trace();
}

void TrainingMonitor::trace(SampleTrace trace) { window_->show(std::move(trace)); }

void TrainingMonitor::save() const { save_checkpoint(trainer_.checkpoint(), settings_.model); }

}  // namespace volley
