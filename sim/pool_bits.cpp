#include "sim/pool_bits.hpp"

#include <algorithm>
#include <cstring>

#include "sim/sweep_kernel.hpp"

namespace volley {

namespace {

/// A map whose positions are whole words of the type, one or several.
template <class Word>
class WordMap {
public:
  WordMap(const std::uint64_t* bits, std::size_t width, std::size_t words)
      : bytes_(reinterpret_cast<const unsigned char*>(bits)), width_(width), words_(words) {}

  Word at(std::size_t y, std::size_t x, std::size_t word) const {
    Word own;
    std::memcpy(&own, bytes_ + ((y * width_ + x) * words_ + word) * sizeof(Word), sizeof(Word));
    return own;
  }

private:
  const unsigned char* bytes_;
  std::size_t width_, words_;
};

template <class Word>
void pool_words(const PlanProjection& projection, std::size_t words, const std::uint64_t* source,
                std::uint64_t* target) {
  const auto side = [](int value) { return static_cast<std::size_t>(value); };
  const Projection& spec = projection.spec;
  const Shape& pooled = projection.target_shape;
  const WordMap<Word> map(source, side(projection.source_shape.width), words);
  const std::size_t height = side(spec.kernel_height), width = side(spec.kernel_width);
  const bool usual = height == 2 && width == 2 && words == 1;  // no loops over it
  auto* to = reinterpret_cast<unsigned char*>(target);
  for (std::size_t y = 0; y < side(pooled.height); ++y)
    for (std::size_t x = 0; x < side(pooled.width); ++x) {
      const std::size_t top = y * side(spec.stride.height), left = x * side(spec.stride.width);
      for (std::size_t w = 0; w < words; ++w, to += sizeof(Word)) {
        auto any = map.at(top, left, w);
        if (usual)
          any = static_cast<Word>(any | map.at(top, left + 1, 0) | map.at(top + 1, left, 0) |
                                  map.at(top + 1, left + 1, 0));
        else
          for (std::size_t ky = 0; ky < height; ++ky)
            for (std::size_t kx = 0; kx < width; ++kx)
              any = static_cast<Word>(any | map.at(top + ky, left + kx, w));
        std::memcpy(to, &any, sizeof(Word));
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
    pool_words<std::uint32_t>(projection, channels / 32, source.data(), target);
  else if (channels % 16 == 0)
    pool_words<std::uint16_t>(projection, channels / 16, source.data(), target);
  else if (channels % 8 == 0)
    pool_words<std::uint8_t>(projection, channels / 8, source.data(), target);
  else
    pool_single_bits(channels, targets, sources, source.data(), target);
  return count_bits(target, words);
}

}  // namespace volley
