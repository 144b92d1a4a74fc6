// What the fuzz targets share: a target is a name and a reader that is given any bytes. It may
// throw Error and nothing else, and checks what its reader promises. Must not know libFuzzer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace volley::fuzz {

struct Target {
  std::string name;
  void (*read)(const std::string& bytes);
};

/// Every reader of datasets/: one target a recording format, what is around files, sound, images.
std::vector<Target> event_targets();
/// Every reader of models/: checkpoints, graphs of NIR and netx, recipes, circuits, studies,
/// synapses.
std::vector<Target> model_targets();

/// Puts the counters of coverage into shared memory: HDF5 and MATLAB files are read in forked
/// children, and what a child reaches should count.
void share_counters();

/// Ends the process with the promise that was broken: a finding.
void require(bool promise, const char* words);

/// Bytes under a name that readers of files can open; gone with the object.
class NamedBytes {
public:
  explicit NamedBytes(const std::string& bytes);
  ~NamedBytes();
  NamedBytes(const NamedBytes&) = delete;
  NamedBytes& operator=(const NamedBytes&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
  int descriptor_;
};

}  // namespace volley::fuzz
