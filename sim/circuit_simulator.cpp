#include "sim/circuit_simulator.hpp"

#include <algorithm>
#include <thread>

#include "base/random.hpp"
#include "sim/connectivity.hpp"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace volley {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int quick_spins = 32;  // most waits are shorter than a pause
constexpr int most_spins = 500;  // some 20 us: longer than any uneven share of a step
constexpr Clock::duration patience = 300us, nap = 100us, shortest_hold = 20ms, longest_hold = 1s;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#endif
}

}  // namespace

/// A thread and the shares that it works on: its own, and those that were lent to it.
struct alignas(128) CircuitSimulator::Crew {
  std::size_t own;
  std::vector<std::size_t> shares{own};
  int spins = 0, moves = 0;
  Clock::time_point waits_since{}, part_at{}, parted{};
  Clock::duration hold = shortest_hold;

  void take(std::size_t share) {
    shares.push_back(share);
    spins = 0;
    const Clock::time_point now = Clock::now();
    // Threads that had hardly parted were kept from working together once more.
    hold = now - parted < 4 * hold ? std::min<Clock::duration>(2 * hold, longest_hold)
                                   : shortest_hold;
    part_at = now + hold;
  }
  bool time_to_part() { return shares.size() > 1 && ++moves % 64 == 0 && Clock::now() >= part_at; }
};

CircuitSimulator::CircuitSimulator(const Circuit& circuit, const CircuitSettings& settings,
                                   std::vector<SpikeTrain> recorded)
    : plan_(circuit_plan(circuit, settings, std::move(recorded))),
      board_(plan_.layout.threads(), plan_.shortest),
      roster_(plan_.layout.threads()),
      progress_(plan_.layout.threads()) {
  for (std::size_t share = 0; share < plan_.layout.threads(); ++share) {
    shares_.emplace_back(plan_, share);
    crews_.push_back({share});
  }
  draw_membranes();
}

CircuitSimulator::~CircuitSimulator() = default;

void CircuitSimulator::draw_membranes() {
  auto share = shares_.begin();
  for (std::size_t id = 0; id < circuit().populations(); ++id) {
    const CellPopulation& each = circuit().population(id);
    if (each.source()) continue;
    RandomEngine engine = random_stream(plan_.settings.seed, StreamPurpose::cells, {id});
    for (std::size_t i = 0; i < each.neurons; ++i) {
      const std::size_t slot = plan_.layout.first_slot[id] + i;
      while (slot >= share->first_slot() + share->slots()) ++share;
      share->set_v(slot, static_cast<float>(draw(each.initial, engine)));
    }
  }
}

bool CircuitSimulator::proceed(std::size_t index, std::uint32_t end) {
  Progress& at = progress_[index];
  CircuitShare& share = shares_[index];
  if (at.step >= plan_.shortest) {
    const std::uint32_t sent = at.step - plan_.shortest;
    for (; at.waits_for < shares_.size(); ++at.waits_for) {
      if (at.waits_for == index) {
        share.arrive_own(sent);
      } else if (const auto spikes = board_.read(at.waits_for, sent)) {
        share.arrive(*spikes);
      } else {
        return false;
      }
    }
  }
  at.waits_for = 0;
  if (at.step + 1 == end) {
    share.finish(at.step++);
    return true;
  }
  board_.post(index, at.step + 1, share.advance(at.step));
  share.settle(++at.step);
  return true;
}

void CircuitSimulator::work(Crew& crew, std::uint32_t end) {
  board_.post(crew.own, step_, shares_[crew.own].fire(step_));
  shares_[crew.own].settle(step_);
  crew.shares = {crew.own};
  while (!crew.shares.empty()) {
    bool moved = false;
    for (const std::size_t share : crew.shares) moved = proceed(share, end) || moved;
    if (!moved) {
      wait(crew);
      continue;
    }
    crew.spins = 0;
    std::erase_if(crew.shares, [&](std::size_t share) {
      const bool done = progress_[share].step == end;
      if (done) roster_.finish(share);
      return done;
    });
    if (crew.time_to_part()) part(crew);
  }
}

