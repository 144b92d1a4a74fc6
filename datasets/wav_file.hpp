// Sound from WAV files (RIFF). Owns the container and its sample formats; must not know spikes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace volley {

/// One channel of sound.
struct Sound {
  int rate_hz = 0;
  std::vector<float> samples;  ///< full scale is -1 to 1; the mean of all channels of the file
};

/// Reads PCM of 8 (unsigned), 16, 24 and 32 bits and IEEE float of 32 and 64 bits, also in the
/// extensible form, of 1 to 64 channels. Unknown chunks are passed over; a data chunk of length
/// 2^32 - 1, as programs write that cannot seek, goes to the end of the file.
/// Specification: Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft,
/// 1991), chapter 3; WAVEFORMATEXTENSIBLE of Microsoft.
/// @param origin names the bytes in messages
/// @throws Error with origin and byte offset for what is no WAV file, another sample format, a
/// chunk that ends after the file, or a sample that is not finite
Sound read_wav(std::string_view bytes, const std::string& origin);

}  // namespace volley
