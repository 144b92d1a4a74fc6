#include "viz/hit.hpp"

#include <fmt/format.h>

namespace volley {

std::string neuron_words(const Shape& shape, std::size_t first, std::size_t count) {
  if (count > 1) return fmt::format("neurons {} to {}", first, first + count - 1);
  if (shape.flat()) return fmt::format("neuron {}", first);
  const auto channels = static_cast<std::size_t>(shape.channels);
  const auto width = static_cast<std::size_t>(shape.width);
  const std::size_t position = first / channels;
  return fmt::format("neuron {} (channel {}, x {}, y {})", first, first % channels,
                     position % width, position / width);
}

}  // namespace volley
