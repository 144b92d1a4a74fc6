#include "sim/pool_bits.hpp"

#include <algorithm>
#include <cstring>

#include "sim/sweep_kernel.hpp"

namespace volley {

namespace {

/// Maps whose positions are whole words of the type, one or several.
template <class Word>
void pool_words(std::size_t words, std::size_t targets, const ConvTable& sources,
                const std::uint64_t* source, std::uint64_t* target) {
  const auto* from = reinterpret_cast<const unsigned char*>(source);
  auto* to = reinterpret_cast<unsigned char*>(target);
  const auto word_of = [&](const ConvReach reach, std::size_t w) {
    Word own;
    std::memcpy(&own, from + (reach.target * words + w) * sizeof(Word), sizeof(Word));
    return own;
  };
  for (std::size_t at = 0; at < targets; ++at) {
    const auto window = sources.from(at);
    for (std::size_t w = 0; w < words; ++w) {
      Word pooled = 0;
      if (window.size() == 4)  // 2 x 2, the usual one: no loop
        pooled = static_cast<Word>(word_of(window[0], w) | word_of(window[1], w) |
                                   word_of(window[2], w) | word_of(window[3], w));
      else
        for (const ConvReach reach : window) pooled = static_cast<Word>(pooled | word_of(reach, w));
      std::memcpy(to + (at * words + w) * sizeof(Word), &pooled, sizeof(Word));
    }
  }
}

void pool_single_bits(std::size_t channels, std::size_t targets, const ConvTable& sources,
                      const std::uint64_t* source, std::uint64_t* target) {
  for (std::size_t at = 0; at < targets; ++at)
    for (const ConvReach reach : sources.from(at))
      for (std::size_t c = 0; c < channels; ++c) {
        const std::size_t from = reach.target * channels + c, to = at * channels + c;
        target[to / 64] |= (source[from / 64] >> (from % 64) & 1) << (to % 64);
      }
}

}  // namespace

std::size_t pool_bits(const PlanProjection& projection, const ConvTable& sources,
                      std::span<const std::uint64_t> source, std::uint64_t* target) {
  const auto channels = static_cast<std::size_t>(projection.source_shape.channels);
  const std::size_t targets = projection.target_shape.area();
  const std::size_t words = (targets * channels + 63) / 64;
  std::fill_n(target, words, 0);
  if (channels % 32 == 0)
    pool_words<std::uint32_t>(channels / 32, targets, sources, source.data(), target);
  else if (channels % 16 == 0)
    pool_words<std::uint16_t>(channels / 16, targets, sources, source.data(), target);
  else if (channels % 8 == 0)
    pool_words<std::uint8_t>(channels / 8, targets, sources, source.data(), target);
  else
    pool_single_bits(channels, targets, sources, source.data(), target);
  return count_bits(target, words);
}

}  // namespace volley
