// How well a frozen network classifies. Owns the accuracy figures; must not know files.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/clocked_inference.hpp"

namespace volley {

enum class EngineKind { clocked, event };

struct Evaluation {
  std::size_t samples = 0, correct = 0;
  std::vector<int> predicted;                   ///< by recording
  std::vector<std::vector<std::uint32_t>> confusion;  ///< [label][predicted]
  std::vector<double> firing_rates;             ///< spikes per neuron and step, by population id
  std::uint64_t synaptic_operations = 0;        ///< event engine only

  double accuracy() const {
    return samples == 0 ? 0.0 : static_cast<double>(correct) / static_cast<double>(samples);
  }
  /// Mean over the classes that occur of the accuracy within the class.
  double balanced_accuracy() const;
};

/// Engines of one frozen network, one a thread, kept from call to call: they are built once, a call
/// costs what its recordings do.
class Evaluator {
public:
  /// The plan must outlive the evaluator.
  Evaluator(const FrozenPlan& plan, EngineKind engine);
  ~Evaluator();

  /// Runs all recordings, in parallel over recordings; results in order. Labels may be -1 (unknown:
  /// predicted but not counted). `progress` is called one at a time, from any thread; returning
  /// false stops early with what is done.
  Evaluation run(std::span<const SpikeTrain> recordings, std::span<const int> labels,
                 const std::function<bool(std::size_t done)>& progress = {});
  /// Only the classes. @param predicted one for each recording
  void predict(std::span<const SpikeTrain> recordings, std::span<int> predicted);

private:
  struct Engines;
  const FrozenPlan& plan_;
  EngineKind kind_;
  std::unique_ptr<Engines> engines_;
};

/// The same with engines of its own.
Evaluation evaluate(const FrozenPlan& plan, EngineKind engine,
                    std::span<const SpikeTrain> recordings, std::span<const int> labels,
                    const std::function<bool(std::size_t done)>& progress = {});

}  // namespace volley
