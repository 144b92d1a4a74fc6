// Blocks of bytes packed by LZ4 (frames) and zstd, as AEDAT4 stores its packets. Must not know what
// is in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "datasets/block_stream.hpp"

namespace volley {

enum class Packing { none, lz4, zstd };

/// Unpacks a block; grows with what comes out, never beyond `limit`.
class Unpacker {
public:
  explicit Unpacker(std::size_t limit);
  ~Unpacker();
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// Empty where all is well, else what is wrong. The result stands in `out`.
  std::string unpack(Packing packing, ByteSpan packed, std::vector<std::uint8_t>& out);

private:
  struct Contexts;
  std::string unpack_lz4(ByteSpan packed, std::vector<std::uint8_t>& out);
  std::string unpack_zstd(ByteSpan packed, std::vector<std::uint8_t>& out);
  bool grow(std::vector<std::uint8_t>& out, std::size_t used) const;

  std::size_t limit_;
  std::unique_ptr<Contexts> contexts_;
};

/// One LZ4 frame or zstd frame of the bytes (or the bytes themselves).
std::string pack(Packing packing, std::string_view bytes);

}  // namespace volley
