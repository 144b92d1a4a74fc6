// The inner loops of both engines on plain rows of float or double. One text, compiled per
// instruction set by Highway and chosen at run time; results of the membrane kernels do not depend
// on the choice. Must not know networks or threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/network.hpp"
#include "sim/conv_table.hpp"

namespace volley {

/// destination[i] += sum over k of weights[rows[k] * n + i], added in the order of k.
void add_rows(float* destination, std::size_t n, const float* weights, const std::uint32_t* rows,
              std::size_t count);
void add_rows(double* destination, std::size_t n, const double* weights, const std::uint32_t* rows,
              std::size_t count);

/// Convolution from one spike: map[target] += taps[tap] for each reach; rows of `columns` values.
void scatter_taps(float* map, const float* taps, const ConvReach* reaches, std::size_t count,
                  std::size_t columns);
void scatter_taps(double* map, const double* taps, const ConvReach* reaches, std::size_t count,
                  std::size_t columns);

/// Its transpose for the weights' gradient: taps[tap] += map[target].
void gather_taps(float* taps, const float* map, const ConvReach* reaches, std::size_t count,
                 std::size_t columns);
void gather_taps(double* taps, const double* map, const ConvReach* reaches, std::size_t count,
                 std::size_t columns);

/// For the gradient of a source map: map[position][channel] += columns[target][tap][channel] over
/// the reaches of each position (`offsets` as in ConvTable).
void gather_columns(float* map, const float* columns, const std::uint32_t* offsets,
                    const ConvReach* reaches, std::size_t positions, std::size_t channels,
                    std::size_t taps);
void gather_columns(double* map, const double* columns, const std::uint32_t* offsets,
                    const ConvReach* reaches, std::size_t positions, std::size_t channels,
                    std::size_t taps);

/// destination[i] += factor * source[i]
void add_scaled(float* destination, std::size_t n, const float* source, float factor);
void add_scaled(double* destination, std::size_t n, const double* source, double factor);

/// One step of a row of neurons: v[i] = beta * reset(previous[i]) + (current[i] * scale[i] +
/// offset[i]). `previous` null: from rest (0). `scale` null: 1. `offset` null: 0. Without spikes
/// (leaky integrator) use Reset::none.
template <class Real>
struct MembraneRow {
  Real beta, threshold;
  Reset reset;
  const Real *previous, *current, *scale, *offset;
  Real* v;
};
void membrane_row(const MembraneRow<float>& row, std::size_t n);
void membrane_row(const MembraneRow<double>& row, std::size_t n);

/// Writes the ascending indices i with v[i] >= threshold to `spikes` (room for n), returns how many.
std::size_t find_spikes(const float* v, std::size_t n, float threshold, std::uint32_t* spikes);
std::size_t find_spikes(const double* v, std::size_t n, double threshold, std::uint32_t* spikes);

/// sum[i] += clamp(v[i], low, high)
void add_clamped(const float* v, std::size_t n, float low, float high, double* sum);
void add_clamped(const double* v, std::size_t n, double low, double high, double* sum);

/// sum[i] += x[i]
void add_values(const float* x, std::size_t n, double* sum);
void add_values(const double* x, std::size_t n, double* sum);

/// sum[i] += x[i]; squares[i] += x[i]^2
void add_moments(const float* x, std::size_t n, double* sum, double* squares);
void add_moments(const double* x, std::size_t n, double* sum, double* squares);

/// Constants per neuron of the backward scan, method formulas in sim/denoise.hpp:
///   dL/ds = slope_s * g + const_s + per_x * x + per_s * s,  dL/dx = const_x + per_spike * s
template <class Real>
struct BackwardConstants {
  const Real *slope_s, *const_s, *per_x, *per_s, *const_x, *per_spike;
};

/// One step back through time of a row of lif neurons; gradient[i] holds dL/dy (and becomes dL/dv),
/// next[i] is dL/dv of the step after (null at the last step). `recurrent` (or null) is what later
/// steps want of the spike itself. Slope of the spike: 1/window inside the window, or the ATan
/// surrogate.
template <class Real>
struct BackwardRow {
  Real beta, threshold, window;
  Reset reset;
  bool attached, atan, affine, clip;
  BackwardConstants<Real> constants;  ///< used where `affine`
  const Real *v, *next, *recurrent;
  Real* gradient;
};
void backward_row(const BackwardRow<float>& row, std::size_t n);
void backward_row(const BackwardRow<double>& row, std::size_t n);

/// sums over a row for the backward of normalisation: sum[i] += g[i];
/// product[i] += g[i] * (current[i] - mean[i]) * inverse[i]
void add_norm_gradient(const float* g, const float* current, const float* mean,
                       const float* inverse, std::size_t n, double* sum, double* product);
void add_norm_gradient(const double* g, const double* current, const double* mean,
                       const double* inverse, std::size_t n, double* sum, double* product);

/// g[i] = factor[i] * (g[i] - mean_gradient[i] - (current[i] - mean[i]) * inverse[i] *
/// mean_product[i])
template <class Real>
struct NormBackwardRow {
  const Real *current, *mean, *inverse, *factor, *mean_gradient, *mean_product;
  Real* g;
};
void norm_backward_row(const NormBackwardRow<float>& row, std::size_t n);
void norm_backward_row(const NormBackwardRow<double>& row, std::size_t n);

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2) on n parameters.
template <class Real>
struct AdamRow {
  Real *parameter, *first, *second;
  const Real* gradient;
  Real gradient_scale, rate, decay, beta1, beta2, correction1, correction2, epsilon;
};
void adam_row(const AdamRow<float>& row, std::size_t n);
void adam_row(const AdamRow<double>& row, std::size_t n);

/// Instruction sets that this machine can run, widest first, for example {"AVX3_ZEN4", ...}.
std::vector<std::string> instruction_sets();
/// Name of the one the kernels run on now.
std::string instruction_set();
/// Restricts the kernels to one of instruction_sets() (for tests); an empty name gives back the
/// best. Not while engines run. @throws Error for a name this machine cannot run.
void force_instruction_set(const std::string& name);

}  // namespace volley
