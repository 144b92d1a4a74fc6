// Rows are drawn in chunks, each into buffers of its own, and joined in order afterwards.
#include "sim/connectivity.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/parallel.hpp"
#include "models/synapse_file.hpp"

namespace volley {

double draw(const Distribution& each, RandomEngine& engine) {
  switch (each.kind) {
    case DistributionKind::constant: return each.a;
    case DistributionKind::normal:
      return boost::random::normal_distribution<double>(each.a, each.b)(engine);
    case DistributionKind::uniform:
      return each.a + (each.b - each.a) * boost::random::uniform_01<double>()(engine);
    case DistributionKind::lognormal:
      return std::exp(boost::random::normal_distribution<double>(each.a, each.b)(engine));
    case DistributionKind::exponential:
      return each.a * boost::random::exponential_distribution<double>(1.0)(engine);
    case DistributionKind::one_bit:
      return boost::random::uniform_01<double>()(engine) < each.b ? each.a : -each.a;
  }
  return 0;
}

std::uint16_t delay_in_steps(double delay_ms, double dt_ms) {
  return static_cast<std::uint16_t>(std::clamp(std::round(delay_ms / dt_ms), 0.0,
                                               static_cast<double>(most_circuit_delay_steps)));
}

namespace {

constexpr std::size_t chunk_rows = 64;

/// The partners of one row in ascending order.
class RowRule {
public:
  RowRule(const Circuit& circuit, std::size_t id)
      : rule_(circuit.projection(id)),
        from_(circuit.population(circuit.source(id))),
        to_(circuit.population(circuit.target(id))),
        no_autapses_(circuit.source(id) == circuit.target(id) && !rule_.autapses) {}

  void draw_row(std::uint32_t row, RandomEngine& engine,
                std::vector<std::uint32_t>& partners) const {
    partners.clear();
    switch (rule_.rule) {
      case ConnectionRule::all_to_all:
        for (std::uint32_t i = 0; i < to_.neurons; ++i) add(row, i, partners);
        break;
      case ConnectionRule::one_to_one: partners.push_back(row); break;
      case ConnectionRule::fixed_probability:
        draw_pairs(engine, [&](std::uint32_t i) { add(row, i, partners); });
        break;
      case ConnectionRule::distance: {
        boost::random::uniform_01<double> share;
        const double scale = -0.5 / (rule_.sigma * rule_.sigma);
        draw_pairs(engine, [&](std::uint32_t i) {
          if (share(engine) < std::exp(scale * squared_distance(row, i))) add(row, i, partners);
        });
        break;
      }
      case ConnectionRule::fixed_in_degree: draw_sources(row, engine, partners); break;
      case ConnectionRule::file: break;
    }
  }

private:
  void add(std::uint32_t row, std::uint32_t partner, std::vector<std::uint32_t>& partners) const {
    if (!no_autapses_ || partner != row) partners.push_back(partner);
  }

  /// Targets with `probability` each.
  template <class Take>
  void draw_pairs(RandomEngine& engine, const Take& take) const {
    const double p = rule_.probability;
    if (p >= 1) {
      for (std::uint32_t i = 0; i < to_.neurons; ++i) take(i);
      return;
    }
    if (!(p > 0)) return;
    boost::random::uniform_01<double> share;
    const double scale = 1 / std::log1p(-p);
    double at = -1;
    while (true) {
      at += 1 + std::floor(std::log1p(-share(engine)) * scale);
      if (!(at < to_.neurons)) return;
      take(static_cast<std::uint32_t>(at));
    }
  }

