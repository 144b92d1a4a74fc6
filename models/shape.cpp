// How a shape is written in messages. Must not know what populates it.
#include "models/shape.hpp"

namespace volley {

std::string to_string(const Shape& shape) {
  if (shape.flat()) return std::to_string(shape.channels);
  return std::to_string(shape.channels) + "x" + std::to_string(shape.height) + "x" +
         std::to_string(shape.width);
}

}  // namespace volley
