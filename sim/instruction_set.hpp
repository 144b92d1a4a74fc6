// Which instruction set the kernels run on. Must not know the kernels.
#pragma once

#include <string>
#include <vector>

namespace volley {

/// Instruction sets that this machine can run, widest first, for example {"AVX3_ZEN4", ...}.
std::vector<std::string> instruction_sets();
/// Name of the one the kernels run on now.
std::string instruction_set();
/// Restricts the kernels to one of instruction_sets() (for tests); an empty name gives back the
/// best. Not while engines run. @throws Error for a name this machine cannot run.
void force_instruction_set(const std::string& name);

}  // namespace volley
