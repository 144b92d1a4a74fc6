// Small networks, models and folders for the tests of this room.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.hpp"
#include "models/checkpoint.hpp"

namespace volley::test {

/// A folder of its own, removed at the end.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

Population population(const std::string& name, NeuronKind kind, Shape shape);

/// input 2x6x6 -> conv2d 3x4x4 -> sum_pool 3x2x2 -> flatten 12 -> 5 -> leaky_integrator 4
Network small_network();

/// A whole, random network that passes its checks: dense, conv2d, pooling, branches, cycles.
/// @param portable only what NIR can say: no max pooling, delays only from a population to itself
Network random_network(RandomEngine& random, bool portable = false);

Recipe random_recipe(RandomEngine& random);

/// Every tensor that the recipe's network needs, with random values.
Checkpoint random_checkpoint(RandomEngine& random, const Recipe& recipe, bool optimiser);

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
