#include "datasets/image_encoding.hpp"

#include <fmt/format.h>

#include <cassert>

#include "base/error.hpp"
#include "base/random.hpp"
#include "datasets/binning.hpp"

namespace volley {

namespace {

void close_step(SpikeTrain& train) {
  train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
}

void encode_latency(std::span<const std::uint8_t> pixels, SpikeTrain& train) {
  // Pixels sorted by the step they fire in: counting sort over the 256 grey levels.
  std::vector<std::vector<std::uint32_t>> by_step(train.steps);
  for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel)
    if (pixels[pixel] > 0)
      by_step[(255 - std::uint64_t{pixels[pixel]}) * train.steps / 256].push_back(
          static_cast<std::uint32_t>(pixel));
  for (const auto& step : by_step) {
    train.indices.insert(train.indices.end(), step.begin(), step.end());
    close_step(train);
  }
}

void encode_rate(std::span<const std::uint8_t> pixels, std::uint64_t seed, SpikeTrain& train) {
  RandomEngine engine = random_stream(seed, StreamPurpose::encode, {});
  boost::random::uniform_int_distribution<int> below(0, 254);
  for (std::uint32_t t = 0; t < train.steps; ++t) {
    for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel)
      if (pixels[pixel] > 0 && below(engine) < pixels[pixel])
        train.indices.push_back(static_cast<std::uint32_t>(pixel));
    close_step(train);
  }
}

void encode_direct(std::span<const std::uint8_t> pixels, SpikeTrain& train) {
  train.constant = true;
  for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel) {
    if (pixels[pixel] == 0) continue;
    train.indices.push_back(static_cast<std::uint32_t>(pixel));
    train.values.push_back(static_cast<float>(pixels[pixel]) / 255.0f);
  }
  close_step(train);
}

}  // namespace

SpikeTrain encode_image(std::span<const std::uint8_t> pixels, ImageEncoding encoding, int steps,
                        std::uint64_t seed) {
  if (steps < 1 || steps > max_steps)
    throw Error(fmt::format("an image is encoded in 1 to {} steps, not {}", max_steps, steps),
                "steps", "set steps = 4 in the recipe's [dataset], or --steps 4");
  SpikeTrain train;
  train.steps = static_cast<std::uint32_t>(steps);
  train.inputs = static_cast<std::uint32_t>(pixels.size());
  switch (encoding) {
    case ImageEncoding::automatic:
    case ImageEncoding::latency: encode_latency(pixels, train); break;
    case ImageEncoding::rate: encode_rate(pixels, seed, train); break;
    case ImageEncoding::direct: encode_direct(pixels, train); break;
    case ImageEncoding::saccades: assert(false && "saccades make events, not steps"); break;
  }
  return train;
}

}  // namespace volley
