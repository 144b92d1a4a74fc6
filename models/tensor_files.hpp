// Named tensors as .npz (NumPy) and .safetensors files, and back. Owns the two layouts; must not
// know networks.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "models/tensors.hpp"

namespace volley {

/// A zip of .npy files of float32, little-endian; the same bytes for the same tensors. Names may
/// hold '/', as NumPy allows. @throws Error where it cannot be written
void write_npz(const std::vector<NamedTensor>& tensors, const std::filesystem::path& file);

/// @throws Error for a file that is no .npz of float32 in C order, or holds more than 2 GiB
std::vector<NamedTensor> read_npz(const std::filesystem::path& file);

using TensorNotes = std::vector<std::pair<std::string, std::string>>;

/// @param notes texts for the header's __metadata__. @throws Error where it cannot be written
void write_safetensors(const std::vector<NamedTensor>& tensors, const TensorNotes& notes,
                       const std::filesystem::path& file);

/// Tensors of type F32, in the header's order. @throws Error for a header that is none, or data
/// outside the file
std::vector<NamedTensor> read_safetensors(const std::filesystem::path& file);

}  // namespace volley
