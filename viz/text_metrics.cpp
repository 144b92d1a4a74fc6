#include "viz/text_metrics.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace volley {

namespace {
// Advance widths of ' ' to '~' in thousandths of the em, measured from DejaVu Sans 2.37.
constexpr std::array<std::uint16_t, 95> regular_widths = {
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838};
constexpr std::array<std::uint16_t, 95> bold_widths = {
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696,
    696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683,
    683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771,
    724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665,
    343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712,
    838};
constexpr int other_width = 1000;  // the ellipsis; a fair bound for most other signs

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }
}  // namespace

float text_width(const std::string& line, float size, bool bold) {
  long thousandths = 0;
  for (const char byte : line) {
    if (continues(byte)) continue;
    const auto code = static_cast<unsigned char>(byte);
    if (code < 32 || code > 126)
      thousandths += other_width;
    else
      thousandths += bold ? bold_widths[code - 32U] : regular_widths[code - 32U];
  }
  return static_cast<float>(thousandths) * size / 1000.0F;
}

std::string fit_text(const std::string& line, float width, float size, bool bold, Keep keep) {
  if (text_width(line, size, bold) <= width) return line;
  static const std::string ellipsis = "\u2026";
  std::string rest = line;
  while (!rest.empty()) {
    if (keep == Keep::start) {
      while (!rest.empty() && continues(rest.back())) rest.pop_back();
      if (!rest.empty()) rest.pop_back();
    } else {
      std::size_t first = 1;
      while (first < rest.size() && continues(rest[first])) ++first;
      rest.erase(0, first);
    }
    const std::string shorter = keep == Keep::start ? rest + ellipsis : ellipsis + rest;
    if (!rest.empty() && text_width(shorter, size, bold) <= width) return shorter;
  }
  return {};
}

}  // namespace volley
