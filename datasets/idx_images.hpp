// Labelled grey images in two idx files per split: Fashion-MNIST and MNIST. Owns their names and
// facts; how pixels become spikes is in image_encoding.
#pragma once

#include <memory>

#include "datasets/dataset.hpp"

namespace volley {

DatasetInfo fashion_mnist_info();
DatasetInfo mnist_info();

/// Reads {train,t10k}-images-idx3-ubyte and -labels-idx1-ubyte, each plain or with .gz, from
/// request.directory (split Train or Test). image(i) is the picture; load(i) its latency code as a
/// recording (255 - p tenths of a millisecond), to look at. A limit takes the first of each class
/// in turn.
/// @throws Error naming the file for one that is missing, damaged or does not fit the other.
std::unique_ptr<Dataset> open_fashion_mnist(const DatasetRequest& request);
std::unique_ptr<Dataset> open_mnist(const DatasetRequest& request);

}  // namespace volley
