// volley's model file: /format, /volley_version, /recipe (TOML), /parameters, /statistics,
// /optimiser, /position, behind a seal. Owns this layout; what the tensors mean is not its
// business.
#include "models/checkpoint.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/checkpoint_layout.hpp"
#include "models/checkpoint_seal.hpp"
#include "models/hdf5_tree.hpp"
#include "models/hdf5_writer.hpp"

namespace volley {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

void store(Hdf5Writer& file, const std::string& path, const Tensor<float>& tensor) {
  file.floats(path, tensor.shape, tensor.values);
}

void store(Hdf5Writer& file, const std::string& path, const Tensor<double>& tensor) {
  file.doubles(path, tensor.shape, tensor.values);
}

template <class Tensors>
void write_tensors(Hdf5Writer& file, const std::string& group, const Tensors& tensors) {
  file.group(group);
  std::set<std::string> made;
  for (const auto& [name, tensor] : tensors) {
    for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1))
      if (made.insert(name.substr(0, end)).second) file.group(group + "/" + name.substr(0, end));
    store(file, group + "/" + name, tensor);
  }
}

void write_position(Hdf5Writer& file, const TrainingPosition& position) {
  for (const std::uint64_t counter : {position.seed, position.batch, position.step})
    if (counter > static_cast<std::uint64_t>(largest))
      throw Error("the seed or a counter does not fit into a model file", "position",
                  "use a seed below 2^63");
  file.group("/position");
  file.integer("/position/seed", static_cast<std::int64_t>(position.seed));
  file.integer("/position/epoch", position.epoch);
  file.integer("/position/batch", static_cast<std::int64_t>(position.batch));
  file.integer("/position/step", static_cast<std::int64_t>(position.step));
  file.integer("/position/finished", position.finished ? 1 : 0);
  file.integer("/position/best_epoch", position.best_epoch);
  file.integer("/position/judged", position.judged);
  const std::array<double, 3> sums{position.epoch_loss, position.epoch_correct,
                                   position.best_value};
  file.doubles("/position/sums", {3}, sums);
}

/// Reads from the tree with messages that name the file and the path in it.
class CheckpointReader {
public:
  CheckpointReader(const Hdf5Node& root, std::string file) : root_(root), file_(std::move(file)) {}

