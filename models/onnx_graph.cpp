#include "models/onnx_graph.hpp"

#include <bit>
#include <cstring>

namespace volley {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

namespace {

void set_type(onnx::ValueInfoProto& value, OnnxType type, const OnnxGraph::Dims& dims) {
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<int>(type));
  auto& shape = *tensor.mutable_shape();
  for (const std::int64_t size : dims) shape.add_dim()->set_dim_value(size);
}

template <class Value>
std::string raw(std::span<const Value> values) {
  std::string bytes(values.size_bytes(), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

void OnnxGraph::input(const std::string& name, OnnxType type, const Dims& dims) {
  auto& value = *graph_.add_input();
  value.set_name(name);
  set_type(value, type, dims);
}

void OnnxGraph::output(const std::string& value, const std::string& name, OnnxType type,
                       const Dims& dims) {
  auto& same = *graph_.add_node();
  same.set_op_type("Identity");
  same.set_name(name);
  same.add_input(value);
  same.add_output(name);
  auto& info = *graph_.add_output();
  info.set_name(name);
  set_type(info, type, dims);
}

std::string OnnxGraph::constant(const std::string& name, OnnxType type, const Dims& dims,
                                std::string bytes) {
  if (!constants_.insert(name).second) return name;
  auto& tensor = *graph_.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(static_cast<int>(type));
  for (const std::int64_t size : dims) tensor.add_dims(size);
  tensor.set_raw_data(std::move(bytes));
  return name;
}

std::string OnnxGraph::reals(const std::string& name, const Dims& dims,
                             std::span<const float> values) {
  return constant(name, OnnxType::real, dims, raw(values));
}
std::string OnnxGraph::bytes(const std::string& name, const Dims& dims,
                             std::span<const std::uint8_t> values) {
  return constant(name, OnnxType::byte, dims, raw(values));
}
std::string OnnxGraph::int32s(const std::string& name, const Dims& dims,
                              std::span<const std::int32_t> values) {
  return constant(name, OnnxType::int32, dims, raw(values));
}
std::string OnnxGraph::int64s(const std::string& name, const Dims& dims,
                              std::span<const std::int64_t> values) {
  return constant(name, OnnxType::int64, dims, raw(values));
}

std::string OnnxGraph::real(float value) {
  // Named by its bits: equal values are one constant.
  return reals("real_" + std::to_string(std::bit_cast<std::uint32_t>(value)), {},
               std::span<const float>(&value, 1));
}

std::string OnnxGraph::node(const std::string& op, const std::vector<std::string>& inputs) {
  return node(op, inputs, {});
}

std::string OnnxGraph::node(
    const std::string& op, const std::vector<std::string>& inputs,
    std::initializer_list<std::pair<const char*, std::int64_t>> attributes) {
  auto& made = *graph_.add_node();
  const std::string name = fresh(op);
  made.set_op_type(op);
  made.set_name(name);
  for (const std::string& input : inputs) made.add_input(input);
  made.add_output(name);
  for (const auto& [key, value] : attributes) {
    auto& attribute = *made.add_attribute();
    attribute.set_name(key);
    attribute.set_type(2);
    attribute.set_i(value);
  }
  return name;
}

std::string OnnxGraph::reshape(const std::string& value, const Dims& dims) {
  std::string name = "dims";
  for (const std::int64_t size : dims) name += "_" + std::to_string(size);
  return node("Reshape",
              {value, int64s(name, {static_cast<std::int64_t>(dims.size())}, dims)});
}

std::string OnnxGraph::ordered_sum(const std::string& start, const std::string& factors,
                                   const std::string& weights, const Dims& factor_dims,
                                   std::int64_t columns, std::size_t most) {
  const std::string result = fresh("Scan");
  onnx::GraphProto body;
  body.set_name(result + "_row");
  OnnxGraph inside(body);
  inside.counter_ = counter_;
  const std::string sum = fresh("sum"), factor = fresh("factor"), weight = fresh("weight");
  Dims sum_dims = factor_dims;
  if (!sum_dims.empty()) sum_dims.pop_back();
  sum_dims.push_back(columns);
  inside.input(sum, OnnxType::real, sum_dims);
  inside.input(factor, OnnxType::real, factor_dims);
  inside.input(weight, OnnxType::real, {columns});
  std::string total = sum;
  for (std::size_t k = 1; k <= most; ++k) {
    std::string counts = factor;
    if (most > 1) {
      const std::string least = fresh("least");
      const float value = static_cast<float>(k);
      inside.reals(least, {}, std::span<const float>(&value, 1));
      counts = inside.cast(inside.node("GreaterOrEqual", {factor, least}), OnnxType::real);
    }
    total = inside.node("Add", {total, inside.node("Mul", {counts, weight})});
  }
  inside.output(total, fresh("next"), OnnxType::real, sum_dims);
  auto& made = *graph_.add_node();
  made.set_op_type("Scan");
  made.set_name(result);
  for (const std::string& input : {start, factors, weights}) made.add_input(input);
  made.add_output(result);
  auto& graph = *made.add_attribute();
  graph.set_name("body");
  graph.set_type(5);
  *graph.mutable_g() = body;
  auto& inputs = *made.add_attribute();
  inputs.set_name("num_scan_inputs");
  inputs.set_type(2);
  inputs.set_i(2);
  return result;
}

}  // namespace volley
