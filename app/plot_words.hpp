// Sizes and neurons as they are written on the command line. Must not know what is drawn.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "viz/pictures.hpp"

namespace volley {

/// "1280x720". @throws Error for what is no size, or none that can be drawn
void read_size(const std::string& size, PictureOptions& picture);
/// Appends "3", "10-20". @throws Error for other words, and for more than 100,000 neurons
void read_neurons(const std::vector<std::string>& words, std::vector<std::size_t>& neurons);

}  // namespace volley
