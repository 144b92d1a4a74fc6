#include "sim/event_engine.hpp"

#include <algorithm>
#include <bit>

#include "sim/loss.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/pool_bits.hpp"
#include "sim/relay.hpp"
#include "sim/sweep_kernel.hpp"
#include "sim/synaptic_counter.hpp"

namespace volley {

namespace {
/// Of a step in a ring, whose length is a power of two: a division costs as much as a kernel.
std::size_t place(std::int64_t t, std::size_t ring) {
  return static_cast<std::size_t>(t) & (ring - 1);
}
}  // namespace

EventEngine::EventEngine(const FrozenPlan& plan) : frozen_(plan) {
  const Plan& flat = plan.plan();
  longest_.resize(flat.populations.size(), 0);
  for (const PlanProjection& projection : flat.projections)
    longest_[projection.source] =
        std::max(longest_[projection.source], projection.delay(projection.taps - 1));
  for (const PlanPopulation& population : flat.populations) {
    slot_.push_back(populations_.size());
    history_.emplace_back();
    if (population.spec.kind == NeuronKind::lif)
      populations_.emplace_back(population.spec, plan.network().bias[population.id],
                                plan.network().channel_beta(population.id));
  }
  make_rings(1);
  const PlanPopulation& readout = flat.populations[flat.readout];
  if (!readout.spiking()) {
    readout_.resize(readout.neurons);
    readout_before_.resize(readout.neurons);
    readout_current_.resize(readout.neurons);
    if (readout.spec.extended())
      extended_readout_.emplace(readout.spec, plan.network().channel_beta(readout.id),
                                plan.network().bias[readout.id]);
  }
}

/// Rings that hold what steps to come look back at, while so many steps are taken together.
void EventEngine::make_rings(std::size_t steps) {
  for (const PlanPopulation& population : frozen_.plan().populations) {
    auto& ring = history_[population.id];
    const std::size_t room = std::bit_ceil(longest_[population.id] + steps);
    if (ring.size() < room) ring.resize(room, StepSpikes(population.neurons));
  }
  input_values_.resize(history_[frozen_.plan().input].size());
}

void EventEngine::reset() {
  for (EventPopulation& population : populations_) population.reset();
  for (auto& ring : history_)
    for (auto& spikes : ring) spikes.clear();
  std::fill(readout_.begin(), readout_.end(), 0.0f);
  if (extended_readout_) extended_readout_->reset();
  t_ = -1;
  operations_ = 0;
}

const StepSpikes& EventEngine::history(std::size_t population, std::int64_t t) const {
  const auto& ring = history_[population];
  return ring[place(t, ring.size())];
}

template <class Body>
void EventEngine::arriving(const PlanProjection& projection, const Body& body) const {
  for (std::size_t tap = projection.taps; tap-- > 0;) {
    const auto delay = static_cast<std::int64_t>(projection.delay(tap));
    if (t_ >= delay) body(tap, t_ - delay);
  }
}

std::span<const std::uint32_t> EventEngine::spikes(std::size_t population) const {
  return t_ < 0 ? std::span<const std::uint32_t>() : history(population, t_).list();
}

std::uint64_t EventEngine::neuron_updates() const {
  std::uint64_t updates = 0;
  for (const PlanPopulation& population : frozen_.plan().populations)
    if (population.spec.kind == NeuronKind::lif)
      updates += populations_[slot_[population.id]].updates() * population.channels;
  return updates;
}

std::span<const float> EventEngine::values(std::size_t population, std::int64_t t) const {
  if (population != frozen_.plan().input) return {};
  return input_values_[place(t, input_values_.size())];
}

void EventEngine::deliver(const PlanProjection& projection, std::int64_t emitted,
                          EventPopulation& target) {
  const StepSpikes& spikes = history(projection.source, emitted);
  if (spikes.empty()) return;
  const std::span<const float> graded = values(projection.source, emitted);
  if (counter_ != nullptr) counter_->call(projection.id, spikes.list(), graded);
  const std::uint64_t arrivals =
      currents_.add(frozen_, projection, spikes, graded, target.currents());
  operations_ += arrivals * (projection.columns / projection.groups);
  if (projection.spec.kind == ProjectionKind::dense) {
    target.touch_all();
  } else if (target.swept()) {
    target.arrive(arrivals);
  } else {
    const auto channels = static_cast<std::uint32_t>(projection.source_shape.channels);
    for (const std::uint32_t spike : spikes.list())
      for (const ConvReach reach : projection.table.from(spike / channels))
        target.touch(reach.target);
  }
}

template <class Add>
void EventEngine::follow(const PlanProjection& projection, std::size_t tap, std::int64_t emitted,
                         const Add& add) {
  const std::span<const std::uint32_t> spikes = history(projection.source, emitted).list();
  const std::span<const float> graded = values(projection.source, emitted);
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    const auto synapses = frozen_.delays(projection.id).from(spikes[k], tap);
    for (const DelayedSynapse synapse : synapses)
      add(synapse.target, graded.empty() ? synapse.weight : graded[k] * synapse.weight);
    operations_ += synapses.size();
  }
}

