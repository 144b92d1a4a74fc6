// How wide a line of text is, known without a surface so that the layout is the same on all of
// them. Exact for DejaVu Sans, the preferred font; close for others. Must not know any font file.
#pragma once

#include <string>

namespace volley {

/// Width in pixels of one line of UTF-8 at an em of `size` pixels.
float text_width(const std::string& line, float size, bool bold = false);

enum class Keep { start, end };

/// The line itself where it fits into `width` pixels, else its start (or end) with an ellipsis;
/// empty where not even that fits.
std::string fit_text(const std::string& line, float width, float size, bool bold = false,
                     Keep keep = Keep::start);

}  // namespace volley
