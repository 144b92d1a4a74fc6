// What the tests of training share: an observer that stops it, and the bytes that it leaves.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/atomic_file.hpp"
#include "models/checkpoint.hpp"
#include "sim/trainer.hpp"

namespace volley {

/// Stops after so many batches.
struct StopAfter : TrainingObserver {
  explicit StopAfter(std::uint64_t batches) : left(batches) {}
  bool stop() override { return --left == 0; }
  std::uint64_t left;
};

/// The checkpoint of a trainer, as it is saved.
inline std::string bytes_of(const Trainer& trainer) {
  static int count = 0;
  const auto file = std::filesystem::temp_directory_path() /
                    ("volley-test-training-" + std::to_string(::getpid()) + "-" +
                     std::to_string(count++) + ".volley");
  save_checkpoint(trainer.checkpoint(), file);
  const std::string bytes = read_file(file);
  std::filesystem::remove(file);
  return bytes;
}

}  // namespace volley
