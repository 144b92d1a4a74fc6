// Some kernels are compiled for AVX3_DL too: named here, it is one of the sets.
#define HWY_WANT_AVX3_DL 1
#include "sim/instruction_set.hpp"

#include <hwy/highway.h>

#include "base/error.hpp"

namespace volley {

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets())
    names.emplace_back(hwy::TargetName(target));
  return names;
}

std::string instruction_set() { return instruction_sets().front(); }

void force_instruction_set(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);
  if (!name.empty()) {
    bool found = false;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      if (name != hwy::TargetName(target)) continue;
      // Kernels without a text for AVX3_DL run theirs for AVX3.
      hwy::SetSupportedTargetsForTest(target == HWY_AVX3_DL ? HWY_AVX3_DL | HWY_AVX3 : target);
      found = true;
    }
    if (!found) throw Error("this machine cannot run the instruction set", name);
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace volley
