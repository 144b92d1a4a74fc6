#include "sim/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace volley {

namespace {

double one_cycle(double progress) {
  constexpr double top = 0.45, bottom = 0.9;  // where it turns
  constexpr double low = 0.1, last = 0.001;
  if (progress < top) return low + (1 - low) * progress / top;
  if (progress < bottom) return 1 - (1 - low) * (progress - top) / (bottom - top);
  return low - (low - last) * (progress - bottom) / (1 - bottom);
}

}  // namespace

double scheduled_rate(const TrainingOptions& options, std::uint64_t step, std::uint64_t total) {
  const double now = static_cast<double>(step) + 1, all = static_cast<double>(total);
  if (options.schedule == Schedule::one_cycle)
    return options.learning_rate * one_cycle(std::min(1.0, now / all));
  const double rising = options.warm_up * all;
  const double risen = now < rising ? options.learning_rate * now / rising : options.learning_rate;
  if (options.schedule == Schedule::constant) return risen;
  if (options.schedule == Schedule::step) {
    const auto epochs = static_cast<std::uint64_t>(options.epochs);
    const std::uint64_t epoch = step / std::max<std::uint64_t>(1, total / epochs);
    const std::uint64_t drops = epoch / static_cast<std::uint64_t>(options.schedule_steps);
    return risen * std::pow(options.schedule_factor, static_cast<double>(drops));
  }
  if (now < rising) return risen;
  const double progress = all > rising ? (now - rising) / (all - rising) : 1.0;
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, progress)));
}

}  // namespace volley
