// What a simulator exchanges with other ranks: spikes where threads meet, figures after a run. Must
// not know how neurons spike or what synapses do.
#include <algorithm>
#include <cstring>

#include "sim/circuit_simulator.hpp"

namespace volley {

namespace {

/// Reads one value after the other.
class Reader {
public:
  explicit Reader(std::span<const std::byte> bytes) : at_(bytes.data()) {}

  template <class Value>
  void read(Value* values, std::size_t count) {
    if (count == 0) return;
    std::memcpy(values, at_, count * sizeof(Value));
    at_ += count * sizeof(Value);
  }

private:
  const std::byte* at_;
};

}  // namespace

/// Threads of all ranks are the layout's, in the order of ranks.
void CircuitSimulator::share_blocks() {
  std::vector<std::uint64_t> threads(static_cast<std::size_t>(ranks_.size()), 0);
  threads[static_cast<std::size_t>(ranks_.rank())] = threads_;
  ranks_.add_up(threads);
  first_worker_.push_back(0);
  for (const std::uint64_t count : threads) first_worker_.push_back(first_worker_.back() + count);
  layout_ = circuit_layout(circuit_, first_worker_.back());
  const auto rank = static_cast<std::size_t>(ranks_.rank());
  std::uint64_t limit = settings_.memory_limit;
  if (limit == 0 && !ranks_.alone())  // the others may be on this machine
    limit = free_memory() / static_cast<std::uint64_t>(ranks_.size());
  tables_ = synapse_tables(circuit_, layout_, settings_.seed, limit,
                           {layout_.first_block[first_worker_[rank]],
                            layout_.first_block[first_worker_[rank + 1]]});
  std::uint64_t all = synapses();
  const std::uint64_t own = all;
  ranks_.add_up({&all, 1});
  other_synapses_ = all - own;
}

Share CircuitSimulator::segments_of(int rank) const {
  const auto at = static_cast<std::size_t>(rank);
  return {first_segment_[layout_.first_block[first_worker_[at]]],
          first_segment_[layout_.first_block[first_worker_[at + 1]]]};
}

bool CircuitSimulator::meet(std::size_t thread, std::uint32_t step) {
  if (threads_ > 1) barrier_.arrive_and_wait(thread);
  if (ranks_.alone()) return true;
  if (thread == 0) {
    try {
      exchange_spikes(step + 1);
    } catch (...) {
      failure_ = std::current_exception();  // the other threads must not wait for ever
    }
  }
  if (threads_ > 1) barrier_.arrive_and_wait(thread);
  return failure_ == nullptr;
}

/// Of the steps exchanged_ .. end - 1, step after step and segment after segment their number and
/// the neurons that spiked.
void CircuitSimulator::exchange_spikes(std::uint32_t end) {
  std::vector<std::uint32_t> own;
  const Share mine = segments_of(ranks_.rank());
  for (std::uint32_t step = exchanged_; step != end; ++step)
    for (std::size_t i = mine.first; i < mine.last; ++i) {
      const std::span<const std::uint32_t> spikes = segments_[i].ring[step];
      own.push_back(static_cast<std::uint32_t>(spikes.size()));
      own.insert(own.end(), spikes.begin(), spikes.end());
    }
  const RankBytes all = ranks_.exchange(std::as_bytes(std::span(own)));
  std::vector<std::uint32_t> spikes;
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    if (rank == ranks_.rank()) continue;
    Reader reader(all.of(rank));
    const Share theirs = segments_of(rank);
    for (std::uint32_t step = exchanged_; step != end; ++step)
      for (std::size_t i = theirs.first; i < theirs.last; ++i) {
        std::uint32_t count = 0;
        reader.read(&count, 1);
        spikes.resize(count);
        reader.read(spikes.data(), count);
        keep(segments_[i], step, spikes);
      }
  }
  exchanged_ = end;
}

/// Spikes since the last meeting, and what probes saw in the last `steps` steps.
void CircuitSimulator::exchange_results(std::uint32_t steps) {
  exchange_spikes(step_);
  std::vector<float> own;
  const Share mine = segments_of(ranks_.rank());
  for (std::size_t i = mine.first; i < mine.last; ++i)
    for (const auto& [slot, membrane] : segments_[i].probes)
      own.insert(own.end(), membranes_[membrane].end() - steps, membranes_[membrane].end());
  const RankBytes all = ranks_.exchange(std::as_bytes(std::span(own)));
  for (int rank = 0; rank < ranks_.size(); ++rank) {
    if (rank == ranks_.rank()) continue;
    Reader reader(all.of(rank));
    const Share theirs = segments_of(rank);
    for (std::size_t i = theirs.first; i < theirs.last; ++i)
      for (const auto& [slot, membrane] : segments_[i].probes) {
        membranes_[membrane].resize(step_);
        reader.read(membranes_[membrane].data() + (step_ - steps), steps);
      }
  }
  std::uint64_t events = 0;
  for (const std::uint64_t each : events_) events += each;
  std::uint64_t total = events;
  ranks_.add_up({&total, 1});
  other_events_ = total - events;
}

}  // namespace volley
