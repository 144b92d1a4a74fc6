#include "datasets/formats/unpack.hpp"

#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

namespace volley {

struct Unpacker::Contexts {
  LZ4F_dctx* lz4 = nullptr;
  ZSTD_DStream* zstd = nullptr;
  ~Contexts() {
    LZ4F_freeDecompressionContext(lz4);
    ZSTD_freeDStream(zstd);
  }
};

Unpacker::Unpacker(std::size_t limit) : limit_(limit), contexts_(std::make_unique<Contexts>()) {}
Unpacker::~Unpacker() = default;

bool Unpacker::grow(std::vector<std::uint8_t>& out, std::size_t used) const {
  if (used >= limit_) return false;
  if (out.size() == used) out.resize(std::min(limit_, std::max<std::size_t>(65536, 2 * used)));
  return true;
}

std::string Unpacker::unpack(Packing packing, ByteSpan packed, std::vector<std::uint8_t>& out) {
  // Keeps what is allocated: packets of one file are alike.
  out.resize(out.capacity());
  if (packing == Packing::lz4) return unpack_lz4(packed, out);
  if (packing == Packing::zstd) return unpack_zstd(packed, out);
  out.assign(packed.begin(), packed.end());
  return {};
}

std::string Unpacker::unpack_lz4(ByteSpan packed, std::vector<std::uint8_t>& out) {
  if (contexts_->lz4 == nullptr &&
      LZ4F_isError(LZ4F_createDecompressionContext(&contexts_->lz4, LZ4F_VERSION)))
    throw std::bad_alloc();
  LZ4F_resetDecompressionContext(contexts_->lz4);
  std::size_t used = 0, at = 0;
  for (std::size_t left = 1; left != 0;) {
    if (!grow(out, used)) return "the packet unpacks to more than is believable";
    std::size_t room = out.size() - used, taken = packed.size() - at;
    left = LZ4F_decompress(contexts_->lz4, out.data() + used, &room, packed.data() + at, &taken,
                           nullptr);
    if (LZ4F_isError(left))
      return std::string("the packet's LZ4 data are damaged (") + LZ4F_getErrorName(left) + ")";
    used += room;
    at += taken;
    if (left != 0 && room == 0 && taken == 0) return "the packet's LZ4 data end too early";
  }
  out.resize(used);
  return {};
}

std::string Unpacker::unpack_zstd(ByteSpan packed, std::vector<std::uint8_t>& out) {
  if (contexts_->zstd == nullptr && (contexts_->zstd = ZSTD_createDStream()) == nullptr)
    throw std::bad_alloc();
  ZSTD_initDStream(contexts_->zstd);
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::size_t used = 0;
  for (std::size_t left = 1; left != 0;) {
    if (!grow(out, used)) return "the packet unpacks to more than is believable";
    ZSTD_outBuffer to{out.data(), out.size(), used};
    const std::size_t before = in.pos;
    left = ZSTD_decompressStream(contexts_->zstd, &to, &in);
    if (ZSTD_isError(left))
      return std::string("the packet's zstd data are damaged (") + ZSTD_getErrorName(left) + ")";
    if (left != 0 && to.pos == used && in.pos == before)
      return "the packet's zstd data end too early";
    used = to.pos;
  }
  out.resize(used);
  return {};
}

std::string pack(Packing packing, std::string_view bytes) {
  if (packing == Packing::none) return std::string(bytes);
  const bool lz4 = packing == Packing::lz4;
  std::string packed(
      lz4 ? LZ4F_compressFrameBound(bytes.size(), nullptr) : ZSTD_compressBound(bytes.size()),
      '\0');
  const std::size_t size =
      lz4 ? LZ4F_compressFrame(packed.data(), packed.size(), bytes.data(), bytes.size(), nullptr)
          : ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(),
                          ZSTD_CLEVEL_DEFAULT);
  if (lz4 ? LZ4F_isError(size) : ZSTD_isError(size))
    throw std::runtime_error("cannot compress a packet");
  packed.resize(size);
  return packed;
}

}  // namespace volley
