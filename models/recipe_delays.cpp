// Reading and writing the keys of delays.
#include "models/recipe_delays.hpp"

#include <fmt/format.h>

#include "models/recipe_network.hpp"

namespace volley {

void read_delays(StrictTable& table, Projection& projection, int delay_default) {
  projection.delay_steps =
      static_cast<int>(table.integer("delay_steps", delay_default, 0, most_delay_steps));
  if (projection.kind != ProjectionKind::dense) return;
  Delays& delays = projection.delays;
  std::vector<std::pair<std::string, DelayKind>> kinds;
  for (const DelayFacts& each : delay_facts) kinds.emplace_back(each.name, each.kind);
  delays.kind = table.choice("delays", delays.kind, kinds);
  if (delays.kind == DelayKind::fixed) {
    for (const char* key : {"max_delay_steps", "learn_delays", "delay_sigma", "delay_rate"})
      if (table.has(key))
        table.fail(key, "has no meaning for fixed delays",
                   "write delays = \"synapse\", \"source\" or \"projection\", or remove it");
    return;
  }
  if (!table.has("max_delay_steps"))
    table.fail("delays", "max_delay_steps is missing", "write max_delay_steps = 10, for example");
  delays.longest = static_cast<int>(
      table.integer("max_delay_steps", 1, projection.delay_steps, most_delay_steps));
  delays.learn = table.boolean("learn_delays", delays.learn);
  delays.sigma = table.number("delay_sigma", delays.sigma, {0.0, 1e6});
  delays.rate = table.number("delay_rate", delays.rate, {0.0, 1e6});
}

std::string format_delays(const Projection& projection, std::string_view separator) {
  std::string text = fmt::format("delay_steps = {}", projection.delay_steps);
  if (projection.kind != ProjectionKind::dense) return text;
  const Delays& delays = projection.delays;
  text += fmt::format("{}delays = \"{}\"", separator, to_string(delays.kind));
  if (delays.kind == DelayKind::fixed) return text;
  return text + fmt::format(
                    "{0}max_delay_steps = {1}{0}learn_delays = {2}{0}delay_sigma = {3}{0}"
                    "delay_rate = {4}",
                    separator, delays.longest, delays.learn, format_number(delays.sigma),
                    format_number(delays.rate));
}

}  // namespace volley
