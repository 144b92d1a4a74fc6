#include "base/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <vector>

#include "base/error.hpp"

namespace volley {

namespace {

class Digest {
public:
  explicit Digest(DigestKind kind) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_) throw std::bad_alloc();
    const int good = EVP_DigestInit_ex(
        context_.get(), kind == DigestKind::md5 ? EVP_md5() : EVP_sha256(), nullptr);
    if (good != 1)
      throw Error("this machine's OpenSSL does not offer the digest", "OpenSSL",
                  "allow MD5 and SHA-256 in its configuration");
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), value.data(), &size);
    std::string text;
    for (unsigned k = 0; k < size; ++k) {
      text += "0123456789abcdef"[value[k] >> 4];
      text += "0123456789abcdef"[value[k] & 15];
    }
    return text;
  }

private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace

std::string digest(DigestKind kind, std::string_view bytes) {
  Digest digest(kind);
  digest.add(bytes);
  return digest.finish();
}

std::string digest_file(DigestKind kind, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw Error(std::string("cannot open: ") + std::strerror(errno), file.string(),
                "check the path and its permissions");
  Digest digest(kind);
  std::vector<char> piece(std::size_t{1} << 16);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.add({piece.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (in.bad()) throw Error("cannot be read to its end", file.string(), "check the disk");
  return digest.finish();
}

}  // namespace volley
