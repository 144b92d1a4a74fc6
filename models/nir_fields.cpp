// Checked access to the fields of a NIR node.
#include "models/nir_fields.hpp"

#include <algorithm>
#include <cmath>

#include "models/network.hpp"

namespace volley {

void NirFields::fail(const char* name, const std::string& what, const std::string& how) const {
  throw Error(group_.path + (*name == '\0' ? "" : "/") + name + " " + what, file_,
              how.empty() ? "the file is damaged, or not NIR: export it again" : how);
}

const Hdf5Node& NirFields::numbers(const char* name) const {
  const Hdf5Node* node = group_.find(name);
  if (node == nullptr) fail(name, "is missing");
  if (!node->numeric()) fail(name, "holds no numbers");
  for (const float value : node->floats)
    if (!std::isfinite(value)) fail(name, "holds a value that is not finite");
  for (const double value : node->doubles)
    if (!std::isfinite(value)) fail(name, "holds a value that is not finite");
  return *node;
}

std::string NirFields::text(const char* name) const {
  const Hdf5Node* node = group_.find(name);
  if (node == nullptr) fail(name, "is missing");
  if (node->kind != Hdf5Node::Kind::texts || node->texts.size() != 1) fail(name, "is not one text");
  return node->texts.front();
}

std::optional<std::string> NirFields::metadata(const char* name) const {
  const Hdf5Node* group = group_.find("metadata");
  const Hdf5Node* node = group == nullptr ? nullptr : group->find(name);
  if (node == nullptr || node->texts.size() != 1) return std::nullopt;
  return node->texts.front();
}

std::vector<double> NirFields::values(const char* name) const {
  const Hdf5Node& node = numbers(name);
  if (node.size() == 0) fail(name, "is empty");
  std::vector<double> found(node.size());
  for (std::size_t i = 0; i < found.size(); ++i) found[i] = node.number(i);
  if (std::equal(found.begin() + 1, found.end(), found.begin())) found.resize(1);
  return found;
}

double NirFields::uniform(const char* name) const {
  const Hdf5Node& node = numbers(name);
  if (node.size() == 0) fail(name, "is empty");
  const double value = node.number(0);
  for (std::size_t i = 1; i < node.size(); ++i)
    if (node.number(i) != value)
      fail(name, "differs between the neurons of a population, volley keeps one value for all",
           "split the population, or make the value the same");
  return value;
}

std::vector<int> NirFields::integers(const char* name, std::size_t count, int low,
                                     int high) const {
  const Hdf5Node& node = numbers(name);
  if (node.size() != count && node.size() != 1)
    fail(name, "has " + std::to_string(node.size()) + " values instead of " +
                   std::to_string(count));
  std::vector<int> values;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = node.number(node.size() == 1 ? 0 : i);
    if (!(value >= low && value <= high) || value != std::floor(value))
      fail(name, "is not within " + std::to_string(low) + " and " + std::to_string(high));
    values.push_back(static_cast<int>(value));
  }
  return values;
}

Shape NirFields::shape(const char* name, const std::vector<std::size_t>& axes, bool& spatial,
                       bool lines) const {
  std::vector<std::size_t> sides = axes;
  if ((sides.size() == 4 || (sides.size() == 2 && !lines)) && sides.front() == 1)
    sides.erase(sides.begin());
  if (sides.size() == 2) sides.insert(sides.begin() + 1, 1);
  if (sides.size() != 1 && sides.size() != 3)
    fail(name, "has " + std::to_string(axes.size()) + " axes",
         "volley reads neurons of shape (n,), (channels, length) and (channels, height, width)");
  double neurons = 1.0;
  for (const std::size_t side : sides) neurons *= static_cast<double>(side);
  if (neurons < 1.0 || neurons > static_cast<double>(most_neurons))
    fail(name, "makes no population of 1 to " + std::to_string(most_neurons) + " neurons");
  spatial = sides.size() == 3;
  const auto side = [](std::size_t value) { return static_cast<int>(value); };
  if (!spatial) return {side(sides[0]), 1, 1};
  return {side(sides[0]), side(sides[1]), side(sides[2])};
}

}  // namespace volley
