#include "sim/event_engine.hpp"

#include <algorithm>

#include "sim/loss.hpp"
#include "sim/membrane_kernels.hpp"
#include "sim/pool_bits.hpp"
#include "sim/relay.hpp"
#include "sim/sweep_kernel.hpp"
#include "sim/synaptic_counter.hpp"

namespace volley {

namespace {
/// Of a step in a ring. Most rings are one step long, and a division costs as much as a kernel.
std::size_t place(std::int64_t t, std::size_t ring) {
  return ring == 1 ? 0 : static_cast<std::size_t>(t) % ring;
}
}  // namespace

EventEngine::EventEngine(const FrozenPlan& plan) : frozen_(plan) {
  const Plan& flat = plan.plan();
  std::vector<std::size_t> longest(flat.populations.size(), 0);
  for (const PlanProjection& projection : flat.projections)
    longest[projection.source] =
        std::max(longest[projection.source], projection.delay(projection.taps - 1));
  for (const PlanPopulation& population : flat.populations) {
    slot_.push_back(populations_.size());
    history_.emplace_back(longest[population.id] + 1, StepSpikes(population.neurons));
    if (population.spec.kind == NeuronKind::lif)
      populations_.emplace_back(population.spec, plan.network().bias[population.id],
                                plan.network().channel_beta(population.id));
  }
  input_values_.resize(history_[flat.input].size());
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

bool EventEngine::sweep(const PlanPopulation& population, EventPopulation& target,
                        StepSpikes& fired) {
  const std::size_t id = population.id;
  const auto& early = frozen_.network().early;
  if (!target.sweeps_plainly() || population.feed_forward.size() != 1 ||
      !population.recurrent.empty() || (id < early.size() && !early[id].ratio.empty()))
    return false;
  const PlanProjection& only = frozen_.plan().projections[population.feed_forward[0]];
  const std::int64_t emitted = t_ - static_cast<std::int64_t>(only.delay(0));
  if (only.delayed() || only.taps != 1 || emitted < 0) return false;
  const StepSpikes& spikes = history(only.source, emitted);
  if (!FrozenCurrents::sweeps(frozen_, only, spikes, values(only.source, emitted))) return false;
  if (counter_ != nullptr) counter_->call(only.id, spikes.list());
  target.finish_step_by(t_, fired, [&](const SweepRow& row, std::uint64_t* bits) {
    const std::uint64_t arrivals = currents_.sweep(frozen_, only, spikes, row, bits);
    operations_ += arrivals * (only.columns / only.groups);
    target.arrive(arrivals);
    return count_bits(bits, (population.neurons + 63) / 64);
  });
  return true;
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

void EventEngine::step(std::span<const std::uint32_t> input, std::span<const float> values) {
  ++t_;
  if (counter_ != nullptr) counter_->step();
  const Plan& plan = frozen_.plan();
  input_values_[place(t_, input_values_.size())].assign(values.begin(), values.end());
  for (const std::size_t id : plan.order) {
    const PlanPopulation& population = plan.populations[id];
    auto& ring = history_[id];
    StepSpikes& fired = ring[place(t_, ring.size())];
    switch (population.spec.kind) {
      case NeuronKind::input:
        fired.assign(input);
        break;
      case NeuronKind::relay:
        step_relay(population, fired);
        break;
      case NeuronKind::leaky_integrator:
        step_readout(population);
        break;
      case NeuronKind::lif: {
        EventPopulation& target = populations_[slot_[id]];
        if (sweep(population, target, fired)) break;
        deliver_all(population.feed_forward, target);
        if (frozen_.adjust_early(id, static_cast<std::size_t>(t_), target.currents()))
          target.touch_all();
        deliver_all(population.recurrent, target);
        target.finish_step(t_, fired);
        break;
      }
    }
  }
}

SampleTrace EventEngine::run(const SpikeTrain& input) {
  check_input(frozen_, input);
  reset();
  SampleTrace trace = frozen_.empty_trace(input);
  for (std::uint32_t t = 0; t < input.steps; ++t) {
    step(input.step(t), input.values_at(t));
    for (const PlanPopulation& population : frozen_.plan().populations) {
      if (population.spec.kind == NeuronKind::input) continue;
      PopulationTrace& own = trace.populations[population.id];
      if (population.spiking()) {
        const auto fired = spikes(population.id);
        own.spikes.indices.insert(own.spikes.indices.end(), fired.begin(), fired.end());
      } else {
        own.membrane.insert(own.membrane.end(), readout_.begin(), readout_.end());
      }
      own.spikes.steps = t + 1;
      own.spikes.offsets.push_back(static_cast<std::uint32_t>(own.spikes.indices.size()));
    }
  }
  trace.synaptic_operations = operations_;
  frozen_.read_scores(trace);
  return trace;
}

const SampleSummary& EventEngine::classify(const SpikeTrain& input) {
  check_input(frozen_, input);
  reset();
  const Plan& plan = frozen_.plan();
  const PlanPopulation& readout = plan.populations[plan.readout];
  scores_.begin(readout.spec.kind, readout.neurons, frozen_.network().readout);
  summary_.spikes.assign(plan.populations.size(), 0);
  for (std::uint32_t t = 0; t < input.steps; ++t) {
    step(input.step(t), input.values_at(t));
    for (std::size_t id = 0; id < plan.populations.size(); ++id)
      summary_.spikes[id] += history(id, t_).size();
    if (readout.spiking())
      scores_.spikes(spikes(plan.readout));
    else
      scores_.membrane(readout_);
  }
  const auto scores = scores_.finish(input.steps);
  summary_.scores.assign(scores.begin(), scores.end());
  summary_.predicted = predicted_class(summary_.scores);
  summary_.synaptic_operations = operations_;
  return summary_;
}

}  // namespace volley
