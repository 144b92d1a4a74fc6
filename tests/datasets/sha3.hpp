// SHA3-224 (FIPS 202), for digests that others have published. Must not know what is digested.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>

namespace volley::test {

class Sha3 {
public:
  void add(std::uint8_t byte) {
    state_[at_ / 8] ^= std::uint64_t{byte} << (8 * (at_ % 8));
    if (++at_ == rate) {
      permute();
      at_ = 0;
    }
  }
  /// The bytes of a number, lowest first.
  template <class T>
  void add_little(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      add(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
  std::string hex() {
    state_[at_ / 8] ^= std::uint64_t{0x06} << (8 * (at_ % 8));
    state_[(rate - 1) / 8] ^= std::uint64_t{0x80} << (8 * ((rate - 1) % 8));
    permute();
    std::string text;
    for (std::size_t i = 0; i < 28; ++i) {
      const auto byte = static_cast<unsigned>(state_[i / 8] >> (8 * (i % 8)) & 0xff);
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }

private:
  static constexpr std::size_t rate = 144;

  void permute() {
    std::uint8_t lfsr = 1;
    const auto bit = [&] {
      const bool one = (lfsr & 1) != 0;
      lfsr = static_cast<std::uint8_t>((lfsr << 1) ^ ((lfsr & 0x80) ? 0x71 : 0));
      return one;
    };
    for (int round = 0; round < 24; ++round) {
      std::array<std::uint64_t, 5> parity{};
      for (std::size_t x = 0; x < 5; ++x)
        for (std::size_t y = 0; y < 5; ++y) parity[x] ^= state_[x + 5 * y];
      for (std::size_t x = 0; x < 5; ++x)
        for (std::size_t y = 0; y < 5; ++y)
          state_[x + 5 * y] ^= parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1);
      std::size_t x = 1, y = 0;
      std::uint64_t lane = state_[1];
      for (int t = 0; t < 24; ++t) {
        const std::size_t next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        const std::uint64_t old = state_[x + 5 * y];
        state_[x + 5 * y] = std::rotl(lane, (t + 1) * (t + 2) / 2 % 64);
        lane = old;
      }
      for (std::size_t row = 0; row < 25; row += 5) {
        std::array<std::uint64_t, 5> old{};
        for (std::size_t i = 0; i < 5; ++i) old[i] = state_[row + i];
        for (std::size_t i = 0; i < 5; ++i)
          state_[row + i] = old[i] ^ (~old[(i + 1) % 5] & old[(i + 2) % 5]);
      }
      for (int j = 0; j < 7; ++j)
        if (bit()) state_[0] ^= std::uint64_t{1} << ((1 << j) - 1);
    }
  }

  std::array<std::uint64_t, 25> state_{};
  std::size_t at_ = 0;
};

}  // namespace volley::test
