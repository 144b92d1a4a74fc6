// Where batches come from: the seeded order of each epoch and the random changes. Must not know
// networks in training.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "base/background.hpp"
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
  /// Makes trains() and labels() those samples, each drawn anew, shifted and mirrored as the epoch
  /// says. Then begins with `following`, the batch that will be asked for next (may be empty), beside
  /// what the caller does with this one; what comes out does not depend on that.
  void gather(std::span<const std::size_t> members, int epoch,
              std::span<const std::size_t> following = {});
  const std::vector<const SpikeTrain*>& trains() const { return now_.trains; }
  const std::vector<int>& labels() const { return now_.labels; }
  /// Seconds that gather() took since this was last asked.
  double take_seconds() { return std::exchange(seconds_, 0.0); }
  /// Steps of the longest recording.
  std::uint64_t longest() const;

private:
  struct Gathered {
    int epoch = -1;
    std::vector<std::size_t> members;
    std::vector<SpikeTrain> changed;
    std::vector<const SpikeTrain*> trains;
    std::vector<int> labels;
    void begin(std::span<const std::size_t> samples, int of_epoch) {
      epoch = of_epoch;
      members.assign(samples.begin(), samples.end());
    }
  };
  /// Fills in trains and labels.
  void prepare(Gathered& batch) const;
  bool changes() const { return data_.redraw || reach_ > 0 || mirrors_; }

  const LabelledSpikes& data_;
  std::size_t batch_size_;
  int reach_;  ///< of the shifts, in pixels
  bool mirrors_;
  std::uint64_t seed_;
  double seconds_ = 0;
  Gathered now_, next_;
  Background ahead_;  ///< makes next_
};

}  // namespace volley
