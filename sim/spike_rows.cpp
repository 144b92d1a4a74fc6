#include "sim/spike_rows.hpp"

#include <algorithm>
#include <cstring>

#include "base/parallel.hpp"

namespace volley {

BatchRows batch_rows(std::span<const SpikeTrain* const> samples) {
  BatchRows rows;
  rows.first.reserve(samples.size() + 1);
  for (const SpikeTrain* sample : samples) rows.first.push_back(rows.first.back() + sample->steps);
  return rows;
}

void SpikeRows::view(std::span<const SpikeTrain* const> samples) {
  rows_.clear();
  values_.clear();
  bool graded = false;
  for (const SpikeTrain* sample : samples) {
    graded = graded || !sample->values.empty();
    for (std::uint32_t t = 0; t < sample->steps; ++t) rows_.push_back(sample->step(t));
  }
  if (!graded) return;
  for (const SpikeTrain* sample : samples)
    for (std::uint32_t t = 0; t < sample->steps; ++t) values_.push_back(sample->values_at(t));
}

void SpikeRows::view_delayed(const SpikeRows& spikes, const BatchRows& rows, std::size_t delay) {
  rows_.assign(rows.rows(), {});
  values_.assign(spikes.graded() ? rows.rows() : 0, {});
  for (std::size_t sample = 0; sample < rows.samples(); ++sample)
    for (std::size_t t = delay; t < rows.steps(sample); ++t) {
      rows_[rows.first[sample] + t] = spikes.row(rows.first[sample] + t - delay);
      if (spikes.graded())
        values_[rows.first[sample] + t] = spikes.values(rows.first[sample] + t - delay);
    }
}

void SpikeRows::resize(const BatchRows& rows) {
  if (stored_.size() < rows.samples()) {
    stored_.resize(rows.samples());
    ends_.resize(rows.samples());
  }
  rows_.resize(rows.rows());
}

/// For each own sample the ends of its rows and its indices.
void SpikeRows::exchange(const BatchRows& rows) {
  std::vector<std::uint32_t> own;
  const Share samples = rows.own_samples();
  for (std::size_t sample = samples.first; sample < samples.last; ++sample) {
    for (const std::size_t end : ends_[sample]) own.push_back(static_cast<std::uint32_t>(end));
    own.insert(own.end(), stored_[sample].begin(), stored_[sample].end());
  }
  const RankBytes all = rows.ranks->exchange(std::as_bytes(std::span(own)));
  for (int rank = 0; rank < rows.ranks->size(); ++rank) {
    if (rank == rows.ranks->rank()) continue;
    const std::byte* at = all.of(rank).data();
    const Share theirs = rows.samples_of(rank);
    for (std::size_t sample = theirs.first; sample < theirs.last; ++sample) {
      std::vector<std::uint32_t> ends(rows.steps(sample));
      std::memcpy(ends.data(), at, ends.size() * sizeof ends[0]);
      at += ends.size() * sizeof ends[0];
      ends_[sample].assign(ends.begin(), ends.end());
      stored_[sample].resize(ends.empty() ? 0 : ends.back());
      std::memcpy(stored_[sample].data(), at, stored_[sample].size() * sizeof ends[0]);
      at += stored_[sample].size() * sizeof ends[0];
    }
  }
}

void SpikeRows::finish(const BatchRows& rows) {
  if (rows.ranks != nullptr) exchange(rows);
  for (std::size_t sample = 0; sample < rows.samples(); ++sample) {
    std::size_t begin = 0;
    for (std::size_t t = 0; t < rows.steps(sample); ++t) {
      const std::size_t end = ends_[sample][t];
      rows_[rows.first[sample] + t] = {stored_[sample].data() + begin, end - begin};
      begin = end;
    }
  }
}

std::size_t SpikeRows::spikes() const {
  std::size_t total = 0;
  for (const auto& row : rows_) total += row.size();
  return total;
}

}  // namespace volley
