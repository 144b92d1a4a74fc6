// From runs to cells.
#include "app/study_results.hpp"

namespace volley {

namespace {

/// A cell's values of a metric by seed; nothing where the run has none.
std::vector<std::optional<double>> values_of(const StudyPlan& plan,
                                             const std::vector<std::optional<RunResult>>& results,
                                             std::size_t cell, StudyMetric metric) {
  std::vector<std::optional<double>> values;
  for (const std::size_t run : plan.by_cell[cell]) {
    values.emplace_back();
    if (results[run] && !results[run]->diverged) values.back() = results[run]->value(metric);
  }
  return values;
}

PairedDifference compare(const std::vector<std::optional<double>>& own,
                         const std::vector<std::optional<double>>& other) {
  std::vector<double> first, second;
  for (std::size_t seed = 0; seed < own.size(); ++seed) {
    if (!own[seed] || !other[seed]) continue;
    first.push_back(*own[seed]);
    second.push_back(*other[seed]);
  }
  return paired_difference(first, second);
}

}  // namespace

MetricWords words_of(StudyMetric metric) {
  switch (metric) {
    case StudyMetric::test_accuracy: return {"test accuracy (%)", 100, 2};
    case StudyMetric::test_balanced_accuracy: return {"balanced test accuracy (%)", 100, 2};
    case StudyMetric::train_loss: return {"train loss", 1, 4};
    case StudyMetric::firing_rate: return {"firing rate (%)", 100, 2};
    case StudyMetric::synops: return {"SynOps per recording", 1, 0};
    case StudyMetric::seconds: return {"training time (s)", 1, 1};
  }
  return {"", 1, 0};
}

std::vector<CellSummary> summarise_study(const StudyPlan& plan,
                                         const std::vector<std::optional<RunResult>>& results) {
  std::vector<CellSummary> cells;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    CellSummary summary;
    summary.cell = cell;
    for (const std::size_t run : plan.by_cell[cell]) {
      if (!results[run]) continue;
      ++(results[run]->diverged ? summary.diverged : summary.finished);
    }
    const std::optional<std::size_t> baseline = baseline_of(plan.study, plan.cells, cell);
    summary.baseline = plan.study.has_baseline() && !baseline;
    for (const StudyMetric metric : plan.study.metrics) {
      const auto own = values_of(plan, results, cell, metric);
      std::vector<double> present;
      for (const auto& value : own)
        if (value) present.push_back(*value);
      MetricSummary one{summarise(present), {}};
      if (baseline) one.difference = compare(own, values_of(plan, results, *baseline, metric));
      summary.metrics.push_back(one);
    }
    cells.push_back(std::move(summary));
  }
  return cells;
}

Json study_cells_json(const StudyPlan& plan, const std::vector<CellSummary>& cells) {
  const Study& study = plan.study;
  Json list = Json::array();
  for (const CellSummary& cell : cells) {
    Json values = Json::object(), metrics = Json::object();
    for (std::size_t a = 0; a < study.axes.size(); ++a)
      values[study.axes[a].name] = study.axes[a].values[plan.cells[cell.cell][a]].label;
    for (std::size_t m = 0; m < study.metrics.size(); ++m) {
      const MetricSummary& metric = cell.metrics[m];
      Json one{{"mean", metric.summary.count == 0 ? Json(nullptr) : Json(metric.summary.mean)},
               {"deviation",
                metric.summary.count < 2 ? Json(nullptr) : Json(metric.summary.deviation)}};
      if (metric.difference && metric.difference->count > 0) {
        const PairedDifference& difference = *metric.difference;
        one["difference"] = difference.mean;
        if (difference.tested)
          one.update({{"low", difference.low}, {"high", difference.high}, {"p", difference.p}});
      }
      metrics[to_string(study.metrics[m])] = one;
    }
    list.push_back({{"values", values},
                    {"runs", cell.finished},
                    {"diverged", cell.diverged},
                    {"baseline", cell.baseline},
                    {"metrics", metrics}});
  }
  return list;
}

}  // namespace volley
