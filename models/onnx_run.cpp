// Reads an ONNX file back and runs it, operator by operator.
#include <onnx.pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <unordered_map>

#include "base/error.hpp"
#include "models/onnx.hpp"

namespace volley {

using OnnxTensor = OnnxModel::Tensor;

std::size_t OnnxTensor::size() const { return type == 1 ? floats.size() : whole.size(); }

namespace {

constexpr int type_float = 1, type_uint8 = 2, type_int32 = 6, type_int64 = 7, type_bool = 9;
using Dims = std::vector<std::int64_t>;

std::size_t product(const Dims& dims) {
  std::size_t size = 1;
  for (const std::int64_t dim : dims) size *= static_cast<std::size_t>(dim);
  return size;
}

template <class Stored>
std::vector<Stored> raw_values(const onnx::TensorProto& proto, std::size_t size) {
  std::vector<Stored> values(size);
  if (proto.raw_data().size() != size * sizeof(Stored))
    throw Error("a constant has another size than its shape", proto.name());
  std::memcpy(values.data(), proto.raw_data().data(), proto.raw_data().size());
  return values;
}

OnnxTensor constant(const onnx::TensorProto& proto) {
  OnnxTensor tensor;
  tensor.type = proto.data_type();
  std::size_t size = 1;
  for (const std::int64_t dim : proto.dims()) {
    if (dim < 0 || (dim > 0 && size > proto.raw_data().size() / static_cast<std::size_t>(dim)))
      throw Error("a constant has another size than its shape", proto.name());
    size *= static_cast<std::size_t>(dim);
    tensor.dims.push_back(dim);
  }
  const auto widen = [&](const auto& values) { tensor.whole.assign(values.begin(), values.end()); };
  if (tensor.type == type_float) tensor.floats = raw_values<float>(proto, size);
  else if (tensor.type == type_uint8) widen(raw_values<std::uint8_t>(proto, size));
  else if (tensor.type == type_int32) widen(raw_values<std::int32_t>(proto, size));
  else if (tensor.type == type_int64) widen(raw_values<std::int64_t>(proto, size));
  else throw Error("a constant is of a type that volley does not write", proto.name());
  return tensor;
}

/// Names of a graph and, behind them, those of the graph around it.
struct Scope {
  const Scope* outer = nullptr;
  std::unordered_map<std::string, OnnxTensor> values;

  const OnnxTensor& find(const std::string& name) const {
    const auto found = values.find(name);
    if (found != values.end()) return found->second;
    if (outer == nullptr) throw Error("a node wants a value that does not exist", name);
    return outer->find(name);
  }
};

std::int64_t attribute(const onnx::NodeProto& node, const char* name, std::int64_t usual) {
  for (const auto& own : node.attribute())
    if (own.name() == name) return own.i();
  return usual;
}

/// Strides of a tensor as it is repeated to larger dimensions.
Dims broadcast_strides(const Dims& dims, const Dims& to) {
  Dims strides(to.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t back = 1; back <= dims.size(); ++back) {
    const std::int64_t size = dims[dims.size() - back];
    if (size != 1) {
      if (size != to[to.size() - back]) throw Error("shapes do not fit each other", "broadcast");
      strides[to.size() - back] = stride;
    }
    stride *= size;
  }
  return strides;
}

Dims broadcast_dims(const Dims& a, const Dims& b) {
  Dims dims(std::max(a.size(), b.size()), 1);
  for (const Dims* own : {&a, &b})
    for (std::size_t back = 1; back <= own->size(); ++back) {
      std::int64_t& size = dims[dims.size() - back];
      size = std::max(size, (*own)[own->size() - back]);
    }
  return dims;
}

/// Calls body(place, place in each input) for every element of the result.
template <class Body>
void broadcast(const Dims& dims, const std::vector<const OnnxTensor*>& inputs, const Body& body) {
  std::vector<Dims> strides;
  for (const OnnxTensor* input : inputs) strides.push_back(broadcast_strides(input->dims, dims));
  Dims at(dims.size(), 0);
  std::vector<std::size_t> places(inputs.size(), 0);
  const std::size_t size = product(dims);
  for (std::size_t k = 0; k < size; ++k) {
    body(k, places);
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      const bool carry = ++at[axis] == dims[axis];
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::int64_t moved = strides[i][axis] * (carry ? 1 - dims[axis] : 1);
        places[i] = static_cast<std::size_t>(static_cast<std::int64_t>(places[i]) + moved);
      }
      if (!carry) break;
      at[axis] = 0;
    }
  }
}

OnnxTensor floats_of(const Dims& dims) {
  OnnxTensor tensor;
  tensor.dims = dims;
  tensor.floats.resize(product(dims));
  return tensor;
}

