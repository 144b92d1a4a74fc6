// Binned samples kept on disk from one run to the next. Owns the files and where they lie; what
// makes two splits the same is said by whoever gives the key. Must not know decoders or networks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "datasets/dataset.hpp"
#include "datasets/load_spikes.hpp"

namespace volley {

/// Where cached samples lie: `option` where it is given ("off" = nowhere, an empty path), else the
/// environment's VOLLEY_CACHE likewise, else $XDG_CACHE_HOME/volley, else ~/.cache/volley; an empty
/// path where none of them is set.
std::filesystem::path cache_folder(const std::string& option = {});

/// Everything that decides what a split's samples are: the request, name, size and time of change
/// of every file under its directory, and the options, in words. Empty for data made in code, which
/// is not worth keeping.
std::string sample_identity(const DatasetRequest& request, const LoadOptions& options);

/// A folder of files, each named by the SHA-256 of a sample_identity and holding one split packed
/// bit by bit. A file appears whole or not at all and is never changed, so that any number of
/// processes may read and write at once and each may be killed at any moment. Reading maps the file
/// into memory and checks every sample by CRC-32; a file that is damaged counts as absent.
class SampleCache {
public:
  /// @param folder made when something is stored; empty: nothing is kept
  explicit SampleCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool active() const { return !folder_.empty(); }
  const std::filesystem::path& folder() const { return folder_; }
  /// What was stored; nothing where it was not, or no longer reads well. Uses all cores.
  std::optional<LabelledSpikes> load(const std::string& identity) const;
  /// @throws Error where the folder cannot be written (for example: disk full)
  void store(const std::string& identity, const LabelledSpikes& spikes) const;

  struct Use {
    std::size_t files = 0;
    std::uint64_t bytes = 0;
  };
  /// What is kept now, files left behind by killed processes included.
  Use use() const;
  /// Removes all of it and returns what it was.
  Use clear() const;

private:
  std::filesystem::path file_of(const std::string& identity) const;

  std::filesystem::path folder_;
};

}  // namespace volley
