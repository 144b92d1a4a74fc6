// Reporting a run.
#include "app/run_report.hpp"

#include <fmt/format.h>

#include "app/text.hpp"
#include "base/parallel.hpp"
#include "sim/event_engine.hpp"

namespace volley {

namespace {

/// Classes that confusion can be printed for; more would not fit a line.
constexpr std::size_t most_printed_classes = 20;

double per_recording(const RunFigures& figures) {
  const auto count = static_cast<double>(figures.data.trains.size());
  return static_cast<double>(figures.evaluation.synaptic_operations) / count;
}

std::string rates_text(const RunFigures& figures) {
  std::string text;
  for (const PlanPopulation& population : figures.plan.plan().populations)
    if (population.spiking())
      text += fmt::format("{}{} {:.2f} %", text.empty() ? "" : ", ", population.spec.name,
                          100 * figures.evaluation.firing_rates[population.id]);
  return text;
}

std::string class_table(const RunFigures& figures, const std::vector<std::string>& names) {
  const auto& confusion = figures.evaluation.confusion;
  std::vector<std::vector<std::string>> rows{{"class", "recordings", "accuracy", "|"}};
  const auto name = [&](std::size_t label) {
    return label < names.size() ? names[label] : std::to_string(label);
  };
  const bool matrix = confusion.size() <= most_printed_classes;
  for (std::size_t label = 0; matrix && label < confusion.size(); ++label)
    rows.front().push_back(name(label));
  for (std::size_t label = 0; label < confusion.size(); ++label) {
    std::uint64_t total = 0;
    for (const std::uint32_t count : confusion[label]) total += count;
    if (total == 0) continue;
    rows.push_back({name(label), count_text(total),
                    percent_text(static_cast<double>(confusion[label][label]) /
                                 static_cast<double>(total)),
                    "|"});
    for (std::size_t other = 0; matrix && other < confusion.size(); ++other) {
      const std::uint32_t count = confusion[label][other];
      rows.back().push_back(count == 0 ? "." : count_text(count));
    }
  }
  return table_text(rows);
}

}  // namespace

std::string report_text(const RunFigures& figures, const std::vector<std::string>& class_names) {
  const Evaluation& evaluation = figures.evaluation;
  std::string text;
  if (evaluation.samples > 0) {
    text += fmt::format("accuracy           {} ({} of {})\n", percent_text(evaluation.accuracy()),
                        count_text(evaluation.correct), count_text(evaluation.samples));
    text += fmt::format("balanced accuracy  {}\n", percent_text(evaluation.balanced_accuracy()));
    text += "\nrows: what it is; columns right of the bar: what was predicted, and how often\n";
    text += class_table(figures, class_names) + "\n";
  }
  text += "firing rates       " + rates_text(figures) + " (per neuron and step)\n";
  if (figures.engine == EngineKind::event)
    text += fmt::format("synaptic operations  {} per recording, counted\n",
                        rate_text(per_recording(figures)));
  text += fmt::format("speed              {} recordings/s with the {} engine\n",
                      rate_text(static_cast<double>(figures.data.trains.size()) /
                                std::max(1e-9, figures.seconds)),
                      figures.engine == EngineKind::event ? "event" : "clocked");
  return text;
}

Json report_json(const RunFigures& figures) {
  const Evaluation& evaluation = figures.evaluation;
  Json rates = Json::object(), classes = Json::array();
  for (const PlanPopulation& population : figures.plan.plan().populations)
    if (population.spiking())
      rates[population.spec.name] = evaluation.firing_rates[population.id];
  for (std::size_t label = 0; label < evaluation.confusion.size(); ++label) {
    std::uint64_t total = 0;
    for (const std::uint32_t count : evaluation.confusion[label]) total += count;
    classes.push_back(total == 0 ? Json(nullptr)
                                 : Json(static_cast<double>(evaluation.confusion[label][label]) /
                                        static_cast<double>(total)));
  }
  const bool known = evaluation.samples > 0;
  Json json{{"engine", figures.engine == EngineKind::event ? "event" : "clocked"},
            {"recordings", figures.data.trains.size()},
            {"accuracy", known ? Json(evaluation.accuracy()) : Json(nullptr)},
            {"balanced_accuracy", known ? Json(evaluation.balanced_accuracy()) : Json(nullptr)},
            {"class_accuracy", classes},
            {"confusion", evaluation.confusion},
            {"predicted", evaluation.predicted},
            {"firing_rates", rates},
            {"seconds", figures.seconds}};
  json["recordings_per_second"] =
      static_cast<double>(figures.data.trains.size()) / std::max(1e-9, figures.seconds);
  if (figures.engine == EngineKind::event)
    json["synaptic_operations_per_recording"] = per_recording(figures);
  return json;
}

std::string predictions_csv(const FrozenPlan& plan, const LabelledSpikes& data) {
  std::vector<std::string> lines(data.trains.size());
  parallel_for(lines.size(), [&](std::size_t i) {
    const SampleTrace trace = EventEngine(plan).run(data.trains[i]);
    // Names are paths: quoted, with quotes doubled (RFC 4180).
    std::string name;
    for (const char letter : data.names[i]) name += letter == '"' ? "\"\"" : std::string(1, letter);
    lines[i] = fmt::format("\"{}\",{},{}", name, data.labels[i], trace.predicted);
    for (const float score : trace.scores) lines[i] += fmt::format(",{}", score);
  });
  std::string csv = "name,label,predicted";
  for (std::size_t c = 0; c < plan.plan().classes(); ++c) csv += fmt::format(",score_{}", c);
  csv += "\n";
  for (const std::string& line : lines) csv += line + "\n";
  return csv;
}

}  // namespace volley
