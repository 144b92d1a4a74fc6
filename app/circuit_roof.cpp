#include "app/circuit_roof.hpp"

#include <algorithm>

#include "app/bench_timing.hpp"
#include "base/parallel.hpp"
#include "base/random.hpp"
#include "sim/limit_kernels.hpp"

namespace volley {

ScatteredEvents::ScatteredEvents(std::size_t sources, std::size_t row, std::size_t targets,
                                 std::size_t threads)
    : row_(std::max<std::size_t>(row, 1)),
      targets_(std::clamp<std::size_t>(targets, 1, 65536)),
      order_(4096),
      currents_(threads * targets_) {
  const std::size_t most = (std::size_t{64} << 20) / sizeof(std::uint16_t) / row_;
  sources = std::clamp<std::size_t>(sources, 1, std::max<std::size_t>(most, 1));
  RandomEngine engine = random_stream(1, StreamPurpose::bench, {sources, row_, targets_});
  rows_.resize(sources * row_);
  for (std::size_t source = 0; source < sources; ++source) {
    std::uint16_t* targets_of = rows_.data() + source * row_;
    for (std::size_t k = 0; k < row_; ++k)
      targets_of[k] = static_cast<std::uint16_t>(engine() % targets_);
    std::sort(targets_of, targets_of + row_);
  }
  for (std::uint32_t& source : order_) source = static_cast<std::uint32_t>(engine() % sources);
}

void ScatteredEvents::run(std::size_t thread) {
  add_scattered(currents_.data() + thread * targets_, rows_.data(), row_, order_.data(),
                order_.size(), 0.5f);
}

NeuronUpdates::NeuronUpdates(std::size_t neurons, std::size_t threads)
    : neurons_(std::max<std::size_t>(neurons, 1)),
      steps_(std::max<std::size_t>(1'000'000 / neurons_, 1)),
      state_(threads * 3 * neurons_, 1.0f) {}

void NeuronUpdates::run(std::size_t thread) {
  for (std::size_t step = 0; step < steps_; ++step)
    scale_values(state_.data() + thread * 3 * neurons_, 3 * neurons_, 1.0f);
}

CircuitRoof circuit_roof(std::size_t neurons, std::size_t in_degree, std::size_t threads) {
  const auto rate = [&](auto& work, double amount) {
    const Timing timing = measure(
        [&] { parallel_for(threads, [&](std::size_t thread) { work.run(thread); }); }, 5, 0.02);
    return amount * static_cast<double>(threads) / timing.median;
  };
  CircuitRoof roof;
  {
    ScatteredEvents events(neurons, in_degree / threads, neurons / threads, threads);
    roof.events_per_second = rate(events, events.events());
  }
  NeuronUpdates updates(neurons / threads, threads);
  roof.updates_per_second = rate(updates, updates.updates());
  return roof;
}

}  // namespace volley
