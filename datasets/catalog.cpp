// The datasets this build knows: the one table to which a new catalog entry is added.
#include <algorithm>

#include "base/error.hpp"
#include "datasets/catalog_facts.hpp"
#include "datasets/class_folders.hpp"
#include "datasets/dataset.hpp"
#include "datasets/dvs_gesture.hpp"
#include "datasets/heidelberg.hpp"
#include "datasets/idx_images.hpp"
#include "datasets/nmnist.hpp"
#include "datasets/ntidigits.hpp"
#include "datasets/sliced_dataset.hpp"
#include "datasets/spoken_digits.hpp"
#include "datasets/synthetic_digits.hpp"
#include "datasets/timing.hpp"

namespace volley {

namespace {

struct CatalogEntry {
  DatasetInfo (*info)();
  std::unique_ptr<Dataset> (*open)(const DatasetRequest&);
};

constexpr CatalogEntry catalog_entries[] = {
    {asl_dvs_info, open_asl_dvs},
    {cifar10_dvs_info, open_cifar10_dvs},
    {dvs_gesture_info, open_dvs_gesture},
    {fashion_mnist_info, open_fashion_mnist},
    {folder_info, open_folder},
    {fsdd_info, open_fsdd},
    {mnist_info, open_mnist},
    {ncaltech101_info, open_ncaltech101},
    {nmnist_info, open_nmnist},
    {ntidigits_info, open_ntidigits},
    {poker_dvs_info, open_poker_dvs},
    {shd_info, open_shd},
    {ssc_info, open_ssc},
    {st_mnist_info, open_st_mnist},
    {synthetic_digits_info, open_synthetic_digits},
    {timing_info, open_timing},
};

}  // namespace

std::vector<DatasetInfo> dataset_catalog() {
  std::vector<DatasetInfo> catalog;
  for (const CatalogEntry& entry : catalog_entries) {
    catalog.push_back(entry.info());
    add_published_files(catalog.back());
  }
  std::sort(catalog.begin(), catalog.end(),
            [](const DatasetInfo& a, const DatasetInfo& b) { return a.name < b.name; });
  return catalog;
}

std::unique_ptr<Dataset> open_dataset(const DatasetRequest& request) {
  for (const CatalogEntry& entry : catalog_entries)
    if (entry.info().name == request.name)
      return request.slices.values.empty() ? entry.open(request)
                                           : slice_dataset(entry.open(request), request.slices);
  std::string known;
  for (const DatasetInfo& info : dataset_catalog())
    known += (known.empty() ? "" : ", ") + info.name;
  throw Error("unknown dataset", "'" + request.name + "'", "use one of: " + known);
}

}  // namespace volley
