// The spikes of one population over a batch: one list of indices per row, a row being one step of
// one sample. Owns the storage of hidden spikes; input rows look straight into the SpikeTrains.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/parallel.hpp"
#include "datasets/spike_train.hpp"
#include "sim/ranks.hpp"

namespace volley {

/// Rows of a batch: sample b holds rows first[b] .. first[b + 1), one per step, in time order.
/// Ranks share the samples: every one holds all rows, and computes those of its own samples.
struct BatchRows {
  std::vector<std::size_t> first{0};
  const Ranks* ranks = nullptr;  ///< null: this process alone

  std::size_t samples() const { return first.size() - 1; }
  std::size_t rows() const { return first.back(); }
  std::size_t steps(std::size_t sample) const { return first[sample + 1] - first[sample]; }
  /// Sums over samples go by so many parts of the batch at most, whole parts on a rank.
  std::size_t parts() const { return std::min<std::size_t>(32, samples()); }
  /// First sample of a part; of the part after the last the end.
  std::size_t part_begin(std::size_t part) const { return samples() * part / parts(); }
  Share samples_of(int rank) const {
    if (samples() == 0) return {};
    const Share own = ranks->share(parts(), rank);
    return {part_begin(own.first), part_begin(own.last)};
  }
  Share own_samples() const {
    return ranks == nullptr ? Share{0, samples()} : samples_of(ranks->rank());
  }
  Share own_rows() const {
    const Share own = own_samples();
    return {first[own.first], first[own.last]};
  }
};

BatchRows batch_rows(std::span<const SpikeTrain* const> samples);

/// body(sample) for every sample that this process computes, as parallel_for does.
template <class Body>
void for_own_samples(const BatchRows& rows, const Body& body) {
  const Share own = rows.own_samples();
  parallel_for(own.size(), [&](std::size_t k) { body(own.first + k); });
}

/// Completes values [samples][width] of which each rank has written its own samples.
template <class Value>
void complete_samples(const BatchRows& rows, std::size_t width, std::span<Value> values) {
  if (rows.ranks == nullptr) return;
  std::vector<std::size_t> ends;
  for (int rank = 0; rank < rows.ranks->size(); ++rank)
    ends.push_back(rows.samples_of(rank).last * width);
  complete(*rows.ranks, values, std::move(ends));
}

/// Completes values [rows][width] likewise.
template <class Value>
void complete_rows(const BatchRows& rows, std::size_t width, std::span<Value> values) {
  if (rows.ranks == nullptr) return;
  std::vector<std::size_t> ends;
  for (int rank = 0; rank < rows.ranks->size(); ++rank)
    ends.push_back(rows.first[rows.samples_of(rank).last] * width);
  complete(*rows.ranks, values, std::move(ends));
}

class SpikeRows {
public:
  /// Looks at the trains without a copy; they must outlive the rows.
  void view(std::span<const SpikeTrain* const> samples);

  /// Looks at another population's rows `delay` steps earlier; rows before a sample's start are
  /// empty.
  void view_delayed(const SpikeRows& spikes, const BatchRows& rows, std::size_t delay);

  /// Makes room for a batch; begin(sample) then add_row(...) for each of its steps, from one thread
  /// per sample; finish() once all own samples are there, which brings those of other ranks.
  void resize(const BatchRows& rows);
  void begin(std::size_t sample) { stored_[sample].clear(); ends_[sample].clear(); }
  /// Storage of a sample: append a row's indices, then call end_row.
  std::vector<std::uint32_t>& stored(std::size_t sample) { return stored_[sample]; }
  void end_row(std::size_t sample) { ends_[sample].push_back(stored_[sample].size()); }
  void finish(const BatchRows& rows);

  std::span<const std::uint32_t> row(std::size_t index) const { return rows_[index]; }
  std::span<const std::span<const std::uint32_t>> rows() const { return rows_; }
  /// What the row's spikes count for, in order; empty: 1 each.
  std::span<const float> values(std::size_t index) const {
    return values_.empty() ? std::span<const float>() : values_[index];
  }
  bool graded() const { return !values_.empty(); }
  std::size_t size() const { return rows_.size(); }
  std::size_t spikes() const;

private:
  void exchange(const BatchRows& rows);

  std::vector<std::vector<std::uint32_t>> stored_;
  std::vector<std::vector<std::size_t>> ends_;
  std::vector<std::span<const std::uint32_t>> rows_;
  std::vector<std::span<const float>> values_;  ///< by row; empty where nothing is graded
};

}  // namespace volley
