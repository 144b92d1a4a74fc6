#include "sim/window_bits.hpp"

#include <algorithm>
#include <bit>

#include "sim/segment_kernel.hpp"

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
                             std::span<WindowStep> steps) {
  static_assert(std::endian::native == std::endian::little, "bits are read byte by byte");
  const Projection& spec = projection.spec;
  const Shape &source = projection.source_shape, &target = projection.target_shape;
  const std::size_t channels = side(source.channels), row_bits = side(source.width) * channels;
  const std::size_t border = side(spec.padding.width) * channels, pitch = row_bits + 2 * border;
  const std::size_t above = side(spec.padding.height), rows = side(source.height) + 2 * above;
  const std::size_t width = side(target.width), positions = window_padded(width);
  const std::size_t bits = segment_bits(projection), words = words_of(bits);
  const std::size_t room = (rows * pitch + 63) / 64 + segment_spare;
  const std::array<std::size_t, 4> shape = {rows, words, width, above};
  if (shape != shape_) segments_.clear();
  shape_ = shape;
  segments_.resize(std::max(segments_.size(), steps.size()));
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const std::span<const std::uint64_t> spikes = steps[at].spikes;
    if (border != 0 || map_.size() != room) map_.assign(room, 0);
    if (border == 0)
      std::copy(spikes.begin(), spikes.end(), map_.begin());
    else
      for (std::size_t y = 0; y < side(source.height); ++y)
        copy_bits(spikes.data(), y * row_bits, map_.data(), y * pitch + border, row_bits);
    AlignedVector<std::uint32_t>& own = segments_[at];
    if (own.empty()) own.assign(rows * words * positions, 0);  // borders stay 0
    steps[at].segments = own.data();
    const std::size_t step = side(spec.stride.width) * channels;
    std::uint32_t* segment = own.data() + above * words * positions;
    for (std::size_t y = 0; y < side(source.height); ++y)
      for (std::size_t word = 0; word < words; ++word, segment += positions)
        cut_segments(map_.data(), y * pitch + word * word_bits, step,
                     std::min(word_bits, bits - word * word_bits), segment, width);
  }
  windows_.resize(std::max(windows_.size(), steps.size() * plan.words * positions));
  counts_.resize(std::max(counts_.size(), steps.size() * positions));
  return {plan.words, plan.parts.data(), plan.part_offsets.data(), words,
          positions, windows_.data(), counts_.data(), side(spec.stride.height),
          side(target.height), width, side(spec.kernel_height), bits};
}

}  // namespace volley
