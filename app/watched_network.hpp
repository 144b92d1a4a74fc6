// A network on a stream that a window watches. Must not know where the stream comes from.
#pragma once

#include <string>
#include <vector>

#include "app/stream_pieces.hpp"
#include "sim/stream_run.hpp"

namespace volley {

/// The event engine watched by a window: the same answers, and its spikes are shown.
class WatchedNetwork final : public TickedNetwork {
public:
  /// Both must outlive it.
  WatchedNetwork(const FrozenPlan& plan, LiveWindow& window, const std::string& name, double dt_ms);

  void reset() override { network_.reset(); }
  void tick(std::span<const std::uint32_t> input) override;
  void silence(std::uint64_t ticks) override;
  void begin_scores() override { network_.begin_scores(); }
  std::span<const float> scores() override { return network_.scores(); }
  std::uint64_t synaptic_operations() const override { return network_.synaptic_operations(); }

private:
  TickedEngine network_;
  std::vector<std::size_t> shown_;  ///< population ids that spike
  std::size_t input_ = 0;           ///< id of the input
  StreamPieces pieces_;
};

}  // namespace volley
