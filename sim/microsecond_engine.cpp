#include "sim/microsecond_engine.hpp"

#include <algorithm>

#include "datasets/binned_stream.hpp"
#include "sim/loss.hpp"
#include "sim/relay.hpp"

namespace volley {

MicrosecondEngine::MicrosecondEngine(const FrozenPlan& plan)
    : frozen_(plan), step_ticks_(step_ticks(plan)) {
  const Plan& flat = plan.plan();
  build_lines();
  std::size_t items = lines_.size();
  for (const PlanPopulation& population : flat.populations) {
    slot_.push_back(populations_.size());
    first_item_.push_back(items);
    if (population.spec.kind == NeuronKind::lif) {
      populations_.emplace_back(population, microsecond_dynamics(plan, population.id));
      items += populations_.back().columns();
    } else if (population.spec.kind == NeuronKind::leaky_integrator) {
      readout_.emplace(population, microsecond_dynamics(plan, population.id),
                       plan.network().readout);
    }
  }
  for (const PlanProjection& projection : flat.projections) build_rows(projection);
  wheel_ = TimeWheel(items);
  line_due_.resize(lines_.size());
  fired_.resize(flat.populations.size());
  counts_.resize(flat.populations.size());
  class_counts_.resize(flat.classes());
  class_scores_.resize(flat.classes());
  reset();
}

/// One line for each delay of each projection, a projection's longest first: what was emitted
/// earliest is added first.
void MicrosecondEngine::build_lines() {
  const Plan& flat = frozen_.plan();
  lines_from_.resize(flat.populations.size());
  lines_into_.resize(flat.projections.size());
  logs_.resize(flat.populations.size());
  for (const PlanProjection& projection : flat.projections)
    for (std::size_t tap = projection.taps; tap-- > 0;) {
      if (projection.delay(tap) == 0) continue;
      lines_from_[projection.source].push_back(lines_.size());
      lines_into_[projection.id].push_back(lines_.size());
      lines_.push_back({projection.id, tap,
                        static_cast<std::int64_t>(projection.delay(tap)) * step_ticks_, 0});
    }
  // The slowest last, so that the log is dropped behind it.
  for (auto& lines : lines_from_)
    std::stable_sort(lines.begin(), lines.end(), [&](std::size_t a, std::size_t b) {
      return lines_[a].delay < lines_[b].delay;
    });
}

/// Rows as the kernel reads them, where they are not so already.
void MicrosecondEngine::build_rows(const PlanProjection& projection) {
  AlignedVector<float>& rows = rows_.emplace_back();
  const bool flat_target = projection.target_shape.area() == 1;
  if (!projection.spec.matrix() || projection.grouped() || projection.delayed() ||
      frozen_.plan().populations[projection.target].spec.kind != NeuronKind::lif ||
      (projection.spec.kind == ProjectionKind::dense && !flat_target))
    return;
  const std::size_t columns = projection.columns, stride = padded_column(columns);
  rows.resize(projection.rows * stride);
  const float* weights = frozen_.network().weights[projection.id].data();
  for (std::size_t row = 0; row < projection.rows; ++row)
    std::copy_n(weights + row * columns, columns, rows.data() + row * stride);
}

void MicrosecondEngine::reset() {
  wheel_.clear();
  for (const PlanPopulation& population : frozen_.plan().populations) {
    logs_[population.id].clear();
    counts_[population.id] = 0;
    if (population.spec.kind != NeuronKind::lif) continue;
    populations_[slot_[population.id]].reset();
    schedule(population.id);
  }
  for (Line& line : lines_) line.place = 0;
  now_ = readout_at_ = -1;
  if (readout_) readout_->reset();
  begin_scores();
}

/// Puts the columns that were advanced into the wheel.
void MicrosecondEngine::schedule(std::size_t id) {
  const MicrosecondPopulation& population = populations_[slot_[id]];
  for (const std::uint32_t column : population.advanced())
    wheel_.set(first_item_[id] + column, population.wake_time(column));
}

void MicrosecondEngine::add(const PlanProjection& projection, std::size_t column,
                            const float* weights, std::size_t first, std::size_t count) {
  const std::size_t id = projection.target;
  if (frozen_.plan().populations[id].spec.kind == NeuronKind::lif) {
    populations_[slot_[id]].arrive(column, weights, first, count);
    return;
  }
  readout_->arrive(weights, column * frozen_.plan().populations[id].channels + first, count);
}

/// Spikes of one tick through the synapses of one delay.
void MicrosecondEngine::deliver(const PlanProjection& projection, std::size_t tap,
                                std::span<const std::uint32_t> spikes) {
  const std::size_t columns = projection.columns;
  const std::size_t channels = static_cast<std::size_t>(projection.target_shape.channels);
  const float* weights = frozen_.network().weights[projection.id].data();
  const AlignedVector<float>& rows = rows_[projection.id];
  const std::size_t stride = padded_column(columns);
  for (const std::uint32_t spike : spikes) {
    if (projection.delayed()) {
      const auto synapses = frozen_.delays(projection.id).from(spike, tap);
      for (const DelayedSynapse& synapse : synapses)
        add(projection, synapse.target / channels, &synapse.weight, synapse.target % channels, 1);
      operations_ += synapses.size();
      continue;
    }
    if (projection.spec.kind == ProjectionKind::dense) {
      if (!rows.empty())
        populations_[slot_[projection.target]].arrive(0, rows.data() + spike * stride);
      else
        for (std::size_t at = 0; at < columns; at += channels)
          add(projection, at / channels, weights + spike * columns + at, 0, channels);
      operations_ += columns;
      continue;
    }
    const auto sources = static_cast<std::size_t>(projection.source_shape.channels);
    const std::size_t position = spike / sources, channel = spike % sources;
    const std::size_t per_group = sources / projection.groups, own = columns / projection.groups;
    const std::size_t row = channel % per_group * (projection.rows / per_group);
    const std::size_t first = channel / per_group * own;
    const auto reaches = projection.table.from(position);
    for (const ConvReach reach : reaches)
      if (!rows.empty())
        populations_[slot_[projection.target]].arrive(reach.target,
                                                      rows.data() + (row + reach.tap) * stride);
      else
        add(projection, reach.target, weights + (row + reach.tap) * columns + first, first, own);
    operations_ += reaches.size() * own;
  }
}

/// All that reaches a population in this tick. @return whether there was anything
bool MicrosecondEngine::bring(const PlanPopulation& population,
                              const std::vector<std::size_t>& projections) {
  bool any = false;
  const auto arrived = [&] {
    any = true;
    if (readout_ && population.id == frozen_.plan().readout && readout_at_ != now_) {
      readout_->advance(now_);
      readout_at_ = now_;
    }
  };
  for (const std::size_t id : projections) {
    const PlanProjection& projection = frozen_.plan().projections[id];
    for (const std::size_t number : lines_into_[id]) {
      if (line_due_[number] == 0) continue;
      Line& line = lines_[number];
      DelayedSpikes& log = logs_[projection.source];
      arriving_.clear();
      for (; line.place < log.end() && log.at(line.place).tick + line.delay == now_; ++line.place)
        arriving_.push_back(log.at(line.place).neuron);
      arrived();
      deliver(projection, line.tap, arriving_);
      line_due_[number] = 0;
      wait(number);
      if (number == lines_from_[projection.source].back()) passed_.push_back(number);
    }
    if (projection.delay(0) != 0 || fired_[projection.source].empty()) continue;
    arrived();
    deliver(projection, 0, fired_[projection.source]);
  }
  return any;
}

/// Makes a line due when the first spike before it arrives.
void MicrosecondEngine::wait(std::size_t number) {
  const Line& line = lines_[number];
  const DelayedSpikes& log = logs_[frozen_.plan().projections[line.projection].source];
  wheel_.set(number, line.place < log.end() ? log.at(line.place).tick + line.delay
                                            : TimeWheel::never);
}

void MicrosecondEngine::run_relay(const PlanPopulation& relay, std::vector<std::uint32_t>& fired) {
  for (const std::size_t id : relay.feed_forward) {
    const PlanProjection& projection = frozen_.plan().projections[id];
    const std::vector<std::uint32_t>& spikes = fired_[projection.source];
    if (!projection.spec.pools()) {
      relay_spikes(projection, spikes, fired);
      continue;
    }
    const auto channels = static_cast<std::uint32_t>(projection.source_shape.channels);
    for (const std::uint32_t spike : spikes)
      for (const ConvReach reach : projection.table.from(spike / channels))
        fired.push_back(reach.target * channels + spike % channels);
    std::sort(fired.begin(), fired.end());
    if (projection.spec.kind == ProjectionKind::max_pool)
      fired.erase(std::unique(fired.begin(), fired.end()), fired.end());
  }
  if (relay.feed_forward.size() > 1) std::sort(fired.begin(), fired.end());
}

/// What follows from a population's spikes of this tick, beside what acts at once.
void MicrosecondEngine::send(std::size_t id) {
  const std::vector<std::uint32_t>& fired = fired_[id];
  counts_[id] += fired.size();
  if (listener_) listener_(id, now_, fired);
  if (id == frozen_.plan().readout)
    for (const std::uint32_t neuron : fired) ++class_counts_[neuron];
  if (lines_from_[id].empty()) return;
  logs_[id].add(now_, fired);
  for (const std::size_t line : lines_from_[id])
    if (wheel_.due(line) == TimeWheel::never && line_due_[line] == 0) wait(line);
}

void MicrosecondEngine::run_tick(std::int64_t t, std::span<const std::uint32_t> input, bool due) {
  now_ = t;
  const Plan& plan = frozen_.plan();
  if (due) {
    wheel_.take(t, due_);
    for (const std::uint32_t item : due_) {
      if (item < lines_.size()) {
        line_due_[item] = 1;
        continue;
      }
      const auto after = std::upper_bound(first_item_.begin(), first_item_.end(), item);
      const auto id = static_cast<std::size_t>(after - first_item_.begin()) - 1;
      populations_[slot_[id]].wake(item - first_item_[id]);
    }
  }
  for (const std::size_t id : plan.order) {
    const PlanPopulation& population = plan.populations[id];
    std::vector<std::uint32_t>& fired = fired_[id];
    switch (population.spec.kind) {
      case NeuronKind::input:
        fired.assign(input.begin(), input.end());
        break;
      case NeuronKind::relay:
        run_relay(population, fired);
        break;
      case NeuronKind::leaky_integrator:
        bring(population, population.feed_forward);
        break;
      case NeuronKind::lif: {
        MicrosecondPopulation& own = populations_[slot_[id]];
        bring(population, population.feed_forward);
        bring(population, population.recurrent);
        if (!own.touched()) break;
        own.finish(t, fired);
        schedule(id);
        break;
      }
    }
    if (!fired.empty()) send(id);
  }
  for (std::vector<std::uint32_t>& fired : fired_) fired.clear();
  // Only now has each line of the same delay passed what the slowest one has.
  for (const std::size_t number : passed_)
    logs_[plan.projections[lines_[number].projection].source].drop_before(lines_[number].place);
  passed_.clear();
}

void MicrosecondEngine::tick(std::span<const std::uint32_t> input) {
  const std::int64_t t = now_ + 1;
  const bool due = wheel_.next(t) == t;
  if (due || !input.empty())
    run_tick(t, input, due);
  else
    now_ = t;
}

void MicrosecondEngine::silence(std::uint64_t ticks) {
  const std::int64_t until = now_ + static_cast<std::int64_t>(ticks);
  for (std::int64_t t = wheel_.next(until); t <= until; t = wheel_.next(until))
    run_tick(t, {}, true);
  now_ = until;
}

void MicrosecondEngine::begin_scores() {
  scores_begin_ = now_;
  if (readout_) readout_->begin_scores(now_);
  std::fill(class_counts_.begin(), class_counts_.end(), 0u);
}

std::span<const float> MicrosecondEngine::scores() {
  if (readout_) return readout_->scores(now_);
  const double steps = static_cast<double>(std::max<std::int64_t>(1, now_ - scores_begin_)) /
                       static_cast<double>(step_ticks_);
  for (std::size_t c = 0; c < class_counts_.size(); ++c)
    class_scores_[c] = static_cast<float>(class_counts_[c] / steps);
  return class_scores_;
}

std::size_t MicrosecondEngine::bytes() const {
  std::size_t bytes = wheel_.bytes() + (due_.capacity() + arriving_.capacity()) * sizeof(due_[0]);
  for (const MicrosecondPopulation& population : populations_) bytes += population.bytes();
  for (const DelayedSpikes& log : logs_) bytes += log.bytes();
  for (const auto& fired : fired_) bytes += fired.capacity() * sizeof(std::uint32_t);
  return bytes;
}

SampleSummary classify(MicrosecondEngine& engine, const FrozenPlan& plan,
                       const Recording& recording, std::uint32_t steps) {
  const std::uint64_t before = engine.synaptic_operations();
  const auto step = static_cast<std::uint64_t>(step_ticks(plan));
  const std::uint64_t end = steps * step;
  engine.reset();
  RecordingStream stream(recording);
  BinnedStream ticks(stream, 1, recording.name);
  SpikeTrain shape;
  shape.inputs = ticks.inputs();
  check_input(plan, shape);
  BinnedStep events;
  while (ticks.next(events) && (steps == 0 || events.step < end)) {
    engine.silence(events.step - engine.ticks());
    engine.tick(events.indices);
  }
  engine.silence((steps == 0 ? std::max<std::uint64_t>(1, (engine.ticks() + step - 1) / step) * step
                             : end) -
                 engine.ticks());
  SampleSummary summary;
  const auto scores = engine.scores();
  summary.scores.assign(scores.begin(), scores.end());
  summary.predicted = predicted_class(summary.scores);
  for (std::size_t id = 0; id < plan.plan().populations.size(); ++id)
    summary.spikes.push_back(engine.spikes(id));
  summary.synaptic_operations = engine.synaptic_operations() - before;
  return summary;
}

}  // namespace volley
