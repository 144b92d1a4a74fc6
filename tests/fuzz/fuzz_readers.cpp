// The fuzzer's entry: fuzz_readers --target=NAME gives the inputs to one target, --targets lists
// them. Any bytes: no crash, no hang, bounded memory, an Error that says what and where.
#include <hdf5.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/error.hpp"
#include "fuzz_target.hpp"

namespace volley::fuzz {

namespace {

const Target* chosen = nullptr;

void choose(int count, char** arguments) {
  static std::vector<Target> targets = event_targets();
  for (Target& target : model_targets()) targets.push_back(std::move(target));
  constexpr std::string_view option = "--target=";
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--targets") {
      for (const Target& target : targets) std::printf("%s\n", target.name.c_str());
      std::exit(0);
    }
    if (!argument.starts_with(option)) continue;
    for (const Target& target : targets)
      if (target.name == argument.substr(option.size())) chosen = &target;
  }
  if (chosen == nullptr) {
    std::fputs("fuzz_readers: --target=NAME is wanted; --targets lists them\n", stderr);
    std::exit(2);
  }
}

}  // namespace

void require(bool promise, const char* words) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", words);
  std::abort();
}

NamedBytes::NamedBytes(const std::string& bytes)
    : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  require(descriptor_ >= 0 && ::write(descriptor_, bytes.data(), bytes.size()) ==
                                  static_cast<ssize_t>(bytes.size()),
          "memory for a file");
}
NamedBytes::~NamedBytes() { ::close(descriptor_); }

}  // namespace volley::fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  volley::fuzz::choose(*count, *arguments);
  volley::fuzz::share_counters();
  H5open();  // once, and not in every child
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    volley::fuzz::chosen->read(std::string(reinterpret_cast<const char*>(data), size));
  } catch (const volley::Error& error) {
    volley::fuzz::require(!error.problem().empty(), "an error says what is wrong");
    volley::fuzz::require(!error.where().empty(), "an error says where");
  }
  return 0;
}