  const Hdf5Node& need(const Hdf5Node& parent, const std::string& name, Hdf5Node::Kind kind) const {
    const Hdf5Node* node = parent.find(name);
    const std::string path = parent.path + (parent.path.size() > 1 ? "/" : "") + name;
    if (node == nullptr) fail(path, "is missing");
    if (node->kind != kind) fail(path, "has the wrong type");
    return *node;
  }
  std::int64_t integer(const Hdf5Node& parent, const std::string& name, std::int64_t low,
                       std::int64_t high) const {
    const Hdf5Node& node = need(parent, name, Hdf5Node::Kind::integers);
    if (node.size() != 1) fail(node.path, "is not one number");
    const std::int64_t value = node.integers[0];
    if (value < low || value > high)
      fail(node.path, "has the value " + std::to_string(value) + ", out of range");
    return value;
  }
  std::string text(const std::string& name) const {
    const Hdf5Node& node = need(root_, name, Hdf5Node::Kind::texts);
    if (node.size() != 1) fail(node.path, "is not one text");
    return node.texts[0];
  }
  template <class Value>
  std::map<std::string, Tensor<Value>> tensors(const std::string& name) const {
    std::map<std::string, Tensor<Value>> found;
    collect(need(root_, name, Hdf5Node::Kind::group), "", found);
    return found;
  }
  TrainingPosition position() const {
    const Hdf5Node& group = need(root_, "position", Hdf5Node::Kind::group);
    TrainingPosition position;
    position.seed = static_cast<std::uint64_t>(integer(group, "seed", 0, largest));
    position.epoch = static_cast<int>(
        integer(group, "epoch", 0, std::numeric_limits<int>::max()));
    position.batch = static_cast<std::uint64_t>(integer(group, "batch", 0, largest));
    position.step = static_cast<std::uint64_t>(integer(group, "step", 0, largest));
    position.finished = integer(group, "finished", 0, 1) == 1;
    // Models written before epochs were judged do not have the rest.
    if (group.find("judged") == nullptr) return position;
    position.best_epoch = static_cast<int>(integer(group, "best_epoch", 0, position.epoch));
    position.judged = static_cast<int>(integer(group, "judged", 0, position.epoch));
    const Hdf5Node& sums = need(group, "sums", Hdf5Node::Kind::doubles);
    if (sums.doubles.size() != 3) fail(sums.path, "is not three numbers");
    for (const double value : sums.doubles)
      if (!std::isfinite(value)) fail(sums.path, "holds a value that is not finite");
    position.epoch_loss = sums.doubles[0];
    position.epoch_correct = sums.doubles[1];
    position.best_value = sums.doubles[2];
    return position;
  }
  [[noreturn]] void fail(const std::string& path, const std::string& what) const {
    throw Error(path + " " + what, file_, "the file is not a whole volley model: write it again");
  }

private:
  template <class Value>
  void collect(const Hdf5Node& group, const std::string& prefix,
               std::map<std::string, Tensor<Value>>& found) const {
    constexpr auto kind =
        std::is_same_v<Value, float> ? Hdf5Node::Kind::floats : Hdf5Node::Kind::doubles;
    for (const Hdf5Node& node : group.children) {
      if (node.group()) {
        collect(node, prefix + node.name + "/", found);
        continue;
      }
      if (node.kind != kind) fail(node.path, "has the wrong type");
      Tensor<Value>& tensor = found[prefix + node.name];
      tensor.shape = node.shape;
      if constexpr (std::is_same_v<Value, float>) tensor.values = node.floats;
      else tensor.values = node.doubles;
    }
  }

  const Hdf5Node& root_;
  std::string file_;
};

}  // namespace

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file) {
  check_tensors(checkpoint, "the model for " + file.string());
  const std::string recipe = format_recipe(checkpoint.recipe);
  AtomicFile target(file);
  Hdf5Writer out(target.temporary(), seal_bytes);
  out.integer("/format", checkpoint_format);
  out.text("/volley_version", VOLLEY_VERSION);
  out.text("/recipe", recipe);
  write_tensors(out, "/parameters", checkpoint.parameters);
  write_tensors(out, "/statistics", checkpoint.statistics);
  write_tensors(out, "/optimiser", checkpoint.optimiser);
  write_position(out, checkpoint.position);
  out.close();
  seal(target.temporary(), checkpoint_format);
  target.commit();
}

Checkpoint load_checkpoint(const std::filesystem::path& file) {
  check_seal(file, checkpoint_format);
  Hdf5Limits limits;
  // Everything is stored in one piece, so that more values than bytes cannot be honest.
  limits.bytes = static_cast<std::size_t>(std::filesystem::file_size(file)) + (1 << 20);
  limits.seconds = 2 + static_cast<int>(limits.bytes >> 24);
  limits.contiguous_only = true;
  const Hdf5Node root = read_hdf5(file, limits);
  const CheckpointReader reader(root, file.string());
  const std::int64_t format = reader.integer(root, "format", 0, largest);
  if (format != checkpoint_format)
    throw Error("is a volley model of format " + std::to_string(format) +
                    ", this volley reads format " + std::to_string(checkpoint_format),
                file.string(), "use the volley that wrote it, or train again");
  Checkpoint checkpoint;
  checkpoint.volley_version = reader.text("volley_version");
  checkpoint.recipe = parse_recipe(reader.text("recipe"), file.string() + ":/recipe");
  checkpoint.parameters = reader.tensors<float>("parameters");
  checkpoint.statistics = reader.tensors<double>("statistics");
  checkpoint.optimiser = reader.tensors<float>("optimiser");
  checkpoint.position = reader.position();
  check_tensors(checkpoint, file.string());
  return checkpoint;
}

}  // namespace volley
