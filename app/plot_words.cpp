#include "app/plot_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"

namespace volley {

namespace {

constexpr int least_side = 64, largest_side = 16384;

int side_of(const std::string& text, std::size_t from, std::size_t to) {
  int value = 0;
  const char* const end = text.data() + to;
  const auto [stop, error] = std::from_chars(text.data() + from, end, value);
  return error == std::errc() && stop == end ? value : -1;
}

}  // namespace

void read_size(const std::string& size, PictureOptions& picture) {
  const std::size_t cross = size.find_first_of("xX");
  if (cross != std::string::npos) {
    picture.width = side_of(size, 0, cross);
    picture.height = side_of(size, cross + 1, size.size());
  }
  const auto possible = [](int side) { return side >= least_side && side <= largest_side; };
  if (cross == std::string::npos || !possible(picture.width) || !possible(picture.height))
    throw Error("'" + size + "' is no size of a picture", "--size",
                fmt::format("write WIDTHxHEIGHT in pixels, each {} to {}", least_side,
                            largest_side));
}

void read_neurons(const std::vector<std::string>& words, std::vector<std::size_t>& neurons) {
  constexpr std::size_t most = 100'000;
  for (const std::string& word : words) {
    const std::size_t dash = word.find('-');
    const int first = side_of(word, 0, std::min(dash, word.size()));
    const int last = dash == std::string::npos ? first : side_of(word, dash + 1, word.size());
    if (first < 0 || last < first || neurons.size() + static_cast<std::size_t>(last - first) > most)
      throw Error("'" + word + "' names no neurons", "--neuron",
                  "write numbers and ranges: 3,7,12-15");
    for (int neuron = first; neuron <= last; ++neuron)
      neurons.push_back(static_cast<std::size_t>(neuron));
  }
}

}  // namespace volley