void EventEngine::deliver_all(const std::vector<std::size_t>& projections,
                              EventPopulation& target) {
  for (const std::size_t id : projections) {
    const PlanProjection& projection = frozen_.plan().projections[id];
    const auto channels = static_cast<std::uint32_t>(projection.target_shape.channels);
    arriving(projection, [&](std::size_t tap, std::int64_t emitted) {
      if (!projection.delayed()) {
        deliver(projection, emitted, target);
        return;
      }
      if (counter_ != nullptr && tap == 0)
        counter_->call(id, history(projection.source, emitted).list(),
                       values(projection.source, emitted));
      follow(projection, tap, emitted, [&](std::uint32_t neuron, float current) {
        target.currents()[neuron] += current;
        target.touch(neuron / channels);
      });
    });
  }
}

std::size_t EventEngine::sweep(const PlanPopulation& population, EventPopulation& target,
                               std::size_t steps) {
  const std::size_t id = population.id;
  const auto& early = frozen_.network().early;
  if (!target.sweeps_plainly() || population.feed_forward.size() != 1 ||
      !population.recurrent.empty() || (id < early.size() && !early[id].ratio.empty()))
    return 0;
  const PlanProjection& only = frozen_.plan().projections[population.feed_forward[0]];
  const std::int64_t emitted = t_ - static_cast<std::int64_t>(only.delay(0));
  if (only.delayed() || only.taps != 1 || emitted < 0) return 0;
  auto& ring = history_[id];
  SweepStep taken[most_window_steps];
  std::size_t count = 0;
  for (; count < std::min(steps, most_window_steps); ++count) {
    const std::int64_t from = emitted + static_cast<std::int64_t>(count);
    const StepSpikes& spikes = history(only.source, from);
    if (!FrozenCurrents::sweeps(frozen_, only, spikes, values(only.source, from))) break;
    if (counter_ != nullptr) counter_->call(only.id, spikes.list());
    const std::int64_t t = t_ + static_cast<std::int64_t>(count);
    taken[count] = {&spikes, ring[place(t, ring.size())].begin_bits()};
  }
  if (count == 0) return 0;
  currents_.sweep(frozen_, only, target.sweep_row(), {taken, count});
  std::uint64_t arrivals[most_window_steps];
  for (std::size_t at = 0; at < count; ++at) {
    StepSpikes& fired = ring[place(t_ + static_cast<std::int64_t>(at), ring.size())];
    fired.end_bits(count_bits(taken[at].bits, (population.neurons + 63) / 64));
    arrivals[at] = taken[at].arrivals;
    operations_ += arrivals[at] * (only.columns / only.groups);
  }
  t_ += static_cast<std::int64_t>(count) - 1;
  target.finish_sweeps(t_, {arrivals, count});
  return count;
}

void EventEngine::step_readout(const PlanPopulation& population) {
  std::fill(readout_current_.begin(), readout_current_.end(), 0.0f);
  for (const std::size_t id : population.feed_forward) {
    const PlanProjection& projection = frozen_.plan().projections[id];
    arriving(projection, [&](std::size_t tap, std::int64_t emitted) {
      const StepSpikes& spikes = history(projection.source, emitted);
      if (counter_ != nullptr && tap == 0)
        counter_->call(id, spikes.list(), values(projection.source, emitted));
      if (projection.delayed()) {
        follow(projection, tap, emitted, [&](std::uint32_t neuron, float current) {
          readout_current_[neuron] += current;
        });
        return;
      }
      operations_ += currents_.add(frozen_, projection, spikes, values(projection.source, emitted),
                                   readout_current_.data()) *
                     (projection.columns / projection.groups);
    });
  }
  frozen_.adjust_early(population.id, static_cast<std::size_t>(t_), readout_current_.data());
  if (extended_readout_) {
    extended_readout_->step(0, population.neurons / population.channels, readout_current_.data());
    std::copy(extended_readout_->membrane().begin(), extended_readout_->membrane().end(),
              readout_.begin());
    return;
  }
  readout_before_ = readout_;
  membrane_row({static_cast<float>(population.spec.beta),
                static_cast<float>(population.spec.threshold), Reset::none,
                t_ == 0 ? nullptr : readout_before_.data(), readout_current_.data(), nullptr,
                frozen_.network().bias[population.id].data(), readout_.data()},
               population.neurons);
}