OnnxTensor whole_of(int type, const Dims& dims) {
  OnnxTensor tensor;
  tensor.type = type;
  tensor.dims = dims;
  tensor.whole.resize(product(dims));
  return tensor;
}

const std::unordered_map<std::string, float (*)(float, float)> float_operators = {
    {"Add", [](float a, float b) { return a + b; }},
    {"Sub", [](float a, float b) { return a - b; }},
    {"Mul", [](float a, float b) { return a * b; }},
    {"Div", [](float a, float b) { return a / b; }},
    {"Min", [](float a, float b) { return std::min(a, b); }},
    {"Max", [](float a, float b) { return std::max(a, b); }},
};

const std::unordered_map<std::string, bool (*)(double, double)> comparisons = {
    {"Equal", [](double a, double b) { return a == b; }},
    {"Greater", [](double a, double b) { return a > b; }},
    {"GreaterOrEqual", [](double a, double b) { return a >= b; }},
};

double value_at(const OnnxTensor& tensor, std::size_t k) {
  return tensor.type == type_float ? static_cast<double>(tensor.floats[k])
                                   : static_cast<double>(tensor.whole[k]);
}

OnnxTensor cast(const OnnxTensor& from, int type) {
  if (type == type_float) {
    OnnxTensor to = floats_of(from.dims);
    for (std::size_t k = 0; k < to.floats.size(); ++k)
      to.floats[k] =
          from.type == type_float ? from.floats[k] : static_cast<float>(from.whole[k]);
    return to;
  }
  OnnxTensor to = whole_of(type, from.dims);
  for (std::size_t k = 0; k < to.whole.size(); ++k)
    to.whole[k] = from.type == type_float ? static_cast<std::int64_t>(from.floats[k])
                                          : from.whole[k];
  return to;
}

/// Blocks of the first axis, in the order of `rows`.
OnnxTensor take_rows(const OnnxTensor& from, const std::vector<std::int64_t>& rows,
                     const Dims& dims) {
  const std::size_t block = product(Dims(from.dims.begin() + 1, from.dims.end()));
  OnnxTensor to = from.type == type_float ? floats_of(dims) : whole_of(from.type, dims);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (rows[k] < 0 || rows[k] >= from.dims.at(0)) throw Error("an index is outside", "Gather");
    const std::size_t at = static_cast<std::size_t>(rows[k]) * block;
    for (std::size_t i = 0; i < block; ++i)
      if (from.type == type_float) to.floats[k * block + i] = from.floats[at + i];
      else to.whole[k * block + i] = from.whole[at + i];
  }
  return to;
}

OnnxTensor gather(const OnnxTensor& from, const OnnxTensor& at) {
  Dims dims = at.dims;
  dims.insert(dims.end(), from.dims.begin() + 1, from.dims.end());
  return take_rows(from, at.whole, dims);
}

OnnxTensor slice(const OnnxTensor& from, std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = first; row < last; ++row) rows.push_back(row);
  Dims dims = from.dims;
  dims[0] = last - first;
  return take_rows(from, rows, dims);
}

OnnxTensor concat(const std::vector<const OnnxTensor*>& inputs) {
  OnnxTensor to = *inputs.front();
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    to.dims[0] += inputs[k]->dims.at(0);
    to.floats.insert(to.floats.end(), inputs[k]->floats.begin(), inputs[k]->floats.end());
    to.whole.insert(to.whole.end(), inputs[k]->whole.begin(), inputs[k]->whole.end());
  }
  return to;
}

OnnxTensor multiply(const OnnxTensor& a, const OnnxTensor& b, bool integer) {
  const std::int64_t rows = a.dims.at(0), inner = a.dims.at(1), columns = b.dims.at(1);
  if (inner != b.dims.at(0)) throw Error("shapes do not fit each other", "MatMul");
  OnnxTensor to = integer ? whole_of(type_int32, {rows, columns}) : floats_of({rows, columns});
  const auto n = static_cast<std::size_t>(columns), m = static_cast<std::size_t>(inner);
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
    for (std::size_t k = 0; k < m; ++k)
      for (std::size_t c = 0; c < n; ++c)
        if (integer) to.whole[r * n + c] += a.whole[r * m + k] * b.whole[k * n + c];
        else to.floats[r * n + c] += a.floats[r * m + k] * b.floats[k * n + c];
  return to;
}

OnnxTensor transpose(const OnnxTensor& from) {
  const auto rows = static_cast<std::size_t>(from.dims.at(0));
  const auto columns = static_cast<std::size_t>(from.dims.at(1));
  OnnxTensor to = floats_of({from.dims[1], from.dims[0]});
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      to.floats[c * rows + r] = from.floats[r * columns + c];
  return to;
}

