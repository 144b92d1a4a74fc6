// The files behind the catalog: `volley datasets verify`, `fetch` and `cache`. Must not know how a
// download works.
#pragma once

#include <string>
#include <vector>

#include "app/options.hpp"

namespace volley {

struct DatasetFilesCommand {
  std::string name, directory, cache;
  std::vector<std::string> mirrors, only;
  bool recordings = false, clear = false;
  CommonOptions common;
};

/// Compares what is in the folder with what the catalog knows; exit code 1 where it does not fit.
int verify_dataset(const DatasetFilesCommand& options);
int fetch_dataset(const DatasetFilesCommand& options);
int dataset_cache(const DatasetFilesCommand& options);

}  // namespace volley