void CircuitSimulator::part(Crew& crew) {
  std::erase_if(crew.shares, [&](std::size_t share) {
    if (share != crew.own) roster_.give_back(share);
    return share != crew.own;
  });
  crew.parted = Clock::now();
}

/// Nothing can be done before others have done something. Never by yielding: on a busy machine the
/// core would come back after milliseconds.
void CircuitSimulator::wait(Crew& crew) {
  if (++crew.spins < most_spins) return crew.spins < quick_spins ? void() : pause();
  for (const std::size_t share : crew.shares)
    if (const std::size_t other = progress_[share].waits_for; roster_.take(other))
      return crew.take(other);
  const Clock::time_point now = Clock::now();
  if (crew.spins == most_spins) crew.waits_since = now;
  const auto a_step = (now - run_start_) / (progress_[crew.shares[0]].step - step_ + 1);
  if (now - crew.waits_since < std::max<Clock::duration>(patience, 2 * a_step)) return pause();
  if (crew.shares.size() == 1 && crew.shares[0] == crew.own) return lend(crew);
  std::this_thread::sleep_for(nap);
}

/// Until the share is given back or done, or can go on with nobody having come for it.
void CircuitSimulator::lend(Crew& crew) {
  const Progress at = progress_[crew.own];
  roster_.offer(crew.own);
  crew.spins = 0;
  for (;;) {
    std::this_thread::sleep_for(nap);
    if (board_.read(at.waits_for, at.step - plan_.shortest) && roster_.reclaim(crew.own)) return;
    if (!roster_.lent(crew.own)) continue;
    if (!roster_.await_return(crew.own)) crew.shares.clear();
    return;
  }
}

void CircuitSimulator::run(std::uint32_t steps) {
  if (steps == 0) return;
  run_start_ = Clock::now();
  for (Progress& each : progress_) each = {step_, 0};
  roster_.assign_all();
  {
    // Threads of our own: those of oneTBB need not run at the same time, and waiting for one that
    // does not run would be for ever.
    std::vector<std::jthread> others;
    for (std::size_t share = 1; share < shares_.size(); ++share)
      others.emplace_back([this, share, steps] { work(crews_[share], step_ + steps); });
    work(crews_[0], step_ + steps);
  }
  step_ += steps;
}

std::uint64_t CircuitSimulator::synapses() const {
  std::uint64_t sum = 0;
  for (const SynapseTable& table : plan_.tables)
    for (const SynapseTable::Rows& rows : table.rows) sum += rows.targets.size();
  return sum;
}

std::uint64_t CircuitSimulator::spikes(std::size_t population) const {
  std::uint64_t sum = 0;
  for (const CircuitShare& share : shares_) sum += share.record().spikes(population);
  return sum;
}

std::uint64_t CircuitSimulator::synaptic_events() const {
  std::uint64_t sum = 0;
  for (const CircuitShare& share : shares_) sum += share.synaptic_events();
  return sum;
}

SpikeTrain CircuitSimulator::spike_train(std::size_t population) const {
  SpikeTrain train;
  train.inputs = circuit().population(population).neurons;
  if (!circuit().population(population).record_spikes) return train;
  train.steps = step_;
  const std::size_t first = plan_.layout.first_slot[population];
  for (std::uint32_t step = 0; step < step_; ++step) {
    for (const CircuitShare& share : shares_)
      for (const std::uint32_t slot : share.record()[step])
        if (slot >= first && slot - first < train.inputs)
          train.indices.push_back(static_cast<std::uint32_t>(slot - first));
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

std::span<const float> CircuitSimulator::membrane(std::size_t population, std::size_t k) const {
  for (const CircuitShare& share : shares_)
    if (const auto values = share.membrane(population, k); !values.empty()) return values;
  return {};
}

float CircuitSimulator::v(std::size_t population, std::uint32_t neuron) const {
  const std::size_t slot = plan_.layout.first_slot[population] + neuron;
  for (const CircuitShare& share : shares_)
    if (slot < share.first_slot() + share.slots()) return share.v(slot);
  return 0;
}

}  // namespace volley
