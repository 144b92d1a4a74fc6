// Recordings of one file by blocks, for reading begins a process; the last blocks are kept. Must not
// know formats.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "datasets/recording.hpp"

namespace volley {

/// Safe from many threads.
class RecordingBlocks {
public:
  using Visit = std::function<void(Recording&&)>;
  using Read = std::function<void(std::size_t first, std::size_t end, const Visit& visit)>;

  /// @param read gives recordings first .. end - 1 in their order; safe from many threads
  RecordingBlocks(std::size_t recordings, Read read)
      : recordings_(recordings), read_(std::move(read)) {}

  /// @throws Error as `read` does
  Recording get(std::size_t place) {
    const std::shared_ptr<Block> block = block_of(place / block_recordings);
    const std::lock_guard reading(block->mutex);
    if (block->recordings.empty()) {
      const std::size_t first = block->number * block_recordings;
      std::vector<Recording> whole;  // or not at all, where reading fails
      read_(first, std::min(first + block_recordings, recordings_),
            [&](Recording&& one) { whole.push_back(std::move(one)); });
      block->recordings = std::move(whole);
    }
    return block->recordings.at(place % block_recordings);
  }

private:
  struct Block {
    std::size_t number = 0;
    std::mutex mutex;
    std::vector<Recording> recordings;
  };
  std::shared_ptr<Block> block_of(std::size_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                    [&](const auto& block) { return block->number == number; });
    if (found != blocks_.end()) {
      blocks_.splice(blocks_.begin(), blocks_, found);
    } else {
      blocks_.push_front(std::make_shared<Block>());
      blocks_.front()->number = number;
      if (blocks_.size() > blocks_kept) blocks_.pop_back();
    }
    return blocks_.front();
  }

  static constexpr std::size_t block_recordings = 256, blocks_kept = 16;

  std::size_t recordings_;
  Read read_;
  std::mutex mutex_;
  std::list<std::shared_ptr<Block>> blocks_;  // the last used first
};

}  // namespace volley
