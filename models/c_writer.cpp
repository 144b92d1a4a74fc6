// Where spikes are kept, and the helpers that all functions share.
#include "models/c_writer.hpp"

#include <algorithm>

#include "models/c_tables.hpp"
#include "models/text_template.hpp"

namespace volley {

std::string code_name(const StepNetwork& network, std::size_t population) {
  std::string name = network.populations[population].spec.name;
  for (char& c : name)
    if (c == '-' || c == '.') c = '_';
  const std::string plain = name;
  bool unique = true;
  for (std::size_t other = 0; other < network.populations.size(); ++other) {
    std::string theirs = network.populations[other].spec.name;
    for (char& c : theirs)
      if (c == '-' || c == '.') c = '_';
    unique = unique && (other == population || theirs != plain);
  }
  return unique ? "net_" + plain : "net_" + plain + "_" + std::to_string(population);
}

CWriter::CWriter(const StepNetwork& network, const FixedNetwork* fixed)
    : network_(network), fixed_(fixed) {}

std::size_t CWriter::origin(std::size_t population) const {
  while (true) {
    const StepPopulation& own = network_.populations[population];
    if (own.spec.kind != NeuronKind::relay || own.feed_forward.size() != 1) return population;
    const StepLink& link = network_.links[own.feed_forward.front()];
    if (link.spec.kind != ProjectionKind::flatten) return population;
    population = link.source;
  }
}

bool CWriter::counted(std::size_t population) const {
  return network_.populations[origin(population)].most_spikes > 1;
}

std::size_t CWriter::ring(std::size_t population) const {
  std::size_t longest = 0;
  for (std::size_t id = 0; id < network_.populations.size(); ++id)
    if (origin(id) == origin(population))
      longest = std::max(longest, network_.populations[id].longest_delay);
  return longest + 1;
}

std::size_t CWriter::step_size(std::size_t population) const {
  const std::size_t neurons = network_.populations[origin(population)].neurons;
  return counted(population) ? neurons : c_words(neurons);
}

std::string CWriter::spike_type(std::size_t population) const {
  return counted(population) ? "spike_count" : "uint32_t";
}

std::string CWriter::spikes(std::size_t population, std::size_t delay) const {
  const std::size_t own = origin(population);
  if (ring(own) == 1) return own == network_.input ? "net_input_now" : name(own) + "_spikes";
  return fill_in("@name@_spikes + earlier(@name@_now, @delay@u, @ring@u) * @size@u",
                 {{"name", name(own)},
                  {"delay", delay},
                  {"ring", ring(own)},
                  {"size", step_size(own)}});
}

std::string CWriter::storage(std::size_t id) const {
  const StepPopulation& population = network_.populations[id];
  if (origin(id) != id || population.spec.kind == NeuronKind::leaky_integrator) return {};
  if (id == network_.input && ring(id) == 1) return "static const uint32_t *net_input_now;\n";
  std::string text = fill_in("static @type@ @name@_spikes[@size@];\n",
                             {{"type", spike_type(id)},
                              {"name", name(id)},
                              {"size", ring(id) * step_size(id)}});
  if (ring(id) > 1) text += "static uint32_t " + name(id) + "_now;\n";
  return text;
}

std::size_t CWriter::state_bytes() const {
  std::size_t bytes = neuron_bytes_ + 4 * (currents_ + sums_ + planes_ + arrived_);
  for (std::size_t id = 0; id < network_.populations.size(); ++id) {
    if (storage(id).empty()) continue;
    const std::size_t each =
        !counted(id) ? 4 : network_.populations[id].most_spikes > 255 ? 2 : 1;
    bytes += id == network_.input && ring(id) == 1 ? 4 : ring(id) * step_size(id) * each;
  }
  return bytes;
}

namespace {

constexpr const char* bit_reader = R"(
/* Reads the ascending indices of set bits. */
typedef struct {
  const uint32_t *words;
  uint32_t size, at, left;
} bit_reader;

static bit_reader read_bits(const uint32_t *words, uint32_t size)
{
  bit_reader from;
  from.words = words;
  from.size = size;
  from.at = 0u;
  from.left = words[0];
  return from;
}

static uint32_t lowest_bit(uint32_t bits)
{
  static const uint8_t place[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                    31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
  return place[(uint32_t)((bits & (0u - bits)) * 0x077cb531u) >> 27];
}

static int next_of_bits(bit_reader *from, uint32_t *index)
{
  while (from->left == 0u) {
    if (++from->at >= from->size)
      return 0;
    from->left = from->words[from->at];
  }
  *index = from->at * 32u + lowest_bit(from->left);
  from->left &= from->left - 1u;
  return 1;
}
)";

constexpr const char* count_reader = R"(
/* Reads ascending indices, each as often as it counts. */
typedef struct {
  const spike_count *counts;
  uint32_t size, at, left;
} count_reader;

static count_reader read_counts(const spike_count *counts, uint32_t size)
{
  count_reader from;
  from.counts = counts;
  from.size = size;
  from.at = 0u;
  from.left = counts[0];
  return from;
}

static int next_of_counts(count_reader *from, uint32_t *index)
{
  while (from->left == 0u) {
    if (++from->at >= from->size)
      return 0;
    from->left = from->counts[from->at];
  }
  --from->left;
  *index = from->at;
  return 1;
}
)";

constexpr const char* earlier = R"(
/* Place in a ring so many steps before place `now`. */
static uint32_t earlier(uint32_t now, uint32_t steps, uint32_t ring)
{
  return now >= steps ? now - steps : now + ring - steps;
}
)";

