// An ONNX graph under construction: every call adds a node and returns the name of its value. Owns
// names; must not know networks.
#pragma once

#include <onnx.pb.h>

#include <cstdint>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace volley {

enum class OnnxType { real = 1, byte = 2, int32 = 6, int64 = 7, boolean = 9 };

class OnnxGraph {
public:
  using Dims = std::vector<std::int64_t>;

  explicit OnnxGraph(onnx::GraphProto& graph) : graph_(graph) {}

  /// Values that come from outside and go there.
  void input(const std::string& name, OnnxType type, const Dims& dims);
  void output(const std::string& value, const std::string& name, OnnxType type, const Dims& dims);

  /// Constants; one of a name is stored once, however often it is asked for.
  std::string reals(const std::string& name, const Dims& dims, std::span<const float> values);
  std::string bytes(const std::string& name, const Dims& dims,
                    std::span<const std::uint8_t> values);
  std::string int32s(const std::string& name, const Dims& dims,
                     std::span<const std::int32_t> values);
  std::string int64s(const std::string& name, const Dims& dims,
                     std::span<const std::int64_t> values);
  std::string real(float value);

  /// A node of one output.
  std::string node(const std::string& op, const std::vector<std::string>& inputs);
  std::string node(const std::string& op, const std::vector<std::string>& inputs,
                   std::initializer_list<std::pair<const char*, std::int64_t>> attributes);
  std::string cast(const std::string& value, OnnxType type) {
    return node("Cast", {value}, {{"to", static_cast<std::int64_t>(type)}});
  }
  std::string reshape(const std::string& value, const Dims& dims);

  /// start + for every row p, w of `factors` [rows, ...] and `weights` [rows, columns], in order:
  /// p w as often as `most` times, where p is a count up to `most`.
  std::string ordered_sum(const std::string& start, const std::string& factors,
                          const std::string& weights, const Dims& factor_dims,
                          std::int64_t columns, std::size_t most);

private:
  std::string fresh(const std::string& op) { return op + "_" + std::to_string(++*counter_); }
  std::string constant(const std::string& name, OnnxType type, const Dims& dims, std::string bytes);

  onnx::GraphProto& graph_;
  std::set<std::string> constants_;
  std::size_t own_counter_ = 0;
  std::size_t* counter_ = &own_counter_;
};

}  // namespace volley
