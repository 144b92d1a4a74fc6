// Where batches come from: the seeded order of each epoch and the random changes. Must not know
// networks in training.
#pragma once

#include <span>
#include <vector>

#include "datasets/load_spikes.hpp"
#include "models/recipe.hpp"
#include "sim/plan.hpp"

namespace volley {

/// @param what names the split in messages
/// @throws Error where the data does not fit the network (addresses, classes), or is empty
void check_data(const Plan& plan, const LabelledSpikes& data, const char* what);

class BatchSource {
public:
  /// The data must outlive the source. @throws Error as check_data does
  BatchSource(const Plan& plan, const LabelledSpikes& data, const Recipe& recipe,
              std::uint64_t seed);

  std::uint64_t batches_per_epoch() const;
  /// All samples in the order of an epoch (counted from 0).
  std::vector<std::size_t> order(int epoch) const;
  /// Samples of one batch of an order.
  std::span<const std::size_t> members(const std::vector<std::size_t>& order,
                                       std::uint64_t batch) const;
  /// Makes trains() and labels() those samples, each shifted and mirrored as the epoch's draw says.
  void gather(std::span<const std::size_t> members, int epoch);
  const std::vector<const SpikeTrain*>& trains() const { return trains_; }
  const std::vector<int>& labels() const { return labels_; }
  /// Steps of the longest recording.
  std::uint64_t longest() const;

private:
  const LabelledSpikes& data_;
  std::size_t batch_size_;
  int reach_;  ///< of the shifts, in pixels
  bool mirrors_;
  std::uint64_t seed_;
  std::vector<SpikeTrain> shifted_;
  std::vector<const SpikeTrain*> trains_;
  std::vector<int> labels_;
};

}  // namespace volley