/// Sums of the second axis of two.
OnnxTensor sum_rows(const OnnxTensor& from, bool keep) {
  const auto rows = static_cast<std::size_t>(from.dims.at(0));
  const auto columns = static_cast<std::size_t>(from.dims.at(1));
  OnnxTensor to = floats_of(keep ? Dims{from.dims[0], 1} : Dims{from.dims[0]});
  for (std::size_t at = 0; at < rows * columns; ++at) to.floats[at / columns] += from.floats[at];
  return to;
}

class Runner {
public:
  /// The graph's nodes in order; inputs and constants are in the scope. @return its outputs
  std::vector<OnnxTensor> run_nodes(const onnx::GraphProto& graph, Scope& scope) const {
    for (const auto& node : graph.node()) {
      if (node.output_size() != 1) throw Error("a node has several outputs", node.name());
      try {
        scope.values[node.output(0)] = apply(node, scope);
      } catch (const std::out_of_range&) {
        throw Error("a value has too few dimensions", node.name());
      }
    }
    std::vector<OnnxTensor> outputs;
    for (const auto& output : graph.output()) outputs.push_back(scope.find(output.name()));
    return outputs;
  }

private:
  OnnxTensor apply(const onnx::NodeProto& node, const Scope& scope) const {
    std::vector<const OnnxTensor*> in;
    for (const std::string& name : node.input()) in.push_back(&scope.find(name));
    const std::string& op = node.op_type();
    if (op == "Scan") return scan(node, in, scope);
    if (op == "Identity") return *in.at(0);
    if (op == "Cast") return cast(*in.at(0), static_cast<int>(attribute(node, "to", 0)));
    if (op == "Gather") return gather(*in.at(0), *in.at(1));
    if (op == "Slice") return slice(*in.at(0), in.at(1)->whole.at(0), in.at(2)->whole.at(0));
    if (op == "Concat") return concat(in);
    if (op == "Transpose") return transpose(*in.at(0));
    if (op == "ReduceSum") return sum_rows(*in.at(0), attribute(node, "keepdims", 1) != 0);
    if (op == "MatMul" || op == "MatMulInteger")
      return multiply(*in.at(0), *in.at(1), op == "MatMulInteger");
    if (op == "Reshape") {
      OnnxTensor same = *in.at(0);
      same.dims.assign(in.at(1)->whole.begin(), in.at(1)->whole.end());
      if (product(same.dims) != same.size()) throw Error("a value does not fit", node.name());
      return same;
    }
    if (op == "Floor") {
      OnnxTensor result = *in.at(0);
      for (float& value : result.floats) value = std::floor(value);
      return result;
    }
    return elementwise(node, in);
  }

  static OnnxTensor elementwise(const onnx::NodeProto& node,
                                const std::vector<const OnnxTensor*>& in) {
    const std::string& op = node.op_type();
    const Dims dims = broadcast_dims(in.at(0)->dims, in.at(1)->dims);
    if (op == "Where") {
      const Dims all = broadcast_dims(dims, in.at(2)->dims);
      OnnxTensor result = floats_of(all);
      broadcast(all, in, [&](std::size_t k, const std::vector<std::size_t>& at) {
        result.floats[k] = in[0]->whole[at[0]] != 0 ? in[1]->floats[at[1]] : in[2]->floats[at[2]];
      });
      return result;
    }
    if (const auto compare = comparisons.find(op); compare != comparisons.end()) {
      OnnxTensor result = whole_of(type_bool, dims);
      broadcast(dims, in, [&](std::size_t k, const std::vector<std::size_t>& at) {
        result.whole[k] =
            compare->second(value_at(*in[0], at[0]), value_at(*in[1], at[1])) ? 1 : 0;
      });
      return result;
    }
    const auto found = float_operators.find(op);
    if (found == float_operators.end())
      throw Error("operator '" + op + "' is none that volley writes", node.name());
    OnnxTensor result = floats_of(dims);
    broadcast(dims, in, [&](std::size_t k, const std::vector<std::size_t>& at) {
      result.floats[k] = found->second(in[0]->floats[at[0]], in[1]->floats[at[1]]);
    });
    return result;
  }

