// Running and reporting the integrate-and-fire networks.
#include "app/rate_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/progress.hpp"
#include "app/text.hpp"
#include "sim/rate_view.hpp"

namespace volley {

std::vector<int> agreement_steps(int steps) {
  std::vector<int> all{steps};
  for (int power = 1; power <= 4 * steps; power *= 2)
    if (power != steps) all.push_back(power);
  std::sort(all.begin(), all.end());
  return all;
}

namespace {

struct Row {
  std::string network, agreement;
  const Evaluation& evaluation;
  double spikes = 0;
};

std::vector<std::string> cells(const Row& row, const RunFigures& figures) {
  std::vector<std::string> texts{
      row.network, row.evaluation.samples > 0 ? percent_text(row.evaluation.accuracy()) : "unknown",
      row.agreement, rate_text(row.spikes)};
  if (figures.engine == EngineKind::event)
    texts.push_back(rate_text(static_cast<double>(row.evaluation.synaptic_operations) /
                              static_cast<double>(figures.data.trains.size())));
  return texts;
}

Json row_json(const RateAgreement& found, EngineKind engine) {
  const bool known = found.evaluation.samples > 0;
  Json json{{"steps", found.steps},
            {"accuracy", known ? Json(found.evaluation.accuracy()) : Json(nullptr)},
            {"agreement", found.agreement()},
            {"agreeing", found.agreeing},
            {"spikes_per_recording", found.spikes_per_recording}};
  if (engine == EngineKind::event)
    json["synaptic_operations_per_recording"] =
        static_cast<double>(found.evaluation.synaptic_operations) /
        static_cast<double>(found.recordings);
  return json;
}

}  // namespace

Json report_rate_view(const RunFigures& figures, const std::vector<int>& steps, Console& console) {
  std::vector<std::vector<std::string>> rows{{"steps", "accuracy", "agreement", "spikes"}};
  if (figures.engine == EngineKind::event) rows.front().push_back("synaptic operations");
  const double spikes = spikes_per_recording(figures.plan, figures.evaluation, 1);
  rows.push_back(cells({"one, of levels", "", figures.evaluation, spikes}, figures));
  Json json = Json::array();
  for (const int each : steps) {
    Progress progress(console,
                      fmt::format("running {}", plural(static_cast<std::uint64_t>(each), "step")),
                      "recordings", figures.data.trains.size());
    const RateAgreement found =
        rate_agreement(figures.plan.network(), each, figures.engine, figures.data.trains,
                       figures.data.labels, figures.evaluation.predicted, [&](std::size_t done) {
                         progress.update(done);
                         return true;
                       });
    rows.push_back(cells({std::to_string(each), percent_text(found.agreement()), found.evaluation,
                          found.spikes_per_recording},
                         figures));
    json.push_back(row_json(found, figures.engine));
  }
  console.result(
      "\nthe integrate-and-fire network over so many steps, per recording; agreement: the "
      "same class as in one step\n" +
      table_text(rows));
  return {{"spikes_per_recording", spikes}, {"integrate_and_fire", json}};
}

}  // namespace volley
