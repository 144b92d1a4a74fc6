// What a catalog entry is: labelled recordings in official splits. Owns the interface that the
// command and training see; must not know networks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/named_values.hpp"
#include "datasets/fetch.hpp"
#include "datasets/recording.hpp"

namespace volley {

/// Facts of a catalog entry, the same whether or not its files are present.
struct DatasetInfo {
  std::string name;                      ///< catalog name, for example "nmnist"
  std::string description;               ///< one line
  SensorSize sensor;
  std::vector<std::string> class_names;  ///< index = label
  std::vector<std::string> splits;       ///< official names, for example {"Train", "Test"}
  std::string citation, licence;
  bool needs_files = true;               ///< false for data made in code
  std::string layout = "DIR/SPLIT/CLASS/*.bin";  ///< of its files under --data DIR
  std::vector<RemoteFile> files;  ///< as they are published; what is not known is left empty
  std::string steps;  ///< for a person, where the files cannot be fetched by a program
  std::string notes;  ///< what differs between readers and how it is done here
};

/// One split of a dataset. Recordings are loaded on demand; every call is safe from many threads.
class Dataset {
public:
  virtual ~Dataset() = default;
  virtual const DatasetInfo& info() const = 0;
  virtual std::size_t size() const = 0;
  /// Label of recording `index`, without loading it.
  virtual int label(std::size_t index) const = 0;
  /// Name of recording `index` (a path relative to the dataset, or "digit-00012"), without loading.
  virtual std::string name(std::size_t index) const = 0;
  /// @throws Error naming file and byte offset where the recording is damaged.
  virtual Recording load(std::size_t index) const = 0;
  /// Pixels of a still image (row-major, 0 to 255, one per input), which image_encoding turns into
  /// spikes; empty for event recordings.
  virtual std::span<const std::uint8_t> image(std::size_t /*index*/) const { return {}; }
};

struct DatasetRequest {
  std::string name;                  ///< catalog name
  std::filesystem::path directory;   ///< where the files are; unused where needs_files is false
  std::string split = "Train";       ///< matched without regard to case
  std::size_t limit = 0;             ///< at most this many recordings, spread over classes; 0 = all
  std::uint64_t seed = 1;            ///< for data made in code
  std::size_t synthetic_size = 0;    ///< recordings to make where data is made in code; 0 = default
  NamedValues cochlea{"cochlea", {}, "cochlea"};  ///< of datasets of sound, see cochlea.hpp
  NamedValues slices{"slices", {}, "slices"};  ///< where given, samples are slices: see slicer.hpp
};

/// Catalog entries that this build knows, in alphabetical order.
std::vector<DatasetInfo> dataset_catalog();

/// @throws Error for an unknown name (lists the known ones), a missing directory or split, or an
/// empty class folder; with slices as slice_dataset() does.
std::unique_ptr<Dataset> open_dataset(const DatasetRequest& request);

}  // namespace volley