  /// One state, two scanned inputs.
  OnnxTensor scan(const onnx::NodeProto& node, const std::vector<const OnnxTensor*>& in,
              const Scope& outer) const {
    const onnx::GraphProto* body = nullptr;
    for (const auto& own : node.attribute())
      if (own.name() == "body") body = &own.g();
    if (body == nullptr || body->input_size() != 3 || in.size() != 3)
      throw Error("a Scan is none that volley writes", node.name());
    Scope scope;
    scope.outer = &outer;
    for (const auto& initializer : body->initializer())
      scope.values[initializer.name()] = constant(initializer);
    OnnxTensor state = *in[0];
    for (std::int64_t row = 0; row < in[1]->dims.at(0); ++row) {
      scope.values[body->input(0).name()] = std::move(state);
      for (int k = 1; k < 3; ++k) {
        const OnnxTensor& all = *in[static_cast<std::size_t>(k)];
        scope.values[body->input(k).name()] =
            take_rows(all, {row}, Dims(all.dims.begin() + 1, all.dims.end()));
      }
      state = run_nodes(*body, scope).at(0);
    }
    return state;
  }
};

}  // namespace

struct OnnxModel::Content {
  onnx::ModelProto model;
  Scope constants;
};

OnnxModel::OnnxModel(const std::filesystem::path& file) : content_(std::make_unique<Content>()) {
  std::ifstream in(file, std::ios::binary);
  if (!in || !content_->model.ParseFromIstream(&in) || !content_->model.has_graph())
    throw Error("is no ONNX model", file.string());
  for (const auto& initializer : content_->model.graph().initializer())
    content_->constants.values[initializer.name()] = constant(initializer);
}

OnnxModel::~OnnxModel() = default;

OnnxModel::Values OnnxModel::rest() const {
  Values values;
  for (const auto& input : content_->model.graph().input()) {
    const auto& type = input.type().tensor_type();
    Dims dims;
    for (const auto& dim : type.shape().dim()) dims.push_back(dim.dim_value());
    values[input.name()] =
        type.elem_type() == type_float ? floats_of(dims) : whole_of(type.elem_type(), dims);
  }
  return values;
}

OnnxModel::Values OnnxModel::run(const Values& inputs) const {
  const onnx::GraphProto& graph = content_->model.graph();
  Scope scope;
  scope.outer = &content_->constants;
  for (const auto& [name, value] : inputs) scope.values[name] = value;
  const std::vector<OnnxTensor> results = Runner().run_nodes(graph, scope);
  Values outputs;
  for (int k = 0; k < graph.output_size(); ++k)
    outputs[graph.output(k).name()] = results[static_cast<std::size_t>(k)];
  return outputs;
}

RecordedRun OnnxModel::run(const StepNetwork& network,
                           const std::vector<std::vector<std::uint32_t>>& input) const {
  RecordedRun run;
  run.steps = static_cast<std::uint32_t>(input.size());
  run.spikes.resize(network.populations.size());
  Values values = rest();
  OnnxTensor& spikes = values.at("input");
  const std::size_t inputs = network.populations[network.input].neurons;
  const bool unrolled = spikes.dims.size() == 2;
  const auto mark = [&](const std::vector<std::uint32_t>& step, std::size_t at) {
    for (const std::uint32_t neuron : step) ++spikes.whole[at * inputs + neuron];
  };
  /// One step's rows of the outputs.
  const auto record = [&](const Values& outputs, std::size_t at) {
    for (std::size_t id = 0; id < network.populations.size(); ++id) {
      const StepPopulation& population = network.populations[id];
      if (population.spec.kind == NeuronKind::lif) {
        const OnnxTensor& own = outputs.at(population.spec.name + ".spikes");
        auto& step = run.spikes[id].emplace_back();
        for (std::size_t n = 0; n < population.neurons; ++n)
          step.insert(step.end(),
                      static_cast<std::size_t>(own.whole[at * population.neurons + n]),
                      static_cast<std::uint32_t>(n));
      }
      if (id != network.readout || network.spiking_readout()) continue;
      const std::vector<float>& own = outputs.at("output").floats;
      const auto first = own.begin() + static_cast<std::ptrdiff_t>(at * population.neurons);
      run.membrane.insert(run.membrane.end(), first,
                          first + static_cast<std::ptrdiff_t>(population.neurons));
    }
  };
  if (unrolled) {
    if (spikes.dims[0] != static_cast<std::int64_t>(input.size()))
      throw Error("the recording has " + std::to_string(input.size()) + " steps, the model " +
                      std::to_string(spikes.dims[0]),
                  network.name, "give --unroll the steps of the recordings");
    for (std::size_t t = 0; t < input.size(); ++t) mark(input[t], t);
    const Values outputs = this->run(values);
    for (std::size_t t = 0; t < input.size(); ++t) record(outputs, t);
    return run;
  }
  for (const auto& step : input) {
    std::fill(spikes.whole.begin(), spikes.whole.end(), 0);
    mark(step, 0);
    const Values outputs = this->run(values);
    record(outputs, 0);
    for (auto& [name, value] : values)
      if (const auto next = outputs.find(name + ".next"); next != outputs.end())
        value = next->second;
  }
  return run;
}

}  // namespace volley
