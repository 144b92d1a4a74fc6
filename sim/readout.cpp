#include "sim/readout.hpp"

#include <algorithm>

#include "sim/loss.hpp"

namespace volley {

void ScoreReader::begin(NeuronKind kind, std::size_t classes, ReadoutScore score) {
  kind_ = kind;
  score_ = kind == NeuronKind::leaky_integrator ? score : ReadoutScore::mean;
  scores_.assign(classes, 0.0f);
}

void ScoreReader::spikes(std::span<const std::uint32_t> spikes) {
  for (const std::uint32_t neuron : spikes) scores_[neuron] += 1.0f;
}

void ScoreReader::membrane(std::span<const float> membrane) {
  for (std::size_t c = 0; c < scores_.size(); ++c) {
    if (score_ == ReadoutScore::mean) scores_[c] += membrane[c];
    if (score_ == ReadoutScore::max) scores_[c] = std::max(scores_[c], membrane[c]);
    if (score_ == ReadoutScore::last) scores_[c] = membrane[c];
  }
}

std::span<const float> ScoreReader::finish(std::uint32_t steps) {
  if (score_ == ReadoutScore::mean)
    for (float& score : scores_) score /= static_cast<float>(std::max(1u, steps));
  return scores_;
}

void read_scores(SampleTrace& trace, std::size_t readout, ReadoutScore score) {
  const PopulationTrace& own = trace.populations[readout];
  const std::size_t classes = own.shape.size();
  ScoreReader reader;
  reader.begin(own.kind, classes, score);
  if (own.kind == NeuronKind::leaky_integrator) {
    const std::span<const float> all = own.membrane;
    for (std::size_t at = 0; at + classes <= all.size(); at += classes)
      reader.membrane(all.subspan(at, classes));
  } else {
    reader.spikes(own.spikes.indices);
  }
  const auto scores = reader.finish(trace.steps);
  trace.scores.assign(scores.begin(), scores.end());
  trace.predicted = predicted_class(trace.scores);
}

}  // namespace volley
