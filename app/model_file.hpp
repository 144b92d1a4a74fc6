// A model from a file, told by its content: .volley, NIR or netx in HDF5; and what to feed it. Owns
// the choice of reader; must not know engines' insides.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/console.hpp"
#include "app/data.hpp"
#include "app/options.hpp"
#include "models/checkpoint.hpp"
#include "models/frozen_network.hpp"
#include "models/nir.hpp"

namespace volley {

enum class FileKind { volley_model, hdf5, recipe, events, unknown };

/// Model files by their first bytes, others by their extension.
/// @throws Error for a file that does not exist or cannot be read
FileKind kind_of_file(const std::filesystem::path& file);

struct LoadedModel {
  std::filesystem::path file;
  std::string name;
  FrozenNetwork frozen;
  DatasetOptions dataset;   ///< of its recipe, or of the options for NIR
  std::uint64_t seed = 1;
  std::optional<Checkpoint> checkpoint;  ///< of a .volley file
  bool one_step = false;                 ///< of the rate view, and not made integrate-and-fire
};

/// A folder stands for the model.volley in it. Says what a NIR or netx file left open.
/// @param nir what a NIR file leaves open, where the user says it
/// With rate_steps `frozen` is the integrate-and-fire network of the rate view.
/// @throws Error as load_checkpoint(), read_nir() and read_netx() do, for steps that do not fit the
/// view, and for options of NIR where the file is none
LoadedModel load_model(const std::string& file, const DataOptions& options, Console& console,
                       const NirReadOptions& nir = {});

/// The network of an HDF5 file of either format.
FrozenNetwork read_foreign(const std::filesystem::path& file, const NirReadOptions& nir,
                           std::vector<std::string>& assumptions);

/// The split that the options and the model name.
SplitRequest split_of(const LoadedModel& model, const DataOptions& options);

/// @throws Error where a sensor does not have the network's number of inputs
void check_sensor(const LoadedModel& model, const SensorSize& sensor, const std::string& what);

/// A single event file as the model's dataset would see it. @param format empty: by its content
Recording load_event_file(const LoadedModel& model, const std::string& file,
                          const std::string& format);

}  // namespace volley