void EventEngine::step_relay(const PlanPopulation& relay, StepSpikes& fired) {
  if (relay.feed_forward.size() == 1) {
    const PlanProjection& only = frozen_.plan().projections[relay.feed_forward[0]];
    const StepSpikes& source = history(only.source, t_);
    if (only.spec.kind == ProjectionKind::max_pool && source.as_bits()) {
      fired.write_bits([&](std::uint64_t* bits) {
        return pool_bits(only, frozen_.sources(only.id), source.bits(), bits);
      });
      return;
    }
  }
  fired.write_list([&](std::vector<std::uint32_t>& list) {
    relay_step(
        frozen_.plan(), relay, [&](std::size_t source) { return history(source, t_).list(); },
        list);
  });
}

std::size_t EventEngine::advance(const PlanPopulation& population, std::size_t steps) {
  auto& ring = history_[population.id];
  StepSpikes& fired = ring[place(t_, ring.size())];
  if (population.spec.kind == NeuronKind::relay) step_relay(population, fired);
  if (population.spec.kind == NeuronKind::leaky_integrator) step_readout(population);
  if (population.spec.kind == NeuronKind::lif) {
    EventPopulation& target = populations_[slot_[population.id]];
    const std::size_t swept = sweep(population, target, steps);
    if (swept != 0) return swept;
    deliver_all(population.feed_forward, target);
    if (frozen_.adjust_early(population.id, static_cast<std::size_t>(t_), target.currents()))
      target.touch_all();
    deliver_all(population.recurrent, target);
    target.finish_step(t_, fired);
  }
  return 1;
}

void EventEngine::take_input(std::span<const std::uint32_t> input,
                             std::span<const float> values) {
  if (counter_ != nullptr) counter_->step();
  auto& ring = history_[frozen_.plan().input];
  ring[place(t_, ring.size())].assign(input);
  input_values_[place(t_, input_values_.size())].assign(values.begin(), values.end());
}

void EventEngine::step(std::span<const std::uint32_t> input, std::span<const float> values) {
  ++t_;
  take_input(input, values);
  for (const std::size_t id : frozen_.plan().order) advance(frozen_.plan().populations[id], 1);
}

/// Some steps of one population before the next takes its own, so that weights and membranes stay
/// in cache: nothing of a population reaches one before it in order.
template <class Behind>
void EventEngine::run_through(const SpikeTrain& input, const Behind& behind) {
  make_rings(most_window_steps);
  reset();
  for (std::uint32_t begin = 0; begin < input.steps;) {
    const auto end = static_cast<std::uint32_t>(
        std::min<std::size_t>(input.steps, begin + most_window_steps));
    for (std::uint32_t t = begin; t < end; ++t) {
      t_ = t;
      take_input(input.step(t), input.values_at(t));
    }
    for (const std::size_t id : frozen_.plan().order) {
      const PlanPopulation& population = frozen_.plan().populations[id];
      for (std::uint32_t t = begin; t < end;) {
        t_ = t;
        const std::size_t taken = advance(population, end - t);
        for (const auto last = static_cast<std::uint32_t>(t + taken); t < last; ++t)
          behind(population, t);
      }
    }
    begin = end;
  }
}

SampleTrace EventEngine::run(const SpikeTrain& input) {
  check_input(frozen_, input);
  SampleTrace trace = frozen_.empty_trace(input);
  run_through(input, [&](const PlanPopulation& population, std::uint32_t t) {
    if (population.spec.kind == NeuronKind::input) return;
    PopulationTrace& own = trace.populations[population.id];
    if (population.spiking()) {
      const auto fired = history(population.id, t).list();
      own.spikes.indices.insert(own.spikes.indices.end(), fired.begin(), fired.end());
    } else {
      own.membrane.insert(own.membrane.end(), readout_.begin(), readout_.end());
    }
    own.spikes.steps = t + 1;
    own.spikes.offsets.push_back(static_cast<std::uint32_t>(own.spikes.indices.size()));
  });
  trace.synaptic_operations = operations_;
  frozen_.read_scores(trace);
  return trace;
}

const SampleSummary& EventEngine::classify(const SpikeTrain& input) {
  check_input(frozen_, input);
  const Plan& plan = frozen_.plan();
  const PlanPopulation& readout = plan.populations[plan.readout];
  scores_.begin(readout.spec.kind, readout.neurons, frozen_.network().readout);
  summary_.spikes.assign(plan.populations.size(), 0);
  run_through(input, [&](const PlanPopulation& population, std::uint32_t t) {
    summary_.spikes[population.id] += history(population.id, t).size();
    if (population.id != plan.readout) return;
    if (readout.spiking()) scores_.spikes(history(population.id, t).list());
    else scores_.membrane(readout_);
  });
  const auto scores = scores_.finish(input.steps);
  summary_.scores.assign(scores.begin(), scores.end());
  summary_.predicted = predicted_class(summary_.scores);
  summary_.synaptic_operations = operations_;
  return summary_;
}

}  // namespace volley
