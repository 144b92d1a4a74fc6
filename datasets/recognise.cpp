// Formats told apart by a file's first bytes. Those with a mark in front are plain; of the others
// (.bin, .bs1, .bs3, bare EVT, AEDAT 2 without a header) the one whose events make sense is taken.
#include <algorithm>
#include <bit>
#include <cctype>
#include <span>
#include <string_view>

#include "datasets/block_stream.hpp"
#include "datasets/formats/prophesee_header.hpp"
#include "datasets/open_recording.hpp"

namespace volley {

namespace {

constexpr std::size_t most_items = 20'000, least_bytes = 64;

/// How much sense items make: times that do not step back, and how far they go.
struct Sense {
  std::size_t items = 0, back = 0, wrong = 0;
  std::int64_t first = 0, last = 0;

  void time(std::int64_t t) {
    if (items == 0)
      first = t;
    else if (t < last)
      ++back;
    last = t;
    ++items;
  }
  /// Nothing wrong, and never a step back.
  bool good() const { return items > 0 && wrong == 0 && back == 0; }
};

Sense atis_sense(ByteSpan bytes) {
  Sense sense;
  std::int64_t overflow = 0;
  for (std::size_t at = 0; at + 5 <= bytes.size() && sense.items < most_items; at += 5) {
    if (bytes[at + 1] == 240) {
      overflow += 1 << 13;
      continue;
    }
    if (bytes[at + 1] > 240) ++sense.wrong;
    sense.time(overflow + (big32(bytes.data() + at + 1) & 0x7fffff));
  }
  return sense;
}

/// Whether 5-byte items are channels of 16 bits: the upper byte is small and the lower is not.
bool looks_like_channels(ByteSpan bytes) {
  std::uint8_t upper = 0, lower = 0;
  for (std::size_t at = 0; at + 5 <= bytes.size() && at < 5 * most_items; at += 5) {
    upper = std::max(upper, bytes[at]);
    lower = std::max(lower, bytes[at + 1]);
  }
  return upper <= 3 && lower > 4 * upper;
}

Sense bs3_sense(ByteSpan bytes) {
  Sense sense;
  for (std::size_t at = 0; at + 7 <= bytes.size() && sense.items < most_items; at += 7) {
    const std::uint32_t time = big32(bytes.data() + at + 3);
    if (time >> 24 > 1) ++sense.wrong;
    sense.time(time & 0xffffff);
  }
  return sense;
}

Sense aedat2_sense(ByteSpan bytes, std::size_t address_bytes) {
  Sense sense;
  for (std::size_t at = 0; at + address_bytes + 4 <= bytes.size() && sense.items < most_items;
       at += address_bytes + 4) {
    if (address_bytes == 4 && big32(bytes.data() + at) > 0xffff) ++sense.wrong;
    sense.time(big32(bytes.data() + at + address_bytes));
  }
  return sense;
}

/// Bare EVT3: known types only, a TIME_HIGH early on, and upper times that go on by little.
bool looks_like_evt3(ByteSpan bytes) {
  constexpr std::uint32_t known = 0b1100'0101'0111'1101 | 1 << 7;
  std::size_t highs = 0, words = 0;
  std::uint32_t previous = 0;
  for (std::size_t at = 0; at + 2 <= bytes.size() && words < most_items; at += 2, ++words) {
    const std::uint32_t word = little<std::uint16_t>(bytes.data() + at);
    const std::uint32_t type = word >> 12;
    if ((known >> type & 1) == 0) return false;
    if (type != 8) continue;
    const std::uint32_t high = word & 0xfff;
    if (highs++ > 0 && high != previous && ((high - previous) & 0xfff) > 64) return false;
    previous = high;
  }
  return highs > 0 && words < 400 * highs;
}

/// Bare EVT2: as above.
bool looks_like_evt2(ByteSpan bytes) {
  std::size_t highs = 0, words = 0;
  std::uint32_t previous = 0;
  for (std::size_t at = 0; at + 4 <= bytes.size() && words < most_items; at += 4, ++words) {
    const auto word = little<std::uint32_t>(bytes.data() + at);
    const std::uint32_t type = word >> 28;
    if (type != 0 && type != 1 && type != 8 && type != 0xa && type != 0xe && type != 0xf)
      return false;
    if (type != 8) continue;
    const std::uint32_t high = word & 0xfffffff;
    if (highs++ > 0 && (high < previous || high - previous > 1 << 16)) return false;
    previous = high;
  }
  return highs > 0 && words < 5000 * highs;
}

bool looks_like_text(ByteSpan front) {
  bool table = false;  // has a number, or columns
  for (const std::uint8_t c : front.first(std::min<std::size_t>(front.size(), 4096))) {
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') return false;
    if (c >= 0x7f) return false;
    table = table || (c >= '0' && c <= '9') || c == ',';
  }
  return table;
}

std::string extension_of(const std::string& name) {
  std::string extension = std::filesystem::path(name).extension().string();
  for (char& letter : extension)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return extension;
}

/// Formats without a mark. Several may make sense, the fewer the longer the file: the extension
/// decides between them, else the first of this order.
std::string recognise_bare(ByteSpan front, bool whole, const std::string& name) {
  const auto fits = [&](std::size_t item) { return !whole || front.size() % item == 0; };
  std::vector<std::string> likely;
  if (fits(4) && looks_like_evt2(front)) likely.push_back("evt2");
  if (fits(2) && looks_like_evt3(front)) likely.push_back("evt3");
  if (fits(7) && bs3_sense(front).good()) likely.push_back("bs3");
  if (const Sense sense = atis_sense(front); fits(5) && sense.good()) {
    // Of one size and with times in one place.
    const bool channels = looks_like_channels(front);
    likely.push_back(channels ? "bs1" : "atis");
    likely.push_back(channels ? "atis" : "bs1");
  }
  for (const std::size_t bytes : {std::size_t{4}, std::size_t{2}})
    if (fits(bytes + 4) && aedat2_sense(front, bytes).good()) likely.push_back("aedat2");
  const std::string extension = extension_of(name);
  const std::string hinted = extension == ".bs1"                          ? "bs1"
                             : extension == ".bs2" || extension == ".bin" ? "atis"
                             : extension == ".bs3"                        ? "bs3"
                             : extension == ".aedat"                      ? "aedat2"
                                                                          : "";
  if (std::find(likely.begin(), likely.end(), hinted) != likely.end()) return hinted;
  // A few bytes make sense as anything.
  if (!likely.empty() && front.size() >= least_bytes) return likely.front();
  // Damaged from the start on, or too short to tell: what the name says.
  if (hinted == "bs1" || hinted == "atis" || hinted == "bs3") return hinted;
  return {};
}

}  // namespace

std::string recognise_format(ByteSpan front, bool whole, const std::string& name) {
  using namespace std::string_view_literals;
  const std::string_view text(reinterpret_cast<const char*>(front.data()), front.size());
  if (text.starts_with("#!AER-DAT4"sv)) return "aedat4";
  if (text.starts_with("#!AER-DAT3"sv)) return "aedat3";
  if (text.starts_with("#!AER-DAT2"sv) || text.starts_with("#!AER-DAT1"sv)) return "aedat2";
  if (text.starts_with("Event Stream"sv)) return "es";
  if (text.starts_with("\x93NUMPY"sv)) return "npy";
  if (text.starts_with("PK\x03\x04"sv)) return "npz";
  if (text.starts_with("\x89HDF\r\n\x1a\n"sv)) return "hdf5";
  if (text.starts_with("MATLAB 5.0"sv) || text.starts_with("MATLAB 7.3"sv)) return "mat";
  if (text.starts_with("% "sv)) {
    const PropheseeHeader header = read_prophesee_header(front);
    if (header.evt.starts_with("2.1")) return "evt2.1";
    if (header.evt.starts_with("2")) return "evt2";
    if (header.evt.starts_with("3")) return "evt3";
    if (header.dat ||
        (header.dat_version > 0 && front.size() > header.size + 1 && front[header.size + 1] == 8))
      return "dat";
  }
  if (front.empty() && (extension_of(name) == ".csv" || extension_of(name) == ".txt"))
    return "text";
  if (looks_like_text(front)) return "text";
  return recognise_bare(front, whole, name);
}

}  // namespace volley
