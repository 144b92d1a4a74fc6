#include "sim/spike_transpose.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/parallel.hpp"
#include "sim/sweep_kernel.hpp"

namespace volley {

namespace {

/// Parts of the rows count and then place their spikes side by side.
void sort_by_neuron(const SpikeRows& spikes, std::size_t neurons, SpikesByNeuron& out) {
  const std::size_t parts = std::min<std::size_t>(8, spikes.size() / 64 + 1);
  std::vector<std::vector<std::uint32_t>> next(parts);
  const auto first = [&](std::size_t part) { return spikes.size() * part / parts; };
  parallel_for(parts, [&](std::size_t part) {
    next[part].assign(neurons, 0);
    for (std::size_t row = first(part); row < first(part + 1); ++row)
      for (const std::uint32_t neuron : spikes.row(row)) ++next[part][neuron];
  });
  out.offsets.resize(neurons + 1);
  std::uint32_t total = 0;
  for (std::size_t neuron = 0; neuron < neurons; ++neuron) {
    out.offsets[neuron] = total;
    for (std::size_t part = 0; part < parts; ++part)
      total += std::exchange(next[part][neuron], total);
  }
  out.offsets[neurons] = total;
  out.rows.resize(total);
  out.values.resize(spikes.graded() ? total : 0);
  parallel_for(parts, [&](std::size_t part) {
    for (std::size_t row = first(part); row < first(part + 1); ++row) {
      const auto values = spikes.values(row);
      std::size_t spike = 0;
      for (const std::uint32_t neuron : spikes.row(row)) {
        const std::uint32_t place = next[part][neuron]++;
        out.rows[place] = static_cast<std::uint32_t>(row);
        if (spikes.graded()) out.values[place] = values.empty() ? 1.0f : values[spike];
        ++spike;
      }
    }
  });
  out.lists.resize(neurons);
  for (std::size_t neuron = 0; neuron < neurons; ++neuron)
    out.lists[neuron] = {out.rows.data() + out.offsets[neuron],
                         out.rows.data() + out.offsets[neuron + 1]};
}

constexpr std::size_t rows_per_word = 64;
constexpr std::size_t neurons_per_task = 128;

/// Lists of all neurons by way of a bit for every neuron and row: no thread writes where another
/// one does. @return false where a row names a neuron twice
bool list_by_bits(const SpikeRows& spikes, std::size_t neurons, SpikesByNeuron& out) {
  const std::size_t words = (spikes.size() + rows_per_word - 1) / rows_per_word;
  std::atomic<bool> twice{false};
  out.bits.resize(words * neurons);
  parallel_for(words, [&](std::size_t word) {
    std::uint64_t* own = out.bits.data() + word * neurons;
    std::fill_n(own, neurons, std::uint64_t{0});
    const std::size_t first = word * rows_per_word;
    std::uint64_t repeated = 0;
    for (std::size_t row = first; row < std::min(spikes.size(), first + rows_per_word); ++row) {
      const std::uint64_t bit = std::uint64_t{1} << (row - first);
      for (const std::uint32_t neuron : spikes.row(row)) {
        repeated |= own[neuron] & bit;
        own[neuron] |= bit;
      }
    }
    if (repeated != 0) twice = true;
  });
  if (twice) return false;
  const std::size_t tasks = (neurons + neurons_per_task - 1) / neurons_per_task;
  if (out.parts.size() < tasks) out.parts.resize(tasks);
  out.lists.resize(neurons);
  parallel_for(tasks, [&](std::size_t task) {
    const std::size_t first = task * neurons_per_task;
    const std::size_t last = std::min(neurons, first + neurons_per_task);
    std::size_t count = 0;
    for (std::size_t word = 0; word < words; ++word)
      count += count_bits(out.bits.data() + word * neurons + first, last - first);
    std::vector<std::uint32_t>& rows = out.parts[task];
    if (rows.size() < count + 64) rows.resize(count + 64);  // list_bits wants some room
    thread_local std::vector<std::uint64_t> of_neuron;
    of_neuron.resize(words);
    std::uint32_t* next = rows.data();
    for (std::size_t neuron = first; neuron < last; ++neuron) {
      for (std::size_t word = 0; word < words; ++word)
        of_neuron[word] = out.bits[word * neurons + neuron];
      const std::size_t fired = list_bits(of_neuron.data(), words, next);
      out.lists[neuron] = {next, fired};
      next += fired;
    }
  });
  return true;
}

}  // namespace

void transpose(const SpikeRows& spikes, std::size_t neurons, SpikesByNeuron& out) {
  // Bits are quicker where most words of them hold something, and take too much room elsewhere.
  const std::size_t words = (spikes.size() + rows_per_word - 1) / rows_per_word * neurons;
  out.offsets.clear();
  out.values.clear();
  if (!spikes.graded() && words <= 2 * spikes.spikes() && list_by_bits(spikes, neurons, out))
    return;
  sort_by_neuron(spikes, neurons, out);
}

}  // namespace volley
