// The fields of one node of a NIR file, checked as they are asked for. Owns the tolerance for what
// other writers do: scalars for arrays, doubles for floats, a batch axis of one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/hdf5_tree.hpp"
#include "models/shape.hpp"

namespace volley {

class NirFields {
public:
  NirFields(const Hdf5Node& group, const std::string& file) : group_(group), file_(file) {}

  const std::string& path() const { return group_.path; }
  const Hdf5Node& group() const { return group_; }
  bool has(const char* name) const { return group_.find(name) != nullptr; }
  /// Numbers, all finite. @throws Error naming the HDF5 path where absent or of another type
  const Hdf5Node& numbers(const char* name) const;
  /// Whether a field that may be numbers or a text is numbers.
  bool holds_numbers(const char* name) const {
    const Hdf5Node* node = group_.find(name);
    return node != nullptr && node->numeric();
  }
  /// One text. @throws Error
  std::string text(const char* name) const;
  /// A text under the node's metadata, where there is one.
  std::optional<std::string> metadata(const char* name) const;
  /// All values, or one that stands for all. @throws Error where there is none
  std::vector<double> values(const char* name) const;
  /// The one value that all elements have. @throws Error where they differ
  double uniform(const char* name) const;
  /// As uniform, with a fallback where the field is absent.
  double uniform(const char* name, double fallback) const {
    return has(name) ? uniform(name) : fallback;
  }
  /// Whole numbers within a range; a scalar counts for all `count`. @throws Error
  std::vector<int> integers(const char* name, std::size_t count, int low, int high) const;
  /// A neuron shape said by axes: [n], [C, H, W], with or without a batch axis of one; [C, L] is a
  /// map of height one.
  /// @param lines   whether [1, L] is one channel, else a batch axis
  /// @param spatial set where there are axes
  /// @throws Error for other axes or more neurons than a population may have
  Shape shape(const char* name, const std::vector<std::size_t>& axes, bool& spatial,
              bool lines = false) const;

  [[noreturn]] void fail(const char* name, const std::string& what,
                         const std::string& how = {}) const;

private:
  const Hdf5Node& group_;
  const std::string& file_;
};

}  // namespace volley
