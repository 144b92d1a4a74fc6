// Which font files to draw with. Owns the question to fontconfig.
#pragma once

#include <string>

namespace volley {

struct FontFiles {
  std::string regular, bold;  ///< paths of scalable fonts
};

/// DejaVu Sans where installed, else what fontconfig prefers for a sans-serif.
/// @throws Error where no scalable font is installed at all.
FontFiles find_fonts();

/// The family that is asked for.
inline constexpr const char* font_family = "DejaVu Sans";

}  // namespace volley
