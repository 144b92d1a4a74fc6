#include "app/stream_pieces.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace volley {

namespace {
constexpr std::chrono::milliseconds piece_time{40};
constexpr std::uint64_t most_piece_steps = 100'000;
constexpr std::size_t most_piece_spikes = 2'000'000;
}  // namespace

std::uint32_t shown_steps(double dt_ms) {
  return static_cast<std::uint32_t>(std::clamp(std::round(1000 / dt_ms), 50.0, 10000.0));
}

StreamPieces::StreamPieces(LiveWindow& window, StreamDescription description)
    : window_(window),
      populations_(description.populations.size()),
      flushed_(std::chrono::steady_clock::now()) {
  for (const PopulationTrace& each : description.populations)
    inputs_.push_back(static_cast<std::uint32_t>(each.shape.size()));
  window_.begin_stream(std::move(description));
  begin_piece();
}

void StreamPieces::begin_piece() {
  piece_ = {step_, 0, std::vector<SpikeTrain>(populations_)};
  for (std::size_t id = 0; id < populations_; ++id) piece_.spikes[id].inputs = inputs_[id];
}

void StreamPieces::silent_steps(std::uint64_t count) {
  for (SpikeTrain& train : piece_.spikes) {
    train.steps += static_cast<std::uint32_t>(count);
    train.offsets.resize(train.offsets.size() + count,
                         static_cast<std::uint32_t>(train.indices.size()));
  }
  piece_.steps += static_cast<std::uint32_t>(count);
  step_ += count;
}

void StreamPieces::advance_to(std::uint64_t step) {
  if (step <= step_) return;
  if (step - step_ <= most_piece_steps) return silent_steps(step - step_);
  flush();  // what lies between is told by the next piece's first step
  step_ = step;
  begin_piece();
}

void StreamPieces::spikes(std::size_t population, std::span<const std::uint32_t> indices) {
  SpikeTrain& train = piece_.spikes[population];
  train.indices.insert(train.indices.end(), indices.begin(), indices.end());
}

void StreamPieces::end_step() {
  silent_steps(1);
  std::size_t spikes = 0;
  for (const SpikeTrain& train : piece_.spikes) spikes += train.indices.size();
  if (piece_.steps >= most_piece_steps || spikes >= most_piece_spikes ||
      std::chrono::steady_clock::now() - flushed_ >= piece_time)
    flush();
}

void StreamPieces::flush() {
  if (piece_.steps > 0) window_.add(std::move(piece_));
  begin_piece();
  flushed_ = std::chrono::steady_clock::now();
}

}  // namespace volley
