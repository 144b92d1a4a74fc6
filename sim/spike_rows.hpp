// The spikes of one population over a batch: one list of indices per row, a row being one step of
// one sample. Owns the storage of hidden spikes; input rows look straight into the SpikeTrains.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "datasets/spike_train.hpp"

namespace volley {

/// Rows of a batch: sample b holds rows first[b] .. first[b + 1), one per step, in time order.
struct BatchRows {
  std::vector<std::size_t> first{0};

  std::size_t samples() const { return first.size() - 1; }
  std::size_t rows() const { return first.back(); }
  std::size_t steps(std::size_t sample) const { return first[sample + 1] - first[sample]; }
};

BatchRows batch_rows(std::span<const SpikeTrain* const> samples);

class SpikeRows {
public:
  /// Looks at the trains without a copy; they must outlive the rows.
  void view(std::span<const SpikeTrain* const> samples);

  /// Looks at another population's rows `delay` steps earlier; rows before a sample's start are
  /// empty.
  void view_delayed(const SpikeRows& spikes, const BatchRows& rows, std::size_t delay);

  /// Makes room for a batch; begin(sample) then add_row(...) for each of its steps, from one thread
  /// per sample; finish() once all are there.
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
  std::vector<std::vector<std::uint32_t>> stored_;
  std::vector<std::vector<std::size_t>> ends_;
  std::vector<std::span<const std::uint32_t>> rows_;
  std::vector<std::span<const float>> values_;  ///< by row; empty where nothing is graded
};

/// For each source neuron the rows in which it fired, ascending: the spikes transposed; graded ones
/// with their values.
struct SpikesByNeuron {
  std::vector<std::uint32_t> offsets, rows;
  std::vector<float> values;
  std::vector<std::span<const std::uint32_t>> lists;  ///< the rows of each neuron
};
void transpose(const SpikeRows& spikes, std::size_t neurons, SpikesByNeuron& out);

}  // namespace volley
