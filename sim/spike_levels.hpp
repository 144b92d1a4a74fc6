// A neuron of several levels: how many spikes it emits in one step, and its spikes as a list in
// which an index stands once for each of them. Must not know networks.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volley {

/// Spikes of one step: floor(v / threshold), at least 0 and at most `levels`; 0 for no number. From
/// 1 on exactly where v >= threshold.
template <class Real>
inline Real spike_count(Real v, Real threshold, Real levels) {
  const Real spikes = std::floor(v / threshold);
  return spikes > 0 ? (spikes < levels ? spikes : levels) : Real(0);
}

/// Appends first + i to `out`, once for each spike of neuron i.
/// @param fired the ascending i with v[i] >= threshold
template <class Real>
void append_spikes(std::span<const std::uint32_t> fired, const Real* v, Real threshold, int levels,
                   std::uint32_t first, std::vector<std::uint32_t>& out) {
  if (levels == 1) {
    const std::size_t before = out.size();
    out.insert(out.end(), fired.begin(), fired.end());
    for (std::size_t k = before; first != 0 && k < out.size(); ++k) out[k] += first;
    return;
  }
  for (const std::uint32_t neuron : fired)
    out.insert(out.end(),
               static_cast<std::size_t>(
                   spike_count(v[neuron], threshold, static_cast<Real>(levels))),
               first + neuron);
}

}  // namespace volley
