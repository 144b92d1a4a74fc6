// Links of a C program: a function each that goes from spike to spike and adds to currents, and
// relays, which pass spikes on.
#include <algorithm>
#include <bit>

#include "models/c_tables.hpp"
#include "models/c_writer.hpp"
#include "models/text_template.hpp"

namespace volley {

namespace {
std::string table_name(std::size_t id, const char* what) {
  return "link" + std::to_string(id) + "_" + what;
}
bool dense(const StepLink& link) { return link.spec.kind == ProjectionKind::dense; }
std::size_t area(const StepLink& link) { return dense(link) ? 1 : link.target_shape.area(); }
}  // namespace

/// Binary digits of the largest sum of 1-bit weights.
std::size_t CWriter::depth(const StepLink& link) const {
  const std::size_t most = link.rows * network_.populations[origin(link.source)].most_spikes;
  return static_cast<std::size_t>(std::bit_width(most));
}

std::string CWriter::weight_table(std::size_t id) {
  const StepLink& link = network_.links[id];
  const FixedLink* fixed = fixed_ != nullptr ? &fixed_->links[id] : nullptr;
  std::string text = "/* " + link.name + ": " + to_string(link.spec.kind) + " */\n";
  const auto numbers = [&](const char* what, const std::vector<float>& own,
                           const std::vector<std::int32_t>* integers) {
    text += fixed != nullptr ? c_table(table_name(id, what), *integers)
                             : c_table(table_name(id, what), own);
  };
  if (link.codes.empty()) {
    numbers("weights", link.weights, fixed != nullptr ? &fixed->weights : nullptr);
  } else {
    numbers("scale", link.scale, fixed != nullptr ? &fixed->scale : nullptr);
    numbers("offset", link.offset, fixed != nullptr ? &fixed->offset : nullptr);
    if (link.one_bit())
      text += c_bit_table(table_name(id, "bits"), link.codes, link.columns);
    else
      text += c_table(table_name(id, "codes"),
                      std::vector<std::uint32_t>(link.codes.begin(), link.codes.end()));
  }
  if (!link.delays.empty())
    text += c_table(table_name(id, "delays"),
                    std::vector<std::uint32_t>(link.delays.begin(), link.delays.end()), 16);
  return text;
}

/// Declares and fills the reader `from`.
std::string CWriter::begin_reading(const StepLink& link) {
  const char* kind = counted(link.source) ? "counts" : "bits";
  used_.insert(kind);
  return fill_in("  @reader@ from = read_@kind@(spikes, @size@u);\n  uint32_t i;\n",
                 {{"reader", counted(link.source) ? "count_reader" : "bit_reader"},
                  {"kind", kind},
                  {"size", step_size(link.source)}});
}

/// Adds one spike's row of weights to what arrives at a target position.
std::string CWriter::inner(std::size_t id, const std::string& row, const std::string& target) {
  const StepLink& link = network_.links[id];
  if (link.codes.empty()) {
    used_.insert("add_row");
    const std::size_t per_target = link.columns / link.groups;
    return fill_in("add_row(current + (@target@) * @columns@u@first@, link@id@_weights + (@row@) * "
                   "@columns@u@first@, @count@u);",
                   {{"target", target},
                    {"columns", link.columns},
                    {"first", link.groups > 1 ? " + first" : ""},
                    {"id", id},
                    {"row", row},
                    {"count", per_target}});
  }
  arrived_ = std::max(arrived_, area(link));
  if (!link.one_bit()) {
    used_.insert("add_codes");
    sums_ = std::max(sums_, area(link) * link.columns);
    return fill_in("++arrived[@target@]; add_codes(totals + (@target@) * @columns@u, "
                   "link@id@_codes + (@row@) * @columns@u, @columns@u);",
                   {{"target", target}, {"columns", link.columns}, {"id", id}, {"row", row}});
  }
  used_.insert("add_bits");
  const std::size_t words = c_words(link.columns);
  planes_ = std::max(planes_, area(link) * words * depth(link));
  return fill_in("++arrived[@target@]; add_bits(digits + (@target@) * @size@u, "
                 "link@id@_bits + (@row@) * @words@u, @words@u, @depth@u);",
                 {{"target", target},
                  {"size", words * depth(link)},
                  {"id", id},
                  {"row", row},
                  {"words", words},
                  {"depth", depth(link)}});
}

/// Calls `inner` with `target` and `tap` for every position of the target map that spike i reaches.
std::string CWriter::windows(const StepLink& link, const std::string& inner) const {
  const Projection& spec = link.spec;
  const bool conv = spec.kind == ProjectionKind::conv2d;
  const PerAxis padding = conv ? spec.padding : 0, dilation = conv ? spec.dilation : 1;
  return fill_in(R"(    {
      const uint32_t y = i / @channels@u / @width@u + @pad_y@u;
      const uint32_t x = i / @channels@u % @width@u + @pad_x@u;
      uint32_t ky, kx;
      for (ky = 0u; ky < @kernel_y@u && ky * @dilation_y@u <= y; ++ky) {
        const uint32_t below = y - ky * @dilation_y@u;
        if (below % @stride_y@u != 0u || below / @stride_y@u >= @target_height@u)
          continue;
        for (kx = 0u; kx < @kernel_x@u && kx * @dilation_x@u <= x; ++kx) {
          const uint32_t right = x - kx * @dilation_x@u;
          if (right % @stride_x@u != 0u || right / @stride_x@u >= @target_width@u)
            continue;
          {
            const uint32_t target = below / @stride_y@u * @target_width@u + right / @stride_x@u;
@inner@
          }
        }
      }
    }
)",
                 {{"channels", link.source_shape.channels},
                  {"width", link.source_shape.width},
                  {"pad_y", padding.height},
                  {"pad_x", padding.width},
                  {"kernel_y", spec.kernel_height},
                  {"kernel_x", spec.kernel_width},
                  {"dilation_y", dilation.height},
                  {"dilation_x", dilation.width},
                  {"stride_y", spec.stride.height},
                  {"stride_x", spec.stride.width},
                  {"target_height", link.target_shape.height},
                  {"target_width", link.target_shape.width},
                  {"inner", inner}});
}

