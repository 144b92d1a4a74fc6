// Digests of bytes by OpenSSL: what files are named and checked by. Must not know what is digested.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace volley {

enum class DigestKind { md5, sha256 };

/// As lower-case hexadecimal digits.
std::string digest(DigestKind kind, std::string_view bytes);
/// Of a file, piece by piece. @throws Error where it cannot be read
std::string digest_file(DigestKind kind, const std::filesystem::path& file);

}  // namespace volley
