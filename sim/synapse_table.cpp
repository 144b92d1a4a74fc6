// Drawing the projections of one source population at a time and cutting them into tables.
#include "sim/synapse_table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/error.hpp"
#include "base/parallel.hpp"

namespace volley {

std::uint64_t free_memory() {
  std::ifstream facts("/proc/meminfo");
  for (std::string line; std::getline(facts, line);)
    if (line.rfind("MemAvailable:", 0) == 0) return 1024 * std::stoull(line.substr(13));
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

namespace {

/// Which synapses of a drawn projection a table takes.
enum class Sign { any, positive, negative };

struct Part {
  const Connectivity* synapses;
  std::size_t target;  ///< population
  Sign sign;
  float weight;        ///< of all where the projection's is constant
  std::uint16_t delay;
};

bool takes(const Part& part, std::uint64_t k) {
  if (part.sign == Sign::any) return true;
  return (part.synapses->weights[k] > 0) == (part.sign == Sign::positive);
}

/// A table and the parts that it is made of.
struct Recipe {
  SynapseTable table;
  std::vector<Part> parts;
};

/// Calls take(k, slot within the block) for the synapses of a part's row that end in a block.
template <class Take>
void for_row(const Part& part, const CircuitLayout& layout, const CircuitLayout::Block& block,
             std::size_t source, const Take& take) {
  const std::size_t start = layout.first_slot[part.target];
  const std::size_t end = block.first_slot + block.slots;
  if (end <= start) return;
  const auto first = part.synapses->targets.begin() +
                     static_cast<std::ptrdiff_t>(part.synapses->offsets[source]);
  const auto last = part.synapses->targets.begin() +
                    static_cast<std::ptrdiff_t>(part.synapses->offsets[source + 1]);
  const std::size_t least = block.first_slot > start ? block.first_slot - start : 0;
  for (auto at = std::lower_bound(first, last, least); at != last && *at + start < end; ++at) {
    const auto k = static_cast<std::uint64_t>(at - part.synapses->targets.begin());
    if (takes(part, k)) take(k, static_cast<std::uint16_t>(*at + start - block.first_slot));
  }
}

void fill(Recipe& recipe, const CircuitLayout& layout, std::size_t sources, std::size_t index) {
  const CircuitLayout::Block& block = layout.blocks[index];
  SynapseTable::Rows& rows = recipe.table.rows[index];
  rows.offsets.assign(sources + 1, 0);
  for (std::size_t s = 0; s < sources; ++s) {
    std::uint64_t count = 0;
    for (const Part& part : recipe.parts)
      for_row(part, layout, block, s, [&](std::uint64_t, std::uint16_t) { ++count; });
    rows.offsets[s + 1] = rows.offsets[s] + count;
  }
  rows.targets.resize(rows.offsets.back());
  if (recipe.table.own_weights) rows.weights.resize(rows.offsets.back());
  if (recipe.table.own_delays) rows.delays.resize(rows.offsets.back());
  std::uint64_t at = 0;
  for (std::size_t s = 0; s < sources; ++s)
    for (const Part& part : recipe.parts)
      for_row(part, layout, block, s, [&](std::uint64_t k, std::uint16_t slot) {
        rows.targets[at] = slot;
        const Connectivity& drawn = *part.synapses;
        if (recipe.table.own_weights)
          rows.weights[at] = drawn.weights.empty() ? part.weight : drawn.weights[k];
        if (recipe.table.own_delays)
          rows.delays[at] = drawn.delays.empty() ? part.delay : drawn.delays[k];
        ++at;
      });
}

/// Puts a part into the table that has its properties, or into a new one.
void sort_in(std::vector<Recipe>& recipes, SynapseTable table, const Part& part) {
  for (Recipe& each : recipes) {
    const SynapseTable& other = each.table;
    if (other.receptor != table.receptor || other.own_weights != table.own_weights ||
        other.own_delays != table.own_delays)
      continue;
    if (!table.own_weights && other.weight != table.weight) continue;
    if (!table.own_delays && other.delay != table.delay) continue;
    each.table.delay = std::min(each.table.delay, table.delay);
    each.table.longest = std::max(each.table.longest, table.longest);
    each.parts.push_back(part);
    return;
  }
  recipes.push_back({std::move(table), {part}});
}

void add_projection(std::vector<Recipe>& recipes, const Circuit& circuit,
                    const CircuitLayout& layout, std::size_t id, const Connectivity& drawn) {
  const CellProjection& projection = circuit.projection(id);
  SynapseTable table;
  table.source = circuit.source(id);
  table.source_slot = layout.first_slot[table.source];
  table.source_slots = layout.end_slot(table.source) - table.source_slot;
  table.receptor = projection.receptor;
  table.weight = static_cast<float>(projection.weight.a);
  table.delay = table.longest = delay_in_steps(projection.delay_ms.a, circuit.options.dt_ms);
  table.own_delays = !drawn.delays.empty();
  if (table.own_delays) {
    const auto [low, high] = std::minmax_element(drawn.delays.begin(), drawn.delays.end());
    table.delay = *low;
    table.longest = *high;
  }
  const bool one_bit = projection.weight.kind == DistributionKind::one_bit &&
                       projection.weight.a != 0 && !drawn.weights.empty();
  table.own_weights = !drawn.weights.empty() && !one_bit;
  Part part{&drawn, circuit.target(id), Sign::any, table.weight, table.delay};
  if (!one_bit) return sort_in(recipes, table, part);
  for (const Sign sign : {Sign::positive, Sign::negative}) {
    table.weight = static_cast<float>(std::abs(projection.weight.a));
    if (sign == Sign::negative) table.weight = -table.weight;
    part.sign = sign;
    sort_in(recipes, table, part);
  }
}

void check_memory(const Circuit& circuit, const CircuitLayout& layout, std::uint64_t limit) {
  double bytes = 64.0 * static_cast<double>(layout.slots), synapses = 0, most_drawn = 0;
  for (std::size_t source = 0; source < circuit.populations(); ++source) {
    double drawn = 0;  // before it is cut into tables; let go after each source population
    for (std::size_t id = 0; id < circuit.projections(); ++id) {
      if (circuit.source(id) != source) continue;
      const CellProjection& each = circuit.projection(id);
      const double count = circuit.expected_synapses(id);
      const double own = (each.weight.kind != DistributionKind::constant ? 4.0 : 0.0) +
                         (each.delay_ms.kind != DistributionKind::constant ? 2.0 : 0.0);
      synapses += count;
      bytes += count * (2 + own) + 8.0 * circuit.population(source).neurons *
                                       static_cast<double>(layout.blocks.size());
      drawn += count * (4 + own);
      const double delay = std::max(each.delay_ms.a, each.delay_ms.b) / circuit.options.dt_ms;
      if (each.delay_ms.kind != DistributionKind::constant)
        bytes += 4 * delay * static_cast<double>(layout.slots);
    }
    most_drawn = std::max(most_drawn, drawn);
  }
  bytes += most_drawn;
  const double have = static_cast<double>(limit == 0 ? free_memory() : limit);
  constexpr double gib = 1024.0 * 1024 * 1024;
  if (bytes > have)
    throw Error(fmt::format("about {:.0f} synapses need {:.1f} GiB of memory, {:.1f} are free",
                            synapses, bytes / gib, have / gib),
                circuit.name, "lower the probability or in_degree of the largest projection");
}

}  // namespace

std::vector<SynapseTable> synapse_tables(const Circuit& circuit, const CircuitLayout& layout,
                                         std::uint64_t seed, std::uint64_t memory_limit) {
  check_memory(circuit, layout, memory_limit);
  std::vector<SynapseTable> tables;
  for (std::size_t source = 0; source < circuit.populations(); ++source) {
    std::vector<Connectivity> drawn(circuit.projections());
    std::vector<Recipe> recipes;
    for (std::size_t id = 0; id < circuit.projections(); ++id) {
      if (circuit.source(id) != source) continue;
      drawn[id] = connect(circuit, id, seed);
      if (drawn[id].synapses() > 0) add_projection(recipes, circuit, layout, id, drawn[id]);
    }
    for (Recipe& recipe : recipes) {
      recipe.table.rows.resize(layout.blocks.size());
      parallel_for(layout.blocks.size(), [&](std::size_t block) {
        fill(recipe, layout, circuit.population(source).neurons, block);
      });
      tables.push_back(std::move(recipe.table));
    }
  }
  return tables;
}

}  // namespace volley
