// The figures of a run in words and as JSON, and the predictions as CSV. Must not know how they
// were computed.
#pragma once

#include <string>
#include <vector>

#include "app/console.hpp"
#include "datasets/load_spikes.hpp"
#include "sim/evaluate.hpp"

namespace volley {

struct RunFigures {
  const FrozenPlan& plan;
  const Evaluation& evaluation;
  const LabelledSpikes& data;
  EngineKind engine;
  double seconds = 0;
};

std::string report_text(const RunFigures& figures, const std::vector<std::string>& class_names);
Json report_json(const RunFigures& figures);

/// name,label,predicted,score_0,... per recording, scores from the event engine.
std::string predictions_csv(const FrozenPlan& plan, const LabelledSpikes& data);

}  // namespace volley
