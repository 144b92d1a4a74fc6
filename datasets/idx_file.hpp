// The idx container of MNIST and its kin: a magic number, big-endian sizes, then bytes. Reads plain
// and gzip files alike (zlib). Specification: Y. LeCun, "The MNIST database", file formats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace volley {

/// An array of bytes, first size slowest.
struct IdxArray {
  std::vector<std::size_t> sizes;
  std::vector<std::uint8_t> values;
};

/// @param dimensions  sizes the file must have
/// @throws Error with file and offset into the (unpacked) data for another type than bytes, another
/// number of sizes, an empty array, more than 1 GiB, a file that ends early or goes on after the
/// last value, or damaged gzip data.
IdxArray read_idx(const std::filesystem::path& file, std::size_t dimensions);

}  // namespace volley
