// Reading linear nodes into volley's order.
#include "models/nir_current.hpp"

#include <algorithm>

namespace volley {

namespace {

constexpr int longest = 1 << 16;
/// Of weights that are more than the file holds: identities written out.
constexpr std::size_t most_expanded = std::size_t{1} << 24;

std::vector<double> read_bias(const NirFields& fields, std::size_t columns) {
  std::vector<double> bias(columns, 0.0);
  if (!fields.has("bias")) return bias;
  const Hdf5Node& node = fields.numbers("bias");
  if (node.size() != columns && node.size() != 1)
    fields.fail("bias", "has " + std::to_string(node.size()) + " values instead of " +
                            std::to_string(columns));
  for (std::size_t i = 0; i < columns; ++i) bias[i] = node.number(node.size() == 1 ? 0 : i);
  return bias;
}

/// @param line whether the one number is of the width, and the height's is the smallest
PerAxis read_axes(const NirFields& fields, const char* name, int low, bool line = false) {
  if (line) return {low, fields.integers(name, 1, low, longest)[0]};
  const auto values = fields.integers(name, 2, low, longest);
  return {values[0], values[1]};
}

PerAxis read_padding(const NirFields& fields, const Projection& projection, bool line) {
  if (!fields.has("padding")) return 0;
  if (fields.holds_numbers("padding")) return read_axes(fields, "padding", 0, line);
  const std::string word = fields.text("padding");
  if (word == "valid") return 0;
  if (word != "same") fields.fail("padding", "is neither numbers nor 'same' nor 'valid'");
  if (projection.stride != 1 || projection.kernel_height % 2 == 0 ||
      projection.kernel_width % 2 == 0)
    fields.fail("padding", "is 'same', which needs stride 1 and a kernel with odd sides",
                "export the padding as numbers");
  return {projection.kernel_height / 2 * projection.dilation.height,
          projection.kernel_width / 2 * projection.dilation.width};
}

void need_map(const NirFields& fields, const NirSignal& signal) {
  if (!signal.spatial)
    fields.fail("", "takes a map of channels, height and width, but meets " +
                        to_string(signal.shape) + " neurons without axes");
}

void need_equal(const NirFields& fields, const NirSignal& signal) {
  if (!signal.factors.empty() || !signal.delays.empty())
    fields.fail("", "takes spikes whose scale or delay differs between neurons",
                "volley reads those before an Affine or a Linear node only");
}

}  // namespace

NirCurrent read_affine(const NirFields& fields, const NirSignal& signal) {
  const Hdf5Node& weight = fields.numbers("weight");
  if (weight.shape.size() != 2)
    fields.fail("weight", "has " + std::to_string(weight.shape.size()) + " axes instead of 2");
  const std::size_t columns = weight.shape[0], rows = weight.shape[1];
  if (signal.spatial)
    fields.fail("", "takes a map: NIR applies it along the width only",
                "put a Flatten node before it");
  if (rows != signal.shape.size() || columns == 0 || columns > most_neurons)
    fields.fail("weight", "is " + std::to_string(columns) + " x " + std::to_string(rows) +
                              ", but meets " + std::to_string(signal.shape.size()) + " neurons");
  NirCurrent current;
  current.source = signal.population;
  current.shape = {static_cast<int>(columns), 1, 1};
  current.bias = read_bias(fields, columns);
  current.projection.delay_steps = signal.delay;
  current.delays = signal.delays;
  current.weights.resize(rows * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t nir_row = signal.nir_index(row);
    for (std::size_t column = 0; column < columns; ++column)
      current.weights[row * columns + column] =
          weight.number(column * rows + nir_row) * signal.worth(row);
  }
  return current;
}

NirCurrent read_conv(const NirFields& fields, const NirSignal& signal) {
  need_map(fields, signal);
  need_equal(fields, signal);
  const Hdf5Node& weight = fields.numbers("weight");
  std::vector<std::size_t> sides = weight.shape;
  const bool line = sides.size() == 3;  // Conv1d
  if (line) sides.insert(sides.begin() + 2, 1);
  if (sides.size() != 4)
    fields.fail("weight", "has " + std::to_string(sides.size()) + " axes instead of 4, or of 3");
  for (const std::size_t side : sides)
    if (side < 1 || side > static_cast<std::size_t>(longest))
      fields.fail("weight", "has a side that is not within 1 and " + std::to_string(longest));
  const int groups = fields.has("groups") ? fields.integers("groups", 1, 1, longest)[0] : 1;
  const std::size_t columns = sides[0], part = sides[1];
  const std::size_t area = sides[2] * sides[3];
  const auto group_count = static_cast<std::size_t>(groups);
  const auto channels = static_cast<std::size_t>(signal.shape.channels);
  if (part * group_count != channels || columns % group_count != 0)
    fields.fail("weight", "does not fit the " + std::to_string(channels) + " channels it meets");
  NirCurrent current;
  current.source = signal.population;
  Projection& projection = current.projection;
  projection.kind = ProjectionKind::conv2d;
  projection.kernel_height = static_cast<int>(sides[2]);
  projection.kernel_width = static_cast<int>(sides[3]);
  projection.groups = groups;
  projection.delay_steps = signal.delay;
  if (fields.has("stride")) projection.stride = read_axes(fields, "stride", 1, line);
  if (fields.has("dilation")) projection.dilation = read_axes(fields, "dilation", 1, line);
  projection.padding = read_padding(fields, projection, line);
  if (groups > 1 && part == 1 && columns == channels && area == 1 && projection.stride == 1 &&
      projection.padding == 0) {
    projection = Projection{};
    projection.kind = ProjectionKind::one_to_one;
    projection.delay_steps = signal.delay;
  }
  if (fields.has("input_shape") && fields.holds_numbers("input_shape")) {
    const auto size = line ? std::vector<int>{1, fields.integers("input_shape", 1, 1, longest)[0]}
                           : fields.integers("input_shape", 2, 1, longest);
    if (size[0] != signal.shape.height || size[1] != signal.shape.width)
      fields.fail("input_shape", "is not the size of the map it meets, " +
                                     to_string(signal.shape));
  }
  current.shape = projected_shape(projection, signal.shape,
                                  {static_cast<int>(columns), 1, 1}, "Conv2d");
  current.bias = read_bias(fields, columns);
  current.weights.resize(part * area * columns);
  for (std::size_t column = 0; column < columns; ++column)
    for (std::size_t i = 0; i < part * area; ++i)
      current.weights[i * columns + column] =
          weight.number(column * part * area + i) * signal.factor;
  return current;
}

NirCurrent identity(const NirFields& fields, const NirSignal& signal) {
  NirCurrent current;
  current.source = signal.population;
  current.shape = signal.shape;
  current.projection.delay_steps = signal.delay;
  const std::size_t columns =
      signal.spatial ? static_cast<std::size_t>(signal.shape.channels) : signal.shape.size();
  current.bias.assign(columns, 0.0);
  if (signal.layout == signal.shape && signal.delays.empty()) {
    current.projection.kind = ProjectionKind::one_to_one;
    for (std::size_t column = 0; column < columns; ++column)
      current.weights.push_back(signal.worth(column));
    for (std::size_t neuron = columns; neuron < signal.factors.size(); ++neuron)
      if (signal.factors[neuron] != signal.factors[neuron % columns])
        fields.fail("", "takes spikes that are scaled differently within a channel",
                    "use one scale for each channel");
    return current;
  }
  if (signal.spatial || columns > most_expanded / columns)
    fields.fail("", "takes spikes without weights, too many to write their identity out",
                "put an Affine or Conv2d node before it");
  current.delays = signal.delays;
  current.weights.assign(columns * columns, 0.0);
  for (std::size_t row = 0; row < columns; ++row)
    current.weights[row * columns + signal.nir_index(row)] = signal.worth(row);
  return current;
}

Projection read_pool(const NirFields& fields) {
  Projection projection;
  projection.kind = ProjectionKind::sum_pool;
  const auto kernel = fields.integers("kernel_size", 2, 1, longest);
  projection.kernel_height = kernel[0];
  projection.kernel_width = kernel[1];
  projection.stride = read_axes(fields, "stride", 1);
  if (fields.has("padding") && !(read_axes(fields, "padding", 0) == PerAxis(0)))
    fields.fail("padding", "is not 0", "volley's pooling has no padding");
  return projection;
}

}  // namespace volley
