#include "viz/fonts.hpp"

#include <fontconfig/fontconfig.h>

#include <memory>

#include "base/error.hpp"

namespace volley {

namespace {
struct DestroyPattern {
  void operator()(FcPattern* pattern) const { FcPatternDestroy(pattern); }
};
using Pattern = std::unique_ptr<FcPattern, DestroyPattern>;

std::string font_file(int weight) {
  const Pattern wanted(FcPatternCreate());
  FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(font_family));
  FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
  FcPatternAddInteger(wanted.get(), FC_WEIGHT, weight);
  FcPatternAddBool(wanted.get(), FC_SCALABLE, FcTrue);
  FcConfigSubstitute(nullptr, wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(wanted.get());
  FcResult result = FcResultNoMatch;
  const Pattern found(FcFontMatch(nullptr, wanted.get(), &result));
  FcChar8* file = nullptr;
  if (!found || FcPatternGetString(found.get(), FC_FILE, 0, &file) != FcResultMatch)
    throw Error("no font is installed to write text with", "fontconfig",
                "install one, for example: apt-get install fonts-dejavu-core");
  return reinterpret_cast<const char*>(file);
}
}  // namespace

FontFiles find_fonts() { return {font_file(FC_WEIGHT_REGULAR), font_file(FC_WEIGHT_BOLD)}; }

}  // namespace volley
