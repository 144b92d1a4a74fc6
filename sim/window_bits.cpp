#include "sim/window_bits.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace volley {

namespace {
constexpr std::size_t word_bits = 32;

std::size_t side(int value) { return static_cast<std::size_t>(value); }

std::size_t words_of(std::size_t bits) { return (bits + word_bits - 1) / word_bits; }

/// Bits of a kernel row.
std::size_t segment_bits(const PlanProjection& projection) {
  return side(projection.spec.kernel_width) * side(projection.source_shape.channels);
}

/// Copies bits; reads and writes whole words around them, and `to` is zero where they go.
void copy_bits(const std::uint64_t* from, std::size_t at, std::uint64_t* to, std::size_t place,
               std::size_t count) {
  for (std::size_t done = 0; done < count; done += 64) {
    const std::size_t source = at + done, target = place + done, rest = count - done;
    std::uint64_t bits = from[source / 64] >> (source % 64);
    if (source % 64 != 0 && rest > 64 - source % 64)
      bits |= from[source / 64 + 1] << (64 - source % 64);
    if (rest < 64) bits &= (std::uint64_t{1} << rest) - 1;
    to[target / 64] |= bits << (target % 64);
    if (target % 64 != 0) to[target / 64 + 1] |= bits >> (64 - target % 64);
  }
}

/// segments[x] = `count` bits, 32 at most, from first + x * step on.
void cut_segments(const unsigned char* bytes, std::size_t first, std::size_t step,
                  std::size_t count, std::uint32_t* segments, std::size_t width) {
  constexpr std::size_t some = 8;  // segments of one load
  const auto kept = static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
  std::size_t x = 0, bit = first;
  const auto load = [&] {
    std::uint64_t word;
    std::memcpy(&word, bytes + bit / 8, sizeof(word));
    return word >> (bit % 8);
  };
  if ((some - 1) * step + count <= 57)  // of 64 bits, up to seven stand before the first
    for (; x + some <= width; x += some, bit += some * step) {
      std::uint64_t word = load();
      for (std::size_t k = 0; k < some; ++k, word >>= step)
        segments[x + k] = static_cast<std::uint32_t>(word) & kept;
    }
  for (; x < width; ++x, bit += step) segments[x] = static_cast<std::uint32_t>(load()) & kept;
}

}  // namespace

/// Every word of a segment goes to the word where its first bit belongs, and what is left to the
/// next.
WindowPlan make_window_plan(const PlanProjection& projection) {
  const Projection& spec = projection.spec;
  if (spec.kind != ProjectionKind::conv2d || projection.grouped() ||
      spec.dilation.height != 1 || spec.dilation.width != 1)
    return {};
  const auto height = static_cast<std::uint32_t>(spec.kernel_height);
  const std::size_t bits = segment_bits(projection);
  WindowPlan plan;
  plan.words = words_of(height * bits);
  const std::size_t positions = window_padded(side(projection.target_shape.width));
  const auto offset = [&](std::size_t row, std::size_t word) {
    return (row * words_of(bits) + word) * positions;
  };
  std::vector<std::vector<WindowPart>> by_word(plan.words);
  for (std::uint32_t row = 0; row < height; ++row)
    for (std::uint32_t word = 0; word < words_of(bits); ++word) {
      const std::size_t first = row * bits + word * word_bits;
      const std::size_t count = std::min(word_bits, bits - word * word_bits);
      const std::size_t at = first / word_bits, shift = first % word_bits;
      by_word[at].push_back({offset(row, word), static_cast<int>(shift), 0});
      if (shift + count > word_bits)
        by_word[at + 1].push_back({offset(row, word), 0, static_cast<int>(word_bits - shift)});
    }
  plan.part_offsets.push_back(0);
  for (const auto& parts : by_word) {
    plan.parts.insert(plan.parts.end(), parts.begin(), parts.end());
    plan.part_offsets.push_back(static_cast<std::uint32_t>(plan.parts.size()));
  }
  return plan;
}

WindowBits WindowCutter::cut(const PlanProjection& projection, const WindowPlan& plan,
                             std::span<const std::uint64_t> spikes) {
  static_assert(std::endian::native == std::endian::little, "bits are read byte by byte");
  const Projection& spec = projection.spec;
  const Shape &source = projection.source_shape, &target = projection.target_shape;
  const std::size_t channels = side(source.channels), row_bits = side(source.width) * channels;
  const std::size_t border = side(spec.padding.width) * channels, pitch = row_bits + 2 * border;
  const std::size_t above = side(spec.padding.height), rows = side(source.height) + 2 * above;
  const std::size_t width = side(target.width), positions = window_padded(width);
  const std::size_t bits = segment_bits(projection), words = words_of(bits);
  const std::size_t room = (rows * pitch + 63) / 64 + 2;
  if (border != 0 || map_.size() != room) map_.assign(room, 0);
  if (border == 0)
    std::copy(spikes.begin(), spikes.end(), map_.begin());
  else
    for (std::size_t y = 0; y < side(source.height); ++y)
      copy_bits(spikes.data(), y * row_bits, map_.data(), y * pitch + border, row_bits);
  const std::array<std::size_t, 4> shape = {rows, words, width, above};
  if (shape != shape_) segments_.assign(rows * words * positions, 0);  // borders stay 0
  shape_ = shape;
  const auto* bytes = reinterpret_cast<const unsigned char*>(map_.data());
  const std::size_t step = side(spec.stride.width) * channels;
  std::uint32_t* segment = segments_.data() + above * words * positions;
  for (std::size_t y = 0; y < side(source.height); ++y)
    for (std::size_t word = 0; word < words; ++word, segment += positions)
      cut_segments(bytes, y * pitch + word * word_bits, step,
                   std::min(word_bits, bits - word * word_bits), segment, width);
  windows_.resize(std::max(windows_.size(), plan.words * positions));
  counts_.resize(std::max(counts_.size(), positions));
  return {plan.words, plan.parts.data(), plan.part_offsets.data(), segments_.data(), words,
          positions, windows_.data(), counts_.data(), side(spec.stride.height),
          side(target.height), width, side(spec.kernel_height), bits};
}

}  // namespace volley
