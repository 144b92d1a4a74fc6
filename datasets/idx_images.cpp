#include "datasets/idx_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "datasets/idx_file.hpp"

namespace volley {

namespace {

constexpr std::int64_t level_us = 100;  ///< one grey level of the latency code, to look at

namespace fs = std::filesystem;

DatasetInfo image_info(const char* name) {
  DatasetInfo info;
  info.name = name;
  info.sensor = {28, 28, 1};
  info.splits = {"Train", "Test"};
  info.layout = "DIR/train-images-idx3-ubyte.gz and its three companions, packed or not";
  return info;
}

fs::path find_file(const fs::path& directory, const std::string& name) {
  std::error_code failure;
  for (const std::string& full : {name, name + ".gz"})
    if (fs::is_regular_file(directory / full, failure)) return directory / full;
  throw Error("there is neither " + name + " nor " + name + ".gz",
              directory.empty() ? "--data" : directory.string(),
              "give the folder of the four idx files with --data");
}

class IdxImages final : public Dataset {
public:
  IdxImages(DatasetInfo info, const DatasetRequest& request) : info_(std::move(info)) {
    std::string split = request.split;
    std::transform(split.begin(), split.end(), split.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (split != "train" && split != "test")
      throw Error("has no split '" + request.split + "'", info_.name, "use Train or Test");
    stem_ = split == "train" ? "train" : "t10k";
    const fs::path images = find_file(request.directory, stem_ + "-images-idx3-ubyte");
    const fs::path labels = find_file(request.directory, stem_ + "-labels-idx1-ubyte");
    images_ = read_idx(images, 3);
    labels_ = read_idx(labels, 1).values;
    if (images_.sizes[1] != 28 || images_.sizes[2] != 28)
      throw Error(fmt::format("holds images of {} x {}, not 28 x 28", images_.sizes[1],
                              images_.sizes[2]),
                  images.string(), "give the files of " + info_.name);
    if (images_.sizes[0] != labels_.size())
      throw Error(fmt::format("has {} labels for {} images", labels_.size(), images_.sizes[0]),
                  labels.string(), "give both files of the same split");
    for (std::size_t i = 0; i < labels_.size(); ++i)
      if (labels_[i] >= info_.class_names.size())
        throw Error(fmt::format("label {} of image {} is no class", labels_[i], i),
                    labels.string(), "fetch the file again");
    choose(request.limit);
  }

  const DatasetInfo& info() const override { return info_; }
  std::size_t size() const override { return chosen_.size(); }
  int label(std::size_t index) const override { return labels_[chosen_[index]]; }
  std::string name(std::size_t index) const override {
    return fmt::format("{}-{:05}", stem_, chosen_[index]);
  }
  std::span<const std::uint8_t> image(std::size_t index) const override {
    return {images_.values.data() + chosen_[index] * info_.sensor.inputs(),
            info_.sensor.inputs()};
  }
  Recording load(std::size_t index) const override {
    Recording recording;
    recording.name = name(index);
    recording.sensor = info_.sensor;
    recording.label = label(index);
    const auto pixels = image(index);
    const auto width = static_cast<std::size_t>(info_.sensor.width);
    for (int level = 255; level > 0; --level)
      for (std::size_t pixel = 0; pixel < pixels.size(); ++pixel)
        if (pixels[pixel] == level)
          recording.events.push_back({(255 - level) * level_us,
                                      static_cast<std::uint16_t>(pixel % width),
                                      static_cast<std::uint16_t>(pixel / width), 0});
    return recording;
  }

private:
  /// The first of each class in turn until there are `limit`, in the order of the file.
  void choose(std::size_t limit) {
    const std::size_t all = labels_.size(), classes = info_.class_names.size();
    const std::size_t wanted = limit == 0 ? all : std::min(limit, all);
    std::vector<std::vector<std::uint32_t>> by_class(classes);
    for (std::size_t i = 0; i < all; ++i)
      by_class[labels_[i]].push_back(static_cast<std::uint32_t>(i));
    for (std::size_t rank = 0; chosen_.size() < wanted; ++rank)
      for (std::size_t c = 0; c < classes && chosen_.size() < wanted; ++c)
        if (rank < by_class[c].size()) chosen_.push_back(by_class[c][rank]);
    std::sort(chosen_.begin(), chosen_.end());
  }

  DatasetInfo info_;
  std::string stem_;
  IdxArray images_;
  std::vector<std::uint8_t> labels_;
  std::vector<std::uint32_t> chosen_;
};

}  // namespace

DatasetInfo fashion_mnist_info() {
  DatasetInfo info = image_info("fashion-mnist");
  info.description = "Zalando's 28 x 28 grey images of clothes, encoded into spikes";
  info.class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  info.citation =
      "Xiao, Rasul and Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine "
      "Learning Algorithms, arXiv 1708.07747, 2017";
  info.licence = "MIT";
  return info;
}

DatasetInfo mnist_info() {
  DatasetInfo info = image_info("mnist");
  info.description = "28 x 28 grey images of handwritten digits, encoded into spikes";
  for (int digit = 0; digit < 10; ++digit) info.class_names.push_back(std::to_string(digit));
  info.citation =
      "LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition, "
      "Proceedings of the IEEE 86(11), 1998";
  info.licence = "CC BY-SA 3.0";
  return info;
}

std::unique_ptr<Dataset> open_fashion_mnist(const DatasetRequest& request) {
  return std::make_unique<IdxImages>(fashion_mnist_info(), request);
}

std::unique_ptr<Dataset> open_mnist(const DatasetRequest& request) {
  return std::make_unique<IdxImages>(mnist_info(), request);
}

}  // namespace volley
