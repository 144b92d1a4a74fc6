// What lies under a point of a panel: the answer to a pointer that hovers or clicks. Must not know
// windows or events.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "models/shape.hpp"

namespace volley {

struct Hit {
  std::string words;                      ///< for a person: "hidden, neuron 12, 134 ms"
  std::optional<std::size_t> population;  ///< index in the trace, the id in the network
  /// Of the population: a cell of a binned view holds several, others one; `neurons` 0: none in
  /// particular.
  std::size_t first_neuron = 0, neurons = 0;
  std::optional<double> time_ms;          ///< of the recording, at the point itself
  std::optional<std::size_t> projection;  ///< id in the network
  std::optional<int> label, predicted;    ///< classes
};

/// "neuron 12"; of a map with more than one row or column "neuron 340 (channel 4, x 3, y 1)"; of
/// several "neurons 12 to 15".
std::string neuron_words(const Shape& shape, std::size_t first, std::size_t count = 1);

}  // namespace volley
