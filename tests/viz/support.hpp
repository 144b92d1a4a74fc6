// What the tests of pictures share: finding primitives in scenes and colours in pixels.
#pragma once

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "viz/pixels.hpp"
#include "viz/scene.hpp"
#include "viz/theme.hpp"

namespace volley::fake {

/// What the panels are drawn on.
inline const Theme colours = theme(ThemeKind::light);
inline const Box page{0, 0, 900, 500};
inline Scene empty_scene() { return {900, 500, colours.background, {}}; }

template <typename Kind>
std::vector<Kind> all(const Scene& scene) {
  std::vector<Kind> found;
  for (const Primitive& item : scene.items)
    if (const Kind* match = std::get_if<Kind>(&item)) found.push_back(*match);
  return found;
}

inline bool says(const Scene& scene, const std::string& words) {
  const auto texts = all<Text>(scene);
  return std::any_of(texts.begin(), texts.end(),
                     [&](const Text& text) { return text.text.find(words) != std::string::npos; });
}

/// Pixels within the box that are clearly coloured rather than grey.
inline int coloured(const Pixels& pixels, Box box) {
  int count = 0;
  const int bottom = std::min(pixels.height, static_cast<int>(box.bottom()));
  const int right = std::min(pixels.width, static_cast<int>(box.right()));
  for (int y = std::max(0, static_cast<int>(box.y)); y < bottom; ++y)
    for (int x = std::max(0, static_cast<int>(box.x)); x < right; ++x) {
      const Colour colour = pixels.at(x, y);
      const auto [low, high] = std::minmax({colour.red, colour.green, colour.blue});
      if (high - low > 60) ++count;
    }
  return count;
}

/// A folder of its own, removed at the end.
class TempFolder {
public:
  TempFolder() {
    std::random_device random;
    path_ = std::filesystem::temp_directory_path() / ("volley-viz-" + std::to_string(random()));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

}  // namespace volley::fake
