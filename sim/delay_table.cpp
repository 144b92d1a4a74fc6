#include "sim/delay_table.hpp"

namespace volley {

DelayTable make_delay_table(const PlanProjection& projection, const std::vector<float>& weights,
                            const std::vector<std::uint16_t>& delays) {
  DelayTable table;
  if (!projection.delayed()) return table;
  table.taps = projection.taps;
  const std::size_t columns = projection.columns;
  const auto tap = [&](std::size_t at) {
    return delays[at] - static_cast<std::size_t>(projection.spec.delay_steps);
  };
  table.offsets.assign(projection.rows * table.taps + 1, 0);
  for (std::size_t at = 0; at < weights.size(); ++at)
    ++table.offsets[at / columns * table.taps + tap(at) + 1];
  for (std::size_t k = 1; k < table.offsets.size(); ++k) table.offsets[k] += table.offsets[k - 1];
  table.synapses.resize(weights.size());
  std::vector<std::uint32_t> next(table.offsets.begin(), table.offsets.end() - 1);
  for (std::size_t at = 0; at < weights.size(); ++at)
    table.synapses[next[at / columns * table.taps + tap(at)]++] = {
        static_cast<std::uint32_t>(at % columns), weights[at]};
  return table;
}

}  // namespace volley
