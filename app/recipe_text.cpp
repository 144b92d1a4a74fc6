// Recipes in words.
#include "app/recipe_text.hpp"

#include <fmt/format.h>

namespace volley {

std::string network_line(const Network& network) {
  std::string line;
  for (const PopulationId id : network.order()) {
    const Population& population = network.population(id);
    line += (line.empty() ? "" : " - ") + population.name + " " + to_string(population.shape);
  }
  return line;
}

std::string dataset_line(const DatasetOptions& dataset) {
  std::string steps = dataset.steps == 0 ? "as long as each recording"
                                         : fmt::format("{} steps", dataset.steps);
  std::string line = fmt::format("{}, splits {} and {}, steps of {} ms, {}, shifted by up to {} "
                                 "pixels",
                                 dataset.name, dataset.train_split, dataset.test_split,
                                 dataset.dt_ms, steps, dataset.shift_pixels);
  if (dataset.mirror) line += ", mirrored at random";
  if (dataset.events_per_step != 0)
    line += fmt::format(", {} events a step", dataset.events_per_step);
  if (dataset.binning != "binary") line += ", " + dataset.binning;
  for (const NamedValues& transform : dataset.transforms) line += ", " + transform.name;
  if (!dataset.slices.values.empty()) line += ", every slice a sample";
  if (dataset.encoding != "auto") line += ", " + dataset.encoding + " code";
  if (dataset.synthetic_train != 0 || dataset.synthetic_test != 0)
    line += fmt::format(", {} and {} recordings made", dataset.synthetic_train,
                        dataset.synthetic_test);
  if (dataset.train_limit != 0) line += fmt::format(", trained on at most {}", dataset.train_limit);
  if (dataset.test_limit != 0) line += fmt::format(", tested on at most {}", dataset.test_limit);
  return line;
}

namespace {

std::string optimizer_text(const TrainingOptions& training) {
  std::string text = "optimizer " + name_of(optimizer_names, training.optimizer);
  if (training.optimizer == OptimizerKind::sgd)
    text += fmt::format(", sgd_momentum {}, nesterov {}", training.sgd_momentum, training.nesterov);
  return text;
}

std::string schedule_text(const TrainingOptions& training) {
  std::string text = "schedule " + name_of(schedule_names, training.schedule);
  if (training.schedule == Schedule::step)
    text += fmt::format(", schedule_steps {}, schedule_factor {}", training.schedule_steps,
                        training.schedule_factor);
  return text;
}

std::string loss_text(const TrainingOptions& training) {
  std::string text = "loss " + name_of(loss_names, training.loss);
  if (training.loss == LossKind::mse)
    text += fmt::format(", count_correct {}, count_wrong {}", training.count_correct,
                        training.count_wrong);
  return text;
}

std::string budgets_text(const TrainingOptions& training) {
  std::string text;
  if (training.rate_weight > 0)
    text += fmt::format(", rate_target {}, rate_weight {}", training.rate_target,
                        training.rate_weight);
  if (training.synops_target > 0)
    text += fmt::format(", synops_target {}, synops_weight {}", training.synops_target,
                        training.synops_weight);
  return text;
}

}  // namespace

std::string training_lines(const TrainingOptions& training) {
  return fmt::format(
      "  view {}, epochs {}, batch_size {}, learning_rate {}, warm_up {}, weight_decay {}\n"
      "  logit_scale {}, label_smoothing {}, gradient_clip {}, gradient_l1 {}, momentum {}\n"
      "  recalibration_samples {}, class_balanced {}, seed {}\n"
      "  {}, {}\n"
      "  {}, readout {}{}\n"
      "  truncate_steps {}, memory_budget_mib {}, patience {}, early_stop_metric {}\n",
      name_of(view_names, training.view), training.epochs, training.batch_size,
      training.learning_rate, training.warm_up, training.weight_decay, training.logit_scale,
      training.label_smoothing, training.gradient_clip, training.gradient_l1, training.momentum,
      training.recalibration_samples, training.class_balanced, training.seed,
      optimizer_text(training), schedule_text(training), loss_text(training),
      name_of(readout_names, training.readout), budgets_text(training), training.truncate_steps,
      training.memory_budget_mib, training.patience,
      name_of(early_stop_names, training.early_stop_metric));
}

namespace {

Json values_json(const NamedValues& given) {
  Json json = Json::object();
  for (const auto& [key, value] : given.values)
    std::visit([&](const auto& one) { json[key] = one; }, value);
  return json;
}

Json named_json(const std::vector<NamedValues>& list) {
  Json json = Json::array();
  for (const NamedValues& given : list) {
    json.push_back(values_json(given));
    json.back()["name"] = given.name;
  }
  return json;
}

}  // namespace

Json dataset_json(const DatasetOptions& dataset) {
  return {{"name", dataset.name},
          {"train_split", dataset.train_split},
          {"test_split", dataset.test_split},
          {"dt_ms", dataset.dt_ms},
          {"steps", dataset.steps},
          {"encoding", dataset.encoding},
          {"binning", dataset.binning},
          {"events_per_step", dataset.events_per_step},
          {"transforms", named_json(dataset.transforms)},
          {"cochlea", values_json(dataset.cochlea)},
          {"slices", values_json(dataset.slices)},
          {"shift_pixels", dataset.shift_pixels},
          {"mirror", dataset.mirror},
          {"synthetic_train", dataset.synthetic_train},
          {"synthetic_test", dataset.synthetic_test},
          {"train_limit", dataset.train_limit},
          {"test_limit", dataset.test_limit}};
}

Json training_json(const TrainingOptions& training) {
  return {{"view", name_of(view_names, training.view)},
          {"epochs", training.epochs},
          {"batch_size", training.batch_size},
          {"learning_rate", training.learning_rate},
          {"warm_up", training.warm_up},
          {"weight_decay", training.weight_decay},
          {"logit_scale", training.logit_scale},
          {"label_smoothing", training.label_smoothing},
          {"gradient_clip", training.gradient_clip},
          {"gradient_l1", training.gradient_l1},
          {"momentum", training.momentum},
          {"recalibration_samples", training.recalibration_samples},
          {"class_balanced", training.class_balanced},
          {"seed", training.seed},
          {"optimizer", name_of(optimizer_names, training.optimizer)},
          {"sgd_momentum", training.sgd_momentum},
          {"nesterov", training.nesterov},
          {"schedule", name_of(schedule_names, training.schedule)},
          {"schedule_steps", training.schedule_steps},
          {"schedule_factor", training.schedule_factor},
          {"loss", name_of(loss_names, training.loss)},
          {"count_correct", training.count_correct},
          {"count_wrong", training.count_wrong},
          {"readout", name_of(readout_names, training.readout)},
          {"rate_target", training.rate_target},
          {"rate_weight", training.rate_weight},
          {"synops_target", training.synops_target},
          {"synops_weight", training.synops_weight},
          {"truncate_steps", training.truncate_steps},
          {"memory_budget_mib", training.memory_budget_mib},
          {"patience", training.patience},
          {"early_stop_metric", name_of(early_stop_names, training.early_stop_metric)}};
}

}  // namespace volley
