// The three reference networks that throughput is measured on, and their inputs: the same as other
// simulators are measured with. Must not know clocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/spike_train.hpp"
#include "models/network.hpp"

namespace volley {

struct ReferenceNetwork {
  std::string name;      ///< "mlp", "conv" or "rsnn"
  Network network;
  std::uint32_t steps;   ///< steps of each sample
  double density;        ///< share of inputs that spike in a step
};

/// mlp 2312-512-10; conv 2x34x34 - 16c5 - pool 2 - 32c3 - pool 2 - 10; rsnn 700-256 (recurrent)
/// - 20.
/// Soft reset that gradients do not pass, ATan surrogate, no biases, weights in
/// +-gain / sqrt(fan-in) with gains that let hidden layers fire at 5 to 12 % a step.
/// @param weight_bits 32: float; 1: two-valued weights everywhere but into the readout, as in the
/// recipes *-a1w1
/// @param input another shape of input, for recordings of another sensor
/// @throws Error for another name
ReferenceNetwork reference_network(const std::string& name, int weight_bits = 32,
                                   const std::optional<Shape>& input = {});

/// The same with hidden neurons as recipes have them: currents normalised over time, spikes under
/// the denoising transform.
void train_denoised(ReferenceNetwork& reference);
std::vector<std::string> reference_network_names();

struct BenchBatch {
  std::vector<SpikeTrain> trains;
  std::vector<int> labels;
};

/// Batches that measuring takes in turn, so that none is learned by heart by a branch predictor.
inline constexpr std::size_t different_batches = 4;

/// Independent Bernoulli spikes; equal arguments give equal spikes.
BenchBatch bernoulli_batch(const ReferenceNetwork& reference, std::size_t samples,
                           std::uint64_t seed, std::uint64_t index);

}  // namespace volley