/// The currents of sums of codes, once all spikes are in.
std::string CWriter::currents_of_codes(std::size_t id) const {
  const StepLink& link = network_.links[id];
  const std::string sum =
      link.one_bit() ? fill_in("sum_of_bits(digits + target * @size@u, c, @depth@u)",
                               {{"size", c_words(link.columns) * depth(link)},
                                {"depth", depth(link)}})
                     : fill_in("totals[target * @columns@u + c]", {{"columns", link.columns}});
  return fill_in(R"(  for (target = 0u; target < @area@u; ++target) {
    if (arrived[target] == 0u)
      continue;
    for (c = 0u; c < @columns@u; ++c)
      current[target * @columns@u + c] +=
          coded(link@id@_scale[c], @sum@, link@id@_offset[c], arrived[target]@shift@);
  }
)",
                 {{"area", area(link)},
                  {"columns", link.columns},
                  {"id", id},
                  {"sum", sum},
                  {"shift", fixed_ == nullptr
                                ? std::string()
                                : ", " + std::to_string(fixed_->links[id].shift)}});
}

std::string CWriter::add_delayed(std::size_t id) {
  const StepLink& link = network_.links[id];
  return weight_table(id) +
         fill_in(R"(
static void add_link@id@(const @type@ *spikes, uint32_t delay)
{
@reading@  uint32_t c;
  while (next_of_@kind@(&from, &i))
    for (c = 0u; c < @columns@u; ++c)
      if (link@id@_delays[i * @columns@u + c] == delay)
        current[c] += link@id@_weights[i * @columns@u + c];
}

)",
                 {{"id", id},
                  {"type", spike_type(link.source)},
                  {"reading", begin_reading(link)},
                  {"kind", counted(link.source) ? "counts" : "bits"},
                  {"columns", link.columns}});
}

