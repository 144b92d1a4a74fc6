#include "datasets/packed_train.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace volley {

namespace {

constexpr std::size_t header_bytes = 20;
constexpr std::uint8_t is_constant = 1, has_values = 2;

unsigned bits_for(std::uint32_t largest) {
  return std::max(1u, static_cast<unsigned>(std::bit_width(largest)));
}

class BitWriter {
public:
  explicit BitWriter(std::string& bytes) : bytes_(bytes) {}
  void add(std::uint32_t value, unsigned bits) {
    held_ |= std::uint64_t{value} << count_;
    for (count_ += bits; count_ >= 8; count_ -= 8, held_ >>= 8)
      bytes_.push_back(static_cast<char>(held_ & 0xff));
  }
  void finish() {
    if (count_ > 0) bytes_.push_back(static_cast<char>(held_ & 0xff));
    held_ = count_ = 0;
  }

private:
  std::string& bytes_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

/// The caller knows that there are enough bytes.
class BitReader {
public:
  explicit BitReader(const char* bytes) : at_(bytes) {}
  std::uint32_t take(unsigned bits) {
    while (count_ < bits) {
      held_ |= std::uint64_t{static_cast<std::uint8_t>(*at_++)} << count_;
      count_ += 8;
    }
    const auto value = static_cast<std::uint32_t>(held_ & ((std::uint64_t{1} << bits) - 1));
    held_ >>= bits;
    count_ -= bits;
    return value;
  }

private:
  const char* at_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

template <class Number>
void append(std::string& bytes, Number number) {
  for (std::size_t k = 0; k < sizeof(Number); ++k)
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * k) & 0xff));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t k = size; k-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + k]);
  return value;
}

}  // namespace

std::string pack_train(const SpikeTrain& train) {
  const std::size_t rows = train.offsets.size() - 1;
  std::uint32_t most = 0;
  for (std::size_t row = 0; row < rows; ++row)
    most = std::max(most, train.offsets[row + 1] - train.offsets[row]);
  const unsigned count_bits = bits_for(most);
  const unsigned index_bits = bits_for(train.inputs == 0 ? 0 : train.inputs - 1);
  std::string bytes;
  bytes.reserve(header_bytes + (rows * count_bits + train.indices.size() * index_bits) / 8 + 1 +
                4 * train.values.size());
  append(bytes, train.steps);
  append(bytes, train.inputs);
  append(bytes, std::uint64_t{train.indices.size()});
  append(bytes, static_cast<std::uint8_t>((train.constant ? is_constant : 0) |
                                          (train.values.empty() ? 0 : has_values)));
  append(bytes, static_cast<std::uint8_t>(count_bits));
  append(bytes, static_cast<std::uint8_t>(index_bits));
  append(bytes, std::uint8_t{0});
  BitWriter writer(bytes);
  for (std::size_t row = 0; row < rows; ++row)
    writer.add(train.offsets[row + 1] - train.offsets[row], count_bits);
  for (const std::uint32_t index : train.indices) writer.add(index, index_bits);
  writer.finish();
  for (const float value : train.values) append(bytes, std::bit_cast<std::uint32_t>(value));
  return bytes;
}

std::optional<SpikeTrain> unpack_train(std::string_view bytes) {
  if (bytes.size() < header_bytes) return {};
  SpikeTrain train;
  train.steps = static_cast<std::uint32_t>(number_at(bytes, 0, 4));
  train.inputs = static_cast<std::uint32_t>(number_at(bytes, 4, 4));
  const std::uint64_t spikes = number_at(bytes, 8, 8);
  const std::uint64_t flags = number_at(bytes, 16, 1);
  const auto count_bits = static_cast<unsigned>(number_at(bytes, 17, 1));
  const auto index_bits = static_cast<unsigned>(number_at(bytes, 18, 1));
  train.constant = (flags & is_constant) != 0;
  const std::uint64_t rows = train.constant ? 1 : train.steps;
  // All of it must fit into the bytes that are there, so that nothing large is made for a lie.
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  if (flags > (is_constant | has_values) || count_bits < 1 || count_bits > 32 ||
      index_bits != bits_for(train.inputs == 0 ? 0 : train.inputs - 1) || spikes > bits ||
      rows > bits || number_at(bytes, 19, 1) != 0 || ((flags & has_values) != 0 && spikes == 0))
    return {};
  const std::uint64_t used = rows * count_bits + spikes * index_bits;
  const std::uint64_t packed = (used + 7) / 8;
  const std::uint64_t values = (flags & has_values) != 0 ? spikes : 0;
  if (header_bytes + packed + 4 * values != bytes.size()) return {};
  // What fills up the last byte is zero.
  if (used % 8 != 0 && number_at(bytes, header_bytes + packed - 1, 1) >> used % 8 != 0) return {};
  BitReader reader(bytes.data() + header_bytes);
  train.offsets.resize(rows + 1);
  std::uint64_t sum = 0;
  std::uint32_t most = 0;
  for (std::uint64_t row = 0; row < rows; ++row) {
    const std::uint32_t count = reader.take(count_bits);
    most = std::max(most, count);
    sum += count;
    if (sum > spikes) return {};
    train.offsets[row + 1] = static_cast<std::uint32_t>(sum);
  }
  if (sum != spikes || count_bits != bits_for(most)) return {};
  train.indices.resize(spikes);
  for (std::uint32_t& index : train.indices)
    if ((index = reader.take(index_bits)) >= train.inputs) return {};
  train.values.resize(values);
  const std::size_t first = header_bytes + packed;
  for (std::size_t k = 0; k < values; ++k)
    train.values[k] =
        std::bit_cast<float>(static_cast<std::uint32_t>(number_at(bytes, first + 4 * k, 4)));
  for (std::uint64_t row = 0; row < rows; ++row)
    for (std::uint32_t k = train.offsets[row] + 1; k < train.offsets[row + 1]; ++k)
      if (train.indices[k - 1] >= train.indices[k]) return {};
  return train;
}

}  // namespace volley
