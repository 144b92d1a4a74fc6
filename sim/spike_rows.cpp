#include "sim/spike_rows.hpp"

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

void SpikeRows::finish(const BatchRows& rows) {
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

void transpose(const SpikeRows& spikes, std::size_t neurons, SpikesByNeuron& out) {
  out.offsets.assign(neurons + 1, 0);
  for (std::size_t row = 0; row < spikes.size(); ++row)
    for (const std::uint32_t neuron : spikes.row(row)) ++out.offsets[neuron + 1];
  for (std::size_t neuron = 0; neuron < neurons; ++neuron)
    out.offsets[neuron + 1] += out.offsets[neuron];
  out.rows.resize(out.offsets[neurons]);
  std::vector<std::uint32_t> next(out.offsets.begin(), out.offsets.end() - 1);
  out.values.resize(spikes.graded() ? out.rows.size() : 0);
  for (std::size_t row = 0; row < spikes.size(); ++row) {
    const auto values = spikes.values(row);
    std::size_t spike = 0;
    for (const std::uint32_t neuron : spikes.row(row)) {
      const std::uint32_t place = next[neuron]++;
      out.rows[place] = static_cast<std::uint32_t>(row);
      if (spikes.graded()) out.values[place] = values.empty() ? 1.0f : values[spike];
      ++spike;
    }
  }
}

}  // namespace volley
