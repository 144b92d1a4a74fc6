#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/pool_bits.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "sim/pool_bits.hpp"
#include "sim/sweep_kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace volley::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The first positions of a target row of windows of 2 x 2 side by side: `wanted` by whole vectors,
/// `room` of them at most. A position is a Narrow and a Wide two of them. @return positions written
template <class Wide, class Narrow>
HWY_ATTR HWY_INLINE std::size_t pool_pairs([[maybe_unused]] const unsigned char* top,
                                           [[maybe_unused]] const unsigned char* below,
                                           [[maybe_unused]] unsigned char* to,
                                           [[maybe_unused]] std::size_t wanted,
                                           [[maybe_unused]] std::size_t room) {
  std::size_t x = 0;
#if HWY_TARGET != HWY_SCALAR  // where a vector is one word and no bytes
  const hn::ScalableTag<Wide> wide;
  const hn::Repartition<std::uint8_t, decltype(wide)> bytes;
  const hn::Rebind<Narrow, decltype(wide)> narrow;
  const hn::Repartition<std::uint8_t, decltype(narrow)> narrow_bytes;
  const std::size_t lanes = hn::Lanes(wide);
  for (; x < wanted && x + lanes <= room; x += lanes) {
    const std::size_t at = x * sizeof(Wide);
    const auto rows = hn::Or(hn::LoadU(bytes, top + at), hn::LoadU(bytes, below + at));
    const auto pairs = hn::BitCast(wide, rows);
    const auto any = hn::Or(pairs, hn::ShiftRight<8 * sizeof(Narrow)>(pairs));
    hn::StoreU(hn::BitCast(narrow_bytes, hn::TruncateTo(narrow, any)), narrow_bytes,
               to + x * sizeof(Narrow));
  }
#endif
  return x;
}

HWY_ATTR std::size_t PoolPairs(std::size_t size, const unsigned char* top,
                               const unsigned char* below, unsigned char* to, std::size_t wanted,
                               std::size_t room) {
  if (size == 4) return pool_pairs<std::uint64_t, std::uint32_t>(top, below, to, wanted, room);
  if (size == 2) return pool_pairs<std::uint32_t, std::uint16_t>(top, below, to, wanted, room);
  return pool_pairs<std::uint16_t, std::uint8_t>(top, below, to, wanted, room);
}

}  // namespace volley::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace volley {

HWY_EXPORT(PoolPairs);

namespace {

/// A map whose positions are whole words of the type, one or several.
template <class Word>
class WordMap {
public:
  WordMap(const std::uint64_t* bits, std::size_t width, std::size_t words)
      : bytes_(reinterpret_cast<const unsigned char*>(bits)), width_(width), words_(words) {}

  const unsigned char* place(std::size_t y, std::size_t x) const {
    return bytes_ + (y * width_ + x) * words_ * sizeof(Word);
  }
  Word at(std::size_t y, std::size_t x, std::size_t word) const {
    Word own;
    std::memcpy(&own, place(y, x) + word * sizeof(Word), sizeof(Word));
    return own;
  }

private:
  const unsigned char* bytes_;
  std::size_t width_, words_;
};

/// See pool_pairs().
std::size_t pool_some(std::size_t size, const unsigned char* top, const unsigned char* below,
                      unsigned char* to, std::size_t wanted, std::size_t room) {
  return HWY_DYNAMIC_DISPATCH(PoolPairs)(size, top, below, to, wanted, room);
}

template <class Word>
void pool_words(const PlanProjection& projection, std::size_t words, const std::uint64_t* source,
                std::uint64_t* target) {
  const auto side = [](int value) { return static_cast<std::size_t>(value); };
  const Projection& spec = projection.spec;
  const Shape& pooled = projection.target_shape;
  const std::size_t from_rows = side(projection.source_shape.height);
  const std::size_t from_columns = side(projection.source_shape.width);
  const WordMap<Word> map(source, from_columns, words);
  const std::size_t height = side(spec.kernel_height), width = side(spec.kernel_width);
  const bool pairs = height == 2 && width == 2 && words == 1 && spec.stride.width == 2;
  const std::size_t rows = side(pooled.height), columns = side(pooled.width);
  auto* to = reinterpret_cast<unsigned char*>(target);
  for (std::size_t y = 0; y < rows; ++y, to += columns * words * sizeof(Word)) {
    const std::size_t top = y * side(spec.stride.height);
    std::size_t x = 0;
    if (pairs)  // vectors may run on into the next row, which is written after this one
      x = pool_some(sizeof(Word), map.place(top, 0), map.place(top + 1, 0), to, columns,
                    std::min((rows - y) * columns, (from_rows - top - 1) * from_columns / 2));
    for (; x < columns; ++x)
      for (std::size_t w = 0; w < words; ++w) {
        const std::size_t left = x * side(spec.stride.width);
        Word any = 0;
        for (std::size_t ky = 0; ky < height; ++ky)
          for (std::size_t kx = 0; kx < width; ++kx)
            any = static_cast<Word>(any | map.at(top + ky, left + kx, w));
        std::memcpy(to + (x * words + w) * sizeof(Word), &any, sizeof(Word));
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
#endif  // HWY_ONCE
