// Writing the tables.
#include "app/study_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/text.hpp"

namespace volley {

namespace {

constexpr const char* nothing = "-";

/// "10", or "10 to 30" where it differs from run to run.
std::string spread(const std::set<std::size_t>& values) {
  if (values.empty()) return "?";
  if (values.size() == 1) return count_text(*values.begin());
  return count_text(*values.begin()) + " to " + count_text(*values.rbegin());
}

std::string mean_text(const MetricWords& words, const SpreadSummary& summary) {
  if (summary.count == 0) return nothing;
  const std::string mean = fmt::format("{:.{}f}", summary.mean * words.factor, words.decimals);
  if (summary.count < 2) return mean;
  return fmt::format("{} ± {:.{}f}", mean, summary.deviation * words.factor, words.decimals);
}

std::string difference_text(const MetricWords& words, const PairedDifference& difference) {
  if (difference.count == 0) return nothing;
  const auto number = [&](double value) {
    return fmt::format("{:+.{}f}", value * words.factor, words.decimals);
  };
  if (!difference.tested) return number(difference.mean);
  return number(difference.mean) + " [" + number(difference.low) + ", " + number(difference.high) +
         "]";
}

std::string p_text(const PairedDifference& difference) {
  if (!difference.tested) return nothing;
  return difference.p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", difference.p);
}

bool any_diverged(const std::vector<CellSummary>& cells) {
  return std::any_of(cells.begin(), cells.end(),
                     [](const CellSummary& cell) { return cell.diverged > 0; });
}

std::string row_text(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

std::string head(const StudyPlan& plan, const std::vector<std::optional<RunResult>>& results,
                 const std::string& command) {
  const Study& study = plan.study;
  std::set<std::size_t> train, test, epochs;
  std::set<std::string> datasets;
  std::size_t finished = 0;
  for (std::size_t run = 0; run < plan.runs.size(); ++run) {
    const Recipe& recipe = plan.runs[run].recipe;
    epochs.insert(static_cast<std::size_t>(recipe.training.epochs));
    datasets.insert(recipe.dataset.name);
    if (!results[run]) continue;
    ++finished;
    train.insert(results[run]->train_recordings);
    test.insert(results[run]->test_recordings);
  }
  std::vector<std::string> seeds;
  for (const std::uint64_t seed : study.seeds) seeds.push_back(std::to_string(seed));
  std::string text = "# " + study.name + "\n\n";
  if (!study.description.empty()) text += study.description + "\n\n";
  text += fmt::format("- command: `{}`\n", command);
  text += fmt::format("- recipe: {}\n", fmt::join(study.recipes, ", "));
  text += fmt::format("- data: {}; {} training and {} test recordings\n",
                      fmt::join(datasets, ", "), spread(train), spread(test));
  text += fmt::format("- epochs: {}; seeds: {} ({})\n", spread(epochs), study.seeds.size(),
                      fmt::join(seeds, ", "));
  text += fmt::format("- runs: {} of {} finished\n", finished, plan.runs.size());
  return text;
}

std::string notes(const StudyPlan& plan, const std::vector<CellSummary>& cells) {
  const Study& study = plan.study;
  std::string text = "\nMean ± sample standard deviation over n seeds.";
  if (any_diverged(cells))
    text += " A run diverged where its loss was no longer a number; it counts in no mean.";
  if (!study.has_baseline()) return text + "\n";
  std::string names;
  for (std::size_t axis = 0; axis < study.axes.size(); ++axis)
    if (study.baseline[axis])
      names += (names.empty() ? "" : ", ") + study.axes[axis].name + " " +
               study.axes[axis].values[*study.baseline[axis]].label;
  const auto compared = std::count_if(cells.begin(), cells.end(), [](const CellSummary& cell) {
    return !cell.baseline;
  });
  return text +
         fmt::format("\nDifference from {} (other values equal): mean over seeds with a 95 % "
                     "interval and the p value of the paired t test.\nEach p stands for itself; "
                     "with {} rows, expect about {:.2g} below 0.05 where there is nothing.\n",
                     names, compared, 0.05 * static_cast<double>(compared));
}

/// A field of RFC 4180.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

}  // namespace

std::string study_markdown(const StudyPlan& plan,
                           const std::vector<std::optional<RunResult>>& results,
                           const std::vector<CellSummary>& cells, const std::string& command) {
  const Study& study = plan.study;
  const bool diverged = any_diverged(cells);
  std::vector<std::string> heading;
  for (const StudyAxis& axis : study.axes) heading.push_back(axis.name);
  for (const StudyMetric metric : study.metrics) {
    heading.emplace_back(words_of(metric).title);
    if (study.has_baseline()) heading.insert(heading.end(), {"difference", "p"});
  }
  heading.emplace_back("n");
  if (diverged) heading.emplace_back("diverged");
  std::string text = head(plan, results, command) + "\n" + row_text(heading);
  text += row_text(std::vector<std::string>(heading.size(), "---"));
  for (const CellSummary& cell : cells) {
    std::vector<std::string> row;
    for (std::size_t axis = 0; axis < study.axes.size(); ++axis)
      row.push_back(study.axes[axis].values[plan.cells[cell.cell][axis]].label);
    for (std::size_t m = 0; m < study.metrics.size(); ++m) {
      const MetricWords words = words_of(study.metrics[m]);
      const MetricSummary& metric = cell.metrics[m];
      row.push_back(mean_text(words, metric.summary));
      if (!study.has_baseline()) continue;
      if (cell.baseline) row.insert(row.end(), {"baseline", ""});
      else row.insert(row.end(), {difference_text(words, *metric.difference),
                                  p_text(*metric.difference)});
    }
    row.push_back(std::to_string(cell.finished));
    if (diverged) row.push_back(std::to_string(cell.diverged));
    text += row_text(row);
  }
  return text + notes(plan, cells);
}

std::string study_csv(const StudyPlan& plan, const std::vector<CellSummary>& cells) {
  const Study& study = plan.study;
  std::string text;
  for (const StudyAxis& axis : study.axes) text += csv_field(axis.name) + ",";
  text += "n,diverged";
  for (const StudyMetric metric : study.metrics) {
    text += fmt::format(",{0}_mean,{0}_deviation", to_string(metric));
    if (study.has_baseline())
      text += fmt::format(",{0}_difference,{0}_low,{0}_high,{0}_p", to_string(metric));
  }
  text += "\n";
  for (const CellSummary& cell : cells) {
    for (std::size_t axis = 0; axis < study.axes.size(); ++axis)
      text += csv_field(study.axes[axis].values[plan.cells[cell.cell][axis]].label) + ",";
    text += fmt::format("{},{}", cell.finished, cell.diverged);
    for (const MetricSummary& metric : cell.metrics) {
      const SpreadSummary& summary = metric.summary;
      text += summary.count > 0 ? fmt::format(",{}", summary.mean) : ",";
      text += summary.count > 1 ? fmt::format(",{}", summary.deviation) : ",";
      if (!study.has_baseline()) continue;
      const PairedDifference difference = metric.difference.value_or(PairedDifference{});
      text += difference.count > 0 ? fmt::format(",{}", difference.mean) : ",";
      text += difference.tested
                  ? fmt::format(",{},{},{}", difference.low, difference.high, difference.p)
                  : ",,,";
    }
    text += "\n";
  }
  return text;
}

}  // namespace volley
