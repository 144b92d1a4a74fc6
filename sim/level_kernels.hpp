// One step back through time of lif neurons of several levels, of a window per neuron or of a
// standardised regression; the plain case is backward_row in sim/membrane_kernels.hpp. On rows of
// float or double; one text, compiled per instruction set by Highway and chosen at run time. Must
// not know networks or threads.
#pragma once

#include "sim/membrane_kernels.hpp"

namespace volley {

/// For Estimator::denoise and straight_through; `row.window` is not read. With w of `windows`:
///   x = clip(v, threshold - w/2, levels * threshold + w/2),
///   ds/dv = levels / ((levels - 1) * threshold + w) within those bounds, else 0,
///   dL/dx = const_x + per_spike * s + x_per_x * x
/// A reset to zero follows the first spike alone: its slope is 1/w within w/2 of the threshold.
/// `any`, of extended neurons (whose `row.next` is null), is what later steps want of there being
/// a spike at all; it goes by that slope too.
template <class Real>
struct LevelBackwardRow {
  BackwardRow<Real> row;
  const Real *windows, *x_per_x;  ///< per neuron; x_per_x used by denoise
  int levels;
  const Real* any = nullptr;
};
void level_backward_row(const LevelBackwardRow<float>& row, std::size_t n);
void level_backward_row(const LevelBackwardRow<double>& row, std::size_t n);

}  // namespace volley
