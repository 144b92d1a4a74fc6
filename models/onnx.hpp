// A network as an ONNX model of standard operators (opset 17): a step function, or unrolled over
// time. Owns the layout of the graph; must not know engines or runtimes.
//
// Step function. Inputs: "input", spikes of one step (uint8 [inputs], how often each spiked), and
// the state, a tensor "NAME.v" for each population's membranes, zeros at rest, with more where
// neurons have more (".synapse", ".adaptation", ".fired", ".refractory") and "NAME.past" (uint8
// [steps, neurons], the latest first) where spikes are delayed. Outputs: "output", membranes of a
// leaky readout (float) or spikes of a lif one (uint8); "NAME.spikes" (uint8) of every lif
// population; the state after the step, each named as the input with ".next" behind.
// Unrolled. Input: "input" (uint8 [steps, inputs]). Outputs: "output" and "NAME.spikes" with steps
// before their own axis. It starts from rest.
//
// Evenly spaced weights are codes summed by MatMulInteger: exact in any order. Float weights are
// added by a Scan from input to input, in the engines' order, so that no runtime rounds otherwise;
// or by MatMul, in whatever order the runtime has.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/step_network.hpp"

namespace volley {

struct OnnxOptions {
  int unroll = 0;          ///< steps; 0: a step function
  bool any_order = false;  ///< float weights by MatMul: quicker, and rounded as the runtime likes
};

/// @throws Error naming what cannot be said: sums of more than 255 spikes, float weights behind
/// sums of more than 16 (any_order takes those), a file of 2 GiB or more
void write_onnx(const StepNetwork& network, const OnnxOptions& options,
                const std::filesystem::path& file);

/// Runs files of write_onnx(), operator by operator in plain loops as the ONNX specification says
/// them.
class OnnxModel {
public:
  struct Tensor {
    int type = 1;                      ///< 1 float, 2 uint8, 6 int32, 7 int64, 9 bool
    std::vector<std::int64_t> dims;
    std::vector<float> floats;         ///< of type 1
    std::vector<std::int64_t> whole;   ///< of others
    std::size_t size() const;
  };
  using Values = std::map<std::string, Tensor>;

  /// @throws Error for a file that is no such model
  explicit OnnxModel(const std::filesystem::path& file);
  ~OnnxModel();
  OnnxModel(const OnnxModel&) = delete;
  OnnxModel& operator=(const OnnxModel&) = delete;

  /// Inputs at rest: zeros of their shapes.
  Values rest() const;
  /// Outputs of given inputs. @throws Error naming a node that does not fit
  Values run(const Values& inputs) const;
  /// One recording from rest, by either kind of model: spikes of lif populations and the readout's
  /// membrane, as RecordedRun has them without `inputs` and `predicted`.
  /// @throws Error where an unrolled model has another number of steps
  RecordedRun run(const StepNetwork& network,
                  const std::vector<std::vector<std::uint32_t>>& input) const;

private:
  struct Content;
  std::unique_ptr<Content> content_;
};

}  // namespace volley