  /// in_degree sources of target `row`; without multapses by Floyd's algorithm (Bentley and Floyd,
  /// CACM 30, 1987), as bits.
  void draw_sources(std::uint32_t row, RandomEngine& engine,
                    std::vector<std::uint32_t>& sources) const {
    const std::uint32_t others = from_.neurons - (no_autapses_ ? 1 : 0);
    const auto below = [&](std::uint32_t n) {
      return boost::random::uniform_int_distribution<std::uint32_t>(0, n - 1)(engine);
    };
    if (rule_.multapses) {
      for (std::uint32_t k = 0; k < rule_.in_degree; ++k) sources.push_back(below(others));
      std::sort(sources.begin(), sources.end());
    } else {
      std::vector<std::uint64_t> drawn(others / 64 + 1, 0);
      const auto bit = [](std::uint32_t i) { return std::uint64_t{1} << (i % 64); };
      for (std::uint32_t last = others - rule_.in_degree; last < others; ++last) {
        const std::uint32_t i = below(last + 1);
        const std::uint32_t taken = (drawn[i / 64] & bit(i)) != 0 ? last : i;
        drawn[taken / 64] |= bit(taken);
      }
      for (std::uint32_t word = 0; word < drawn.size(); ++word)
        for (std::uint64_t bits = drawn[word]; bits != 0; bits &= bits - 1)
          sources.push_back(word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
    if (no_autapses_)
      for (std::uint32_t& source : sources) source += source >= row ? 1 : 0;
  }

  double squared_distance(std::uint32_t source, std::uint32_t target) const {
    const auto place = [](const CellPopulation& population, std::uint32_t i) {
      return std::pair{((i % population.columns) + 0.5) / population.columns,
                       ((i / population.columns) + 0.5) / population.rows};
    };
    const auto [x0, y0] = place(from_, source);
    const auto [x1, y1] = place(to_, target);
    double dx = std::abs(x0 - x1), dy = std::abs(y0 - y1);
    if (rule_.periodic) dx = std::min(dx, 1 - dx), dy = std::min(dy, 1 - dy);
    return dx * dx + dy * dy;
  }

  const CellProjection& rule_;
  const CellPopulation& from_;
  const CellPopulation& to_;
  bool no_autapses_;
};

struct Chunk {
  std::vector<std::uint32_t> lengths, partners;
  std::vector<float> weights;
  std::vector<std::uint16_t> delays;
};

Chunk draw_chunk(const Circuit& circuit, std::size_t id, std::uint64_t seed, std::uint32_t first,
                 std::uint32_t last) {
  const CellProjection& projection = circuit.projection(id);
  const RowRule rule(circuit, id);
  Chunk chunk;
  std::vector<std::uint32_t> partners;
  for (std::uint32_t row = first; row < last; ++row) {
    RandomEngine engine = random_stream(seed, StreamPurpose::synapses, {id, row});
    rule.draw_row(row, engine, partners);
    chunk.lengths.push_back(static_cast<std::uint32_t>(partners.size()));
    chunk.partners.insert(chunk.partners.end(), partners.begin(), partners.end());
    if (projection.weight.kind != DistributionKind::constant)
      for (std::size_t k = 0; k < partners.size(); ++k)
        chunk.weights.push_back(static_cast<float>(draw(projection.weight, engine)));
    if (projection.delay_ms.kind != DistributionKind::constant)
      for (std::size_t k = 0; k < partners.size(); ++k)
        chunk.delays.push_back(
            delay_in_steps(draw(projection.delay_ms, engine), circuit.options.dt_ms));
  }
  return chunk;
}

/// Rows one after the other.
Connectivity join(std::vector<Chunk>& chunks) {
  Connectivity joined;
  std::vector<std::uint64_t> starts{0};
  for (const Chunk& chunk : chunks) {
    for (const std::uint32_t length : chunk.lengths)
      joined.offsets.push_back(joined.offsets.back() + length);
    starts.push_back(joined.offsets.back());
  }
  const bool weights = std::any_of(chunks.begin(), chunks.end(),
                                   [](const Chunk& c) { return !c.weights.empty(); });
  const bool delays = std::any_of(chunks.begin(), chunks.end(),
                                  [](const Chunk& c) { return !c.delays.empty(); });
  joined.targets.resize(starts.back());
  if (weights) joined.weights.resize(starts.back());
  if (delays) joined.delays.resize(starts.back());
  parallel_for(chunks.size(), [&](std::size_t i) {
    const auto at = static_cast<std::ptrdiff_t>(starts[i]);
    std::copy(chunks[i].partners.begin(), chunks[i].partners.end(), joined.targets.begin() + at);
    std::copy(chunks[i].weights.begin(), chunks[i].weights.end(), joined.weights.begin() + at);
    std::copy(chunks[i].delays.begin(), chunks[i].delays.end(), joined.delays.begin() + at);
    chunks[i] = {};
  });
  return joined;
}

/// From rows by target to rows by source; targets stay ascending.
Connectivity transpose(const Connectivity& by_target, std::uint32_t sources) {
  Connectivity made;
  made.offsets.assign(sources + std::size_t{1}, 0);
  for (const std::uint32_t source : by_target.targets) ++made.offsets[source + 1];
  for (std::size_t s = 0; s < sources; ++s) made.offsets[s + 1] += made.offsets[s];
  made.targets.resize(by_target.targets.size());
  made.weights.resize(by_target.weights.size());
  made.delays.resize(by_target.delays.size());
  std::vector<std::uint64_t> next(made.offsets.begin(), made.offsets.end() - 1);
  for (std::size_t target = 0; target + 1 < by_target.offsets.size(); ++target)
    for (std::uint64_t k = by_target.offsets[target]; k < by_target.offsets[target + 1]; ++k) {
      const std::uint64_t place = next[by_target.targets[k]]++;
      made.targets[place] = static_cast<std::uint32_t>(target);
      if (!made.weights.empty()) made.weights[place] = by_target.weights[k];
      if (!made.delays.empty()) made.delays[place] = by_target.delays[k];
    }
  return made;
}

/// Columns that the file has not got follow the projection's distributions.
Connectivity from_file(const Circuit& circuit, std::size_t id, std::uint64_t seed) {
  const CellProjection& projection = circuit.projection(id);
  const std::uint32_t sources = circuit.population(circuit.source(id)).neurons;
  const SynapseList list = read_synapses(projection.file, sources,
                                         circuit.population(circuit.target(id)).neurons);
  Connectivity made;
  made.offsets.assign(sources + std::size_t{1}, 0);
  RandomEngine engine = random_stream(seed, StreamPurpose::synapses, {id});
  for (const ListedSynapse& each : list.synapses) {
    ++made.offsets[each.source + 1];
    made.targets.push_back(each.target);
    if (list.weights || projection.weight.kind != DistributionKind::constant)
      made.weights.push_back(
          static_cast<float>(list.weights ? each.weight : draw(projection.weight, engine)));
    if (list.delays || projection.delay_ms.kind != DistributionKind::constant)
      made.delays.push_back(
          delay_in_steps(list.delays ? each.delay_ms : draw(projection.delay_ms, engine),
                         circuit.options.dt_ms));
  }
  for (std::size_t s = 0; s < sources; ++s) made.offsets[s + 1] += made.offsets[s];
  return made;
}

}  // namespace

Connectivity connect(const Circuit& circuit, std::size_t id, std::uint64_t seed) {
  const CellProjection& projection = circuit.projection(id);
  if (projection.rule == ConnectionRule::file) return from_file(circuit, id, seed);
  const bool by_target = projection.rule == ConnectionRule::fixed_in_degree;
  const std::uint32_t sources = circuit.population(circuit.source(id)).neurons;
  const std::uint32_t rows = by_target ? circuit.population(circuit.target(id)).neurons : sources;
  std::vector<Chunk> chunks((rows + chunk_rows - 1) / chunk_rows);
  parallel_for(chunks.size(), [&](std::size_t i) {
    const auto first = static_cast<std::uint32_t>(i * chunk_rows);
    chunks[i] = draw_chunk(circuit, id, seed, first,
                           std::min(rows, first + static_cast<std::uint32_t>(chunk_rows)));
  });
  Connectivity drawn = join(chunks);
  return by_target ? transpose(drawn, sources) : drawn;
}

}  // namespace volley
