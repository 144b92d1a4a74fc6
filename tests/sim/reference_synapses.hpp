// Every synapse of a projection, one after another, by the geometry alone.
#pragma once

#include "sim/plan.hpp"

namespace volley {

/// Calls body(source neuron, target neuron, weight row, weight column) for every synapse; what ends
/// in a relay has no weight.
template <class Body>
void synapses(const Plan& plan, const PlanProjection& p, const Body& body) {
  const Shape &from = p.source_shape, &to = p.target_shape;
  if (p.spec.kind == ProjectionKind::dense) {
    for (std::size_t i = 0; i < from.size(); ++i)
      for (std::size_t o = 0; o < to.size(); ++o) body(i, o, i, o);
    return;
  }
  if (p.spec.kind == ProjectionKind::flatten) {
    for (std::size_t i = 0; i < from.size(); ++i) body(i, i, 0, 0);
    return;
  }
  if (p.spec.kind == ProjectionKind::one_to_one || p.spec.kind == ProjectionKind::identity) {
    for (std::size_t i = 0; i < from.size(); ++i) body(i, i, 0, i % p.columns);
    return;
  }
  const auto index = [](const Shape& shape, int c, int y, int x) {
    return static_cast<std::size_t>((y * shape.width + x) * shape.channels + c);
  };
  if (p.spec.kind == ProjectionKind::concat) {
    int first = 0;
    for (const std::size_t id : plan.populations[p.target].feed_forward)
      if (id < p.id) first += plan.projections[id].source_shape.channels;
    for (int y = 0; y < from.height; ++y)
      for (int x = 0; x < from.width; ++x)
        for (int c = 0; c < from.channels; ++c)
          body(index(from, c, y, x), index(to, first + c, y, x), 0, 0);
    return;
  }
  const bool conv = p.spec.kind == ProjectionKind::conv2d;
  const int part = conv ? from.channels / p.spec.groups : 1;
  for (int oy = 0; oy < to.height; ++oy)
    for (int ox = 0; ox < to.width; ++ox)
      for (int ky = 0; ky < p.spec.kernel_height; ++ky)
        for (int kx = 0; kx < p.spec.kernel_width; ++kx) {
          const int y = oy * p.spec.stride.height + ky * p.spec.dilation.height -
                        p.spec.padding.height;
          const int x = ox * p.spec.stride.width + kx * p.spec.dilation.width -
                        p.spec.padding.width;
          if (y < 0 || x < 0 || y >= from.height || x >= from.width) continue;
          for (int i = 0; i < from.channels; ++i)
            for (int o = 0; o < to.channels; ++o) {
              if (!conv && i != o) continue;
              if (conv && i / part != o / (to.channels / p.spec.groups)) continue;
              const int row = (i % part * p.spec.kernel_height + ky) * p.spec.kernel_width + kx;
              body(index(from, i, y, x), index(to, o, oy, ox), static_cast<std::size_t>(row),
                   static_cast<std::size_t>(o));
            }
        }
}

}  // namespace volley
