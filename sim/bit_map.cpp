#include "sim/bit_map.hpp"

#include <algorithm>

#include "sim/bit_map_kernel.hpp"

namespace volley {

namespace {
constexpr std::size_t word_bits = 16;

std::size_t side(int value) { return static_cast<std::size_t>(value); }

/// Bits [first, first + 16) of a row of words with one more behind it.
std::uint64_t sixteen(const std::uint64_t* row, std::size_t first) {
  const std::size_t at = first / 64, shift = first % 64;
  std::uint64_t bits = row[at] >> shift;
  if (shift > 64 - word_bits) bits |= row[at + 1] << (64 - shift);
  return bits & 0xffff;
}
}  // namespace

BitMap make_bit_map(const PlanProjection& projection, std::span<const std::uint8_t> codes,
                    std::size_t code_stride, std::span<const float> scale,
                    std::span<const float> offset) {
  const Projection& spec = projection.spec;
  if (spec.dilation.height != 1 || spec.dilation.width != 1) return {};
  const std::size_t channels = side(projection.source_shape.channels);
  const std::size_t height = side(spec.kernel_height), width = side(spec.kernel_width);
  BitMap map;
  map.row_words = (width * channels + word_bits - 1) / word_bits;
  map.stride = bit_map_stride(projection.columns);
  map.words.assign(height * map.row_words * map.stride, 0);
  for (std::size_t row = 0; row < projection.rows; ++row) {
    const std::size_t channel = row / (height * width), tap = row % (height * width);
    const std::size_t bit = tap % width * channels + channel;  // within its kernel row
    const std::size_t word = tap / width * map.row_words + bit / word_bits;
    for (std::size_t c = 0; c < projection.columns; ++c)
      map.words[word * map.stride + c] = static_cast<std::uint16_t>(
          map.words[word * map.stride + c] |
          static_cast<unsigned>(codes[row * code_stride + c]) << (bit % word_bits));
  }
  map.scale.assign(map.stride, 0.0);
  map.offset.assign(map.stride, 0.0);
  std::copy_n(scale.begin(), projection.columns, map.scale.begin());
  std::copy_n(offset.begin(), projection.columns, map.offset.begin());
  return map;
}

bool BitMapCurrents::worthwhile(const PlanProjection& projection, const BitMap& weights,
                                std::size_t spikes) {
  const std::size_t height = side(projection.spec.kernel_height);
  const std::size_t taps = height * side(projection.spec.kernel_width);
  // Measured on Zen 4: cycles of a window here, half those of an arrival there.
  return spikes * taps * 8 >= projection.target_shape.area() * (8 + height * weights.row_words);
}

/// Rows of the map, borders included, as what each window's kernel row sees of them.
void BitMapCurrents::cut_windows(const PlanProjection& projection, std::size_t row_words,
                                 std::span<const std::uint64_t> spikes) {
  const Projection& spec = projection.spec;
  const Shape &source = projection.source_shape, &target = projection.target_shape;
  const std::size_t channels = side(source.channels), row_bits = side(source.width) * channels;
  const std::size_t border = side(spec.padding.width) * channels;
  const std::size_t rows = side(source.height) + 2 * side(spec.padding.height);
  const std::size_t width = side(target.width), window_bits = side(spec.kernel_width) * channels;
  const std::size_t step = side(spec.stride.width) * channels;
  windows_.assign(rows * width * row_words, 0);
  counts_.resize(rows * width);
  const auto bits_at = [&](std::size_t first, std::size_t count) {  // of the map, count up to 16
    const std::size_t at = first / 64, shift = first % 64;
    std::uint64_t bits = spikes[at] >> shift;
    if (shift + count > 64) bits |= spikes[at + 1] << (64 - shift);
    return bits & ((std::uint64_t{1} << count) - 1);
  };
  for (std::size_t y = 0; y < side(source.height); ++y) {
    row_.assign((row_bits + 2 * border + 63) / 64 + 2, 0);
    for (std::size_t bit = 0; bit < row_bits; bit += word_bits) {
      const std::uint64_t some =
          bits_at(y * row_bits + bit, std::min(word_bits, row_bits - bit));
      const std::size_t to = border + bit;
      row_[to / 64] |= some << (to % 64);
      if (to % 64 > 64 - word_bits) row_[to / 64 + 1] |= some >> (64 - to % 64);
    }
    const std::size_t first = (y + side(spec.padding.height)) * width;
    for (std::size_t x = 0; x < width; ++x)
      for (std::size_t word = 0; word < row_words; ++word) {
        const std::size_t rest = window_bits - word * word_bits;
        std::uint64_t seen = sixteen(row_.data(), x * step + word * word_bits);
        if (rest < word_bits) seen &= (std::uint64_t{1} << rest) - 1;
        windows_[(first + x) * row_words + word] = static_cast<std::uint16_t>(seen);
      }
  }
}

std::uint64_t BitMapCurrents::add(const PlanProjection& projection, const BitMap& weights,
                                  std::span<const std::uint64_t> spikes, float* currents) {
  cut_windows(projection, weights.row_words, spikes);
  window_.resize(side(projection.spec.kernel_height) * weights.row_words);
  return add_bit_windows(
      currents,
      {weights.words.data(), weights.row_words, weights.stride, projection.columns,
       weights.scale.data(), weights.offset.data(), windows_.data(), counts_.data(),
       window_.data(), counts_.size() / side(projection.target_shape.width),
       side(projection.spec.kernel_height), side(projection.spec.stride.height),
       side(projection.target_shape.height), side(projection.target_shape.width)});
}

}  // namespace volley
