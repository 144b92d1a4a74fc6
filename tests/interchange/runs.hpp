// What the tests of this folder share: recordings, both engines at once, folders.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "models/frozen_network.hpp"
#include "sim/trace.hpp"

namespace volley::test {

/// A folder of its own, removed at the end.
class ScratchFolder {
public:
  ScratchFolder();
  ~ScratchFolder();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

SpikeTrain random_train(RandomEngine& random, std::uint32_t steps, std::uint32_t inputs,
                        double density);

/// Runs both engines, which must give the same spikes and membranes; the event engine's trace.
SampleTrace run_both(const FrozenNetwork& network, const SpikeTrain& train);

/// A dense, conv or recurrent network with random weights, of what every tool has: reset to zero, no
/// bias within maps that differs.
FrozenNetwork random_portable_network(RandomEngine& random, const std::string& kind);

/// Runs the work and gives the message of the Error it must throw; empty where it throws none.
template <class Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace volley::test
