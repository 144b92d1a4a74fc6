// Dropout of spikes while training (Srivastava et al., JMLR 2014): a lif population's neuron is
// unheard by feed-forward projections for all steps of a sample with probability p. Owns the draws;
// must not know networks.
//
// The spike part of y alone is dropped, moments and statistics are of all spikes:
//   y = a m s / (1 - p) + b,  m in {0, 1} per sample and neuron
// Backward, with g = dL/dy, g' = m g / (1 - p) and the names of sim/denoise.hpp:
//   gb = mean g,  A = (sum g' s - ms sum g) / (N D)      (form a s: gb = 0, A = sum g' s / (N D))
//   dL/ds = a (g' - gb) + A [(x - mx) - 2 a (s - ms)],  dL/dx = gb + A (s - ms)
// A surrogate's y is m s / (1 - p) and dL/ds = g'. Recurrent projections hear every spike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volley {

/// Which draws a training step makes: the same for the same seed and step.
struct DropoutStream {
  std::uint64_t seed = 0, step = 0;
};

/// Writes 1 where a neuron of a population is unheard in a sample of the batch.
void draw_dropped(const DropoutStream& stream, double probability, std::size_t population,
                  std::size_t sample, std::span<char> dropped);

/// What keeps the expected y of a neuron: 1 / (1 - p).
inline double heard_scale(double probability) { return 1 / (1 - probability); }

}  // namespace volley
