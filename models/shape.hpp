// The shape of a population and the one order of its neurons.
#pragma once

#include <cstddef>
#include <string>

namespace volley {

/// Maps are channel last: neuron (c, y, x) has index (y * width + x) * channels + c. A flat
/// population of n neurons is {channels = n, height = 1, width = 1}. Files with another order (NIR:
/// channel first) are permuted at the door.
struct Shape {
  int channels = 1, height = 1, width = 1;

  std::size_t size() const {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  std::size_t area() const {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  }
  bool flat() const { return height == 1 && width == 1; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// A number for each axis of a map; one number stands for both.
struct PerAxis {
  int height = 1, width = 1;

  PerAxis(int both = 1) : height(both), width(both) {}
  PerAxis(int of_height, int of_width) : height(of_height), width(of_width) {}
  friend bool operator==(const PerAxis&, const PerAxis&) = default;
};

/// "256" for a flat population, "16x15x15" (channels x height x width) for a map.
std::string to_string(const Shape& shape);

}  // namespace volley
