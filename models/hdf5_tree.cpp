// The two ends of the pipe: the child walks the file with the HDF5 library, the parent builds the
// tree. Records: kind, name, then for groups their number of members, for datasets shape and
// values.
#include "models/hdf5_tree.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/child_process.hpp"
#include "models/hdf5_handle.hpp"
#include "models/hdf5_walk.hpp"

namespace volley {

std::size_t Hdf5Node::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

double Hdf5Node::number(std::size_t index) const {
  if (kind == Kind::integers) return static_cast<double>(integers[index]);
  if (kind == Kind::floats) return static_cast<double>(floats[index]);
  return doubles[index];
}

const Hdf5Node* Hdf5Node::find(std::string_view child) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Hdf5Node& node) { return node.name == child; });
  return found == children.end() ? nullptr : &*found;
}

namespace {

/// The parent's end. The child may have gone mad, so that no size is believed beyond the limits.
class TreeReceiver {
public:
  TreeReceiver(ChildProcess& child, const Hdf5Limits& limits, std::string file)
      : child_(child), limits_(limits), file_(std::move(file)), bytes_left_(limits.bytes) {}

  Hdf5Node receive(const std::string& parent, int depth) {
    const std::uint64_t tag = integer();
    if (tag == walk_error) throw Error(text(), file_, "write the file again, or copy it again");
    if (tag > static_cast<std::uint64_t>(Hdf5Node::Kind::other) || depth > limits_.depth ||
        objects_++ > limits_.objects)
      broken();
    Hdf5Node node;
    node.kind = static_cast<Hdf5Node::Kind>(tag);
    node.name = text();
    node.path = depth == 0 ? node.name + "/" : parent + (depth == 1 ? "" : "/") + node.name;
    if (node.group()) {
      for (std::uint64_t left = integer(); left > 0; --left)
        node.children.push_back(receive(node.path, depth + 1));
      return node;
    }
    receive_values(node);
    return node;
  }

private:
  [[noreturn]] void broken() const {
    throw Error("is damaged: the HDF5 library cannot read it", file_,
                "write the file again, or copy it again");
  }
  void take(void* bytes, std::size_t size) {
    if (!child_.receive(bytes, size)) broken();
  }
  std::uint64_t integer() {
    std::uint64_t value = 0;
    take(&value, sizeof value);
    return value;
  }
  std::size_t spend(std::uint64_t count, std::size_t element) {
    if (count > bytes_left_ / element) broken();
    bytes_left_ -= static_cast<std::size_t>(count) * element;
    return static_cast<std::size_t>(count);
  }
  std::string text() {
    std::string value(spend(integer(), 1), '\0');
    take(value.data(), value.size());
    return value;
  }
  template <class Value>
  void fill(std::vector<Value>& values, std::size_t count) {
    values.resize(spend(count, sizeof(Value)));
    take(values.data(), count * sizeof(Value));
  }
  void receive_values(Hdf5Node& node) {
    const std::uint64_t rank = integer();
    if (rank > 32) broken();
    for (std::uint64_t axis = 0; axis < rank; ++axis)
      node.shape.push_back(static_cast<std::size_t>(integer()));
    if (node.kind == Hdf5Node::Kind::other) return;
    const std::size_t count = static_cast<std::size_t>(integer());
    if (count != node.size()) broken();
    if (node.kind == Hdf5Node::Kind::integers) fill(node.integers, count);
    if (node.kind == Hdf5Node::Kind::floats) fill(node.floats, count);
    if (node.kind == Hdf5Node::Kind::doubles) fill(node.doubles, count);
    if (node.kind == Hdf5Node::Kind::texts)
      for (std::size_t i = 0; i < count; ++i) node.texts.push_back(text());
  }

  ChildProcess& child_;
  const Hdf5Limits& limits_;
  std::string file_;
  std::size_t bytes_left_, objects_ = 0;
};

}  // namespace

Hdf5Node read_hdf5(const std::filesystem::path& file, const Hdf5Limits& limits) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure))
    throw Error("there is no such file", file.string(), "check the path");
  if (!std::filesystem::is_regular_file(file, failure))
    throw Error("is not a file", file.string(), "give the path of a file");
  // Nobody else is within the library while the child is made, so that it finds it whole.
  const Hdf5Session session;
  Hdf5Limits receiving = limits;
  receiving.bytes += limits.objects * 64;  // names
  ChildProcess child({limits.seconds, 4 * limits.bytes + (std::size_t{1} << 28)},
                     [&](const ChildProcess::Send& send) { walk_hdf5(file, limits, send); });
  return TreeReceiver(child, receiving, file.string()).receive("", 0);
}

}  // namespace volley