std::string CWriter::link(std::size_t id) {
  const StepLink& link = network_.links[id];
  if (!link.delays.empty()) return add_delayed(id);
  std::string body;
  if (dense(link)) {
    body = "    " + inner(id, "i", "0u") + "\n";
  } else {
    const std::size_t channels = static_cast<std::size_t>(link.source_shape.channels);
    const std::size_t per_source = channels / link.groups, taps = link.rows / per_source;
    const std::string row =
        fill_in("i % @channels@u % @per_source@u * @taps@u + tap",
                {{"channels", channels}, {"per_source", per_source}, {"taps", taps}});
    std::string each = fill_in("            const uint32_t tap = ky * @width@u + kx;\n",
                               {{"width", link.spec.kernel_width}});
    if (link.groups > 1)
      each += fill_in("            const uint32_t first = i % @channels@u / @per_source@u * "
                      "@per_target@u;\n",
                      {{"channels", channels},
                       {"per_source", per_source},
                       {"per_target", link.columns / link.groups}});
    body = windows(link, each + "            " + inner(id, row, "target"));
  }
  const auto clear = [&](const char* what, std::size_t size) {
    return fill_in("  for (c = 0u; c < @size@u; ++c)\n    @what@[c] = 0u;\n",
                   {{"size", size}, {"what", what}});
  };
  std::string before, after;
  if (!link.codes.empty()) {
    used_.insert("coded");
    before = "  uint32_t c, target;\n" + clear("arrived", area(link)) +
             (link.one_bit()
                  ? clear("digits", area(link) * c_words(link.columns) * depth(link))
                  : clear("totals", area(link) * link.columns));
    after = currents_of_codes(id);
  }
  return weight_table(id) + fill_in(R"(
static void add_link@id@(const @type@ *spikes)
{
@reading@@before@  while (next_of_@kind@(&from, &i)) {
@body@  }
@after@}

)",
                                    {{"id", id},
                                     {"type", spike_type(link.source)},
                                     {"reading", begin_reading(link)},
                                     {"before", before},
                                     {"kind", counted(link.source) ? "counts" : "bits"},
                                     {"body", body},
                                     {"after", after}});
}

std::string CWriter::relay(std::size_t id) {
  if (origin(id) != id) return {};
  const StepPopulation& population = network_.populations[id];
  const auto mark = [&](const std::string& neuron) {
    if (counted(id)) return "            { const uint32_t n = " + neuron + "; ++out[n]; }";
    return "            { const uint32_t n = " + neuron +
           "; out[n / 32u] |= (uint32_t)1u << (n % 32u); }";
  };
  std::string text, calls;
  for (const std::size_t each : population.feed_forward) {
    const StepLink& link = network_.links[each];
    const std::size_t channels = static_cast<std::size_t>(link.source_shape.channels);
    std::string body;
    if (link.spec.kind == ProjectionKind::concat)
      body = mark(fill_in("i / @own@u * @all@u + @first@u + i % @own@u",
                          {{"own", channels},
                           {"all", link.target_shape.channels},
                           {"first", link.first_channel}})) +
             "\n";
    else if (link.spec.kind == ProjectionKind::flatten)
      body = mark("i") + "\n";
    else
      body = windows(link, mark(fill_in("target * @channels@u + i % @channels@u",
                                        {{"channels", channels}})));
    text += fill_in(R"(/* @name@: @kind@ */
static void pass_link@id@(const @type@ *spikes, @out_type@ *out)
{
@reading@  while (next_of_@reader@(&from, &i)) {
@body@  }
}

)",
                    {{"name", link.name},
                     {"kind", to_string(link.spec.kind)},
                     {"id", each},
                     {"type", spike_type(link.source)},
                     {"out_type", spike_type(id)},
                     {"reading", begin_reading(link)},
                     {"reader", counted(link.source) ? "counts" : "bits"},
                     {"body", body}});
    calls += fill_in("  pass_link@id@(@spikes@, out);\n",
                     {{"id", each}, {"spikes", spikes(link.source, 0)}});
  }
  return text + fill_in(R"(static void step_@name@(void)
{
  @type@ *out = @spikes@;
  uint32_t n;
  for (n = 0u; n < @size@u; ++n)
    out[n] = 0u;
@calls@}

)",
                        {{"name", name(id)},
                         {"type", spike_type(id)},
                         {"spikes", spikes(id, 0)},
                         {"size", step_size(id)},
                         {"calls", calls}});
}

}  // namespace volley
