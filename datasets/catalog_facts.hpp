// Where published datasets are and what their files must be. Every size, digest and address here is
// one that its publisher, Tonic or SpikingJelly states, or that was computed from the file; what is
// not known for certain is left out. Must not know how files are read.
#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.hpp"

namespace volley {

/// "0" to "9".
std::vector<std::string> digit_names();

/// Fills in files, steps and notes by the entry's name, where there are any.
void add_published_files(DatasetInfo& info);

}  // namespace volley