constexpr const char* add_row = R"(
static void add_row(@number@ *sums, const @number@ *row, uint32_t columns)
{
  uint32_t c;
  for (c = 0u; c < columns; ++c)
    sums[c] += row[c];
}
)";

constexpr const char* add_codes = R"(
static void add_codes(uint32_t *totals, const uint8_t *row, uint32_t columns)
{
  uint32_t c;
  for (c = 0u; c < columns; ++c)
    totals[c] += row[c];
}
)";

constexpr const char* add_bits = R"(
/* Sums of 32 columns lie across `depth` words, one for each binary digit: a row of bits is added to
   all of them at once, the carry rising through the digits. */
static void add_bits(uint32_t *digits, const uint32_t *row, uint32_t words, uint32_t depth)
{
  uint32_t w;
  for (w = 0u; w < words; ++w) {
    uint32_t carry = row[w];
    uint32_t *digit = digits + w * depth;
    while (carry != 0u) {
      const uint32_t both = *digit & carry;
      *digit++ ^= carry;
      carry = both;
    }
  }
}

static uint32_t sum_of_bits(const uint32_t *digits, uint32_t column, uint32_t depth)
{
  uint32_t digit, sum = 0u;
  digits += column / 32u * depth;
  for (digit = 0u; digit < depth; ++digit)
    sum |= (digits[digit] >> (column % 32u) & 1u) << digit;
  return sum;
}
)";

constexpr const char* rounded = R"(
/* x / 2^bits to the nearest integer, halves away from 0. */
static int64_t rounded(int64_t x, int bits)
{
  const int64_t half = bits > 0 ? (int64_t)1 << (bits - 1) : 0;
  return x >= 0 ? (x + half) >> bits : -((half - x) >> bits);
}
)";

constexpr const char* decayed = R"(
static int32_t decayed(int32_t decay, int32_t x)
{
  return (int32_t)rounded((int64_t)decay * x, 30);
}

static int32_t saturated(int64_t x)
{
  return x > INT32_MAX ? INT32_MAX : x < -INT32_MAX ? -INT32_MAX : (int32_t)x;
}
)";

constexpr const char* coded_float = R"(
/* Current of spikes through weights scale * code + offset, from the sum of codes. */
static float coded(float scale, uint32_t sum, float offset, uint32_t count)
{
  return scale * (float)(int32_t)sum + offset * (float)(int32_t)count;
}
)";

constexpr const char* coded_fixed = R"(
/* Current of spikes through weights scale * code + offset, from the sum of codes. */
static int32_t coded(int32_t scale, uint32_t sum, int32_t offset, uint32_t count, int shift)
{
  return (int32_t)rounded((int64_t)scale * (int64_t)sum + (int64_t)offset * (int64_t)count, shift);
}
)";

constexpr const char* levels_float = R"(
/* How many thresholds fit into v, at most `levels`. */
static uint32_t spikes_in(float v, float threshold, uint32_t levels)
{
  const float ratio = v / threshold;
  if (!(ratio >= 1.0f))
    return 0u;
  return ratio < (float)levels ? (uint32_t)ratio : levels;
}
)";

constexpr const char* levels_fixed = R"(
/* How many thresholds fit into v, at most `levels`. */
static uint32_t spikes_in(int64_t v, int32_t threshold, uint32_t levels)
{
  uint32_t spikes = 0u;
  while (spikes < levels && v >= threshold) {
    ++spikes;
    v -= threshold;
  }
  return spikes;
}
)";

}  // namespace

std::string CWriter::helpers() const {
  const bool integer = fixed_ != nullptr;
  std::string text;
  const auto scratch = [&](const char* type, const char* name, std::size_t size) {
    if (size > 0)
      text += fill_in("static @type@ @name@[@size@];\n",
                      {{"type", type}, {"name", name}, {"size", size}});
  };
  text += "/* Shared by all populations, of use within a step only. */\n";
  scratch(integer ? "int32_t" : "float", "current", currents_);
  scratch("uint32_t", "totals", sums_);
  scratch("uint32_t", "digits", planes_);
  scratch("uint32_t", "arrived", arrived_);
  const auto add = [&](const char* name, const char* helper) {
    if (used_.contains(name)) text += helper;
  };
  add("bits", bit_reader);
  add("counts", count_reader);
  bool rings = false;
  for (std::size_t id = 0; id < network_.populations.size(); ++id) rings |= ring(id) > 1;
  if (rings) text += earlier;
  if (used_.contains("add_row")) text += fill_in(add_row, {{"number", number()}});
  add("add_codes", add_codes);
  add("add_bits", add_bits);
  if (integer) text += std::string(rounded) + decayed;
  add("coded", integer ? coded_fixed : coded_float);
  add("levels", integer ? levels_fixed : levels_float);
  return text;
}

}  // namespace volley
