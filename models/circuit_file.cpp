// The keys of a circuit file and how they become populations and projections.
#include "models/circuit_file.hpp"

#include <fmt/format.h>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/circuit_distribution.hpp"
#include "models/recipe_table.hpp"
#include "models/recipe_tree.hpp"

namespace volley {

namespace {

const auto cell_words = words({CellKind::lif, CellKind::integrate_and_fire, CellKind::poisson,
                               CellKind::recorded});
const auto rule_words =
    words({ConnectionRule::all_to_all, ConnectionRule::one_to_one,
           ConnectionRule::fixed_probability, ConnectionRule::fixed_in_degree,
           ConnectionRule::distance, ConnectionRule::file});
const auto receptor_words =
    words({Receptor::excitatory, Receptor::inhibitory, Receptor::delta});

const std::vector<std::string> population_keys = {
    "tau_ms",       "tau_excitatory_ms", "tau_inhibitory_ms", "rest",          "threshold",
    "reset",        "reset_value",       "drive",             "refractory_ms", "initial",
    "poisson_input", "record_membrane",  "rate_hz",           "file"};
const std::vector<std::string> projection_keys = {
    "probability", "sigma", "periodic", "in_degree", "autapses", "multapses", "file"};

PoissonInput read_poisson_input(StrictTable& parent, CellKind kind) {
  PoissonInput input;
  input.receptor = kind == CellKind::lif ? Receptor::excitatory : Receptor::delta;
  if (!parent.has("poisson_input")) return input;
  StrictTable table = parent.table("poisson_input");
  require(table, "rate_hz", "rate_hz = 1000");
  require(table, "weight", "weight = 0.1");
  input.rate_hz = table.number("rate_hz", 0, not_negative);
  input.weight = table.number("weight", 0, any_number);
  input.receptor = table.choice("receptor", input.receptor, receptor_words);
  table.finish();
  return input;
}

void read_size(StrictTable& table, CellPopulation& population) {
  const auto grid = table.integers("grid", 2, 2, 1, most_cells);
  if (grid.size() == 1) table.fail("grid", "is one number", "write grid = [rows, columns]");
  if (!grid.empty()) {
    if (grid[0] * grid[1] > std::int64_t{most_cells})
      table.fail("grid", "has too many neurons", fmt::format("use at most {}", most_cells));
    population.rows = static_cast<std::uint32_t>(grid[0]);
    population.columns = static_cast<std::uint32_t>(grid[1]);
  } else {
    require(table, "neurons", "neurons = 1000");
  }
  population.neurons = static_cast<std::uint32_t>(table.integer(
      "neurons", std::int64_t{population.rows} * population.columns, 1, most_cells));
}

void read_neuron(StrictTable& table, CellPopulation& population) {
  const bool leaky = population.kind == CellKind::lif;
  if (leaky) {
    population.tau_ms = table.number("tau_ms", population.tau_ms, positive);
    population.tau_excitatory_ms =
        table.number("tau_excitatory_ms", population.tau_excitatory_ms, positive);
    population.tau_inhibitory_ms =
        table.number("tau_inhibitory_ms", population.tau_inhibitory_ms, positive);
    population.rest = table.number("rest", population.rest, any_number);
  }
  population.threshold = table.number("threshold", population.threshold, any_number);
  population.reset = table.choice(
      "reset", leaky ? CellReset::value : CellReset::subtract,
      {{"value", CellReset::value}, {"subtract", CellReset::subtract}});
  population.reset_value = table.number("reset_value", population.reset_value, any_number);
  population.drive = table.number("drive", population.drive, any_number);
  population.refractory_ms =
      table.number("refractory_ms", population.refractory_ms, not_negative);
  population.initial = read_distribution(
      table, "initial",
      {DistributionKind::constant, leaky ? population.rest : population.reset_value, 0});
  population.poisson_input = read_poisson_input(table, population.kind);
  for (const std::int64_t neuron :
       table.integers("record_membrane", 1, 1000, 0, std::int64_t{population.neurons} - 1))
    population.record_membrane.push_back(static_cast<std::uint32_t>(neuron));
}

void read_population(StrictTable& table, Circuit& circuit) {
  CellPopulation population;
  require(table, "name", "name = \"excitatory\"");
  population.name = table.text("name", {});
  population.kind = table.choice("model", population.kind, cell_words);
  read_size(table, population);
  population.record_spikes = table.boolean("record_spikes", population.record_spikes);
  if (population.kind == CellKind::poisson) {
    require(table, "rate_hz", "rate_hz = 10");
    population.rate_hz = table.number("rate_hz", 0, not_negative);
  } else if (population.kind == CellKind::recorded) {
    require(table, "file", "file = \"spikes.csv\"");
    population.file = table.text("file", {});
  } else {
    read_neuron(table, population);
  }
  table.finish(population_keys, std::string("model \"") + to_string(population.kind) + "\"");
  try {
    circuit.add_population(std::move(population));
  } catch (const Error& error) {
    table.fail("name", error.problem(), error.how());
  }
}

CellProjection read_rule(StrictTable& table, CellKind target) {
  CellProjection made;
  require(table, "rule", "rule = \"fixed_probability\"");
  made.rule = table.choice("rule", made.rule, rule_words);
  switch (made.rule) {
    case ConnectionRule::all_to_all:
    case ConnectionRule::one_to_one: break;
    case ConnectionRule::fixed_in_degree:
      require(table, "in_degree", "in_degree = 100");
      made.in_degree = static_cast<std::uint32_t>(table.integer("in_degree", 0, 0, most_cells));
      made.multapses = table.boolean("multapses", made.multapses);
      break;
    case ConnectionRule::distance:
      require(table, "sigma", "sigma = 0.1");
      made.sigma = table.number("sigma", made.sigma, positive);
      made.periodic = table.boolean("periodic", made.periodic);
      made.probability = table.number("probability", made.probability, probability_range);
      break;
    case ConnectionRule::fixed_probability:
      require(table, "probability", "probability = 0.02");
      made.probability = table.number("probability", made.probability, probability_range);
      break;
    case ConnectionRule::file:
      require(table, "file", "file = \"synapses.csv\"");
      made.file = table.text("file", {});
      break;
  }
  if (made.rule != ConnectionRule::one_to_one && made.rule != ConnectionRule::file)
    made.autapses = table.boolean("autapses", made.autapses);
  made.receptor = table.choice(
      "receptor", target == CellKind::lif ? Receptor::excitatory : Receptor::delta,
      receptor_words);
  made.weight = read_distribution(table, "weight", made.weight);
  made.delay_ms = read_distribution(table, "delay_ms", made.delay_ms);
  table.finish(projection_keys, std::string("rule \"") + to_string(made.rule) + "\"");
  return made;
}

/// The populations that a text or a list of texts names.
std::vector<std::size_t> read_names(StrictTable& table, const char* key, const Circuit& circuit) {
  require(table, key, std::string(key) + " = \"excitatory\"");
  std::vector<std::size_t> ids;
  for (const std::string& name : table.texts(key)) {
    try {
      ids.push_back(circuit.find(name));
    } catch (const Error& error) {
      table.fail(key, error.problem(), error.how());
    }
  }
  return ids;
}

void read_projection(StrictTable& table, Circuit& circuit) {
  const auto sources = read_names(table, "from", circuit);
  const auto targets = read_names(table, "to", circuit);
  const CellProjection made = read_rule(table, circuit.population(targets.front()).kind);
  for (const std::size_t source : sources)
    for (const std::size_t target : targets) circuit.add_projection(source, target, made);
}

}  // namespace

Circuit parse_circuit(std::string_view text, const std::string& origin) {
  const toml::table tree =
      parse_toml(text, origin, "see models/networks/README.md for what a network file holds");
  StrictTable root(tree, {}, origin);
  Circuit circuit;
  circuit.name = std::filesystem::path(origin).stem().string();
  StrictTable simulation = root.table("simulation");
  CircuitOptions& options = circuit.options;
  options.dt_ms = simulation.number("dt_ms", options.dt_ms, {0, 1000, true});
  options.duration_ms = simulation.number("duration_ms", options.duration_ms, positive);
  options.seed = static_cast<std::uint64_t>(
      simulation.integer("seed", 1, 0, std::numeric_limits<std::int64_t>::max()));
  simulation.finish();
  for (StrictTable& table : root.tables("population")) read_population(table, circuit);
  for (StrictTable& table : root.tables("projection")) read_projection(table, circuit);
  root.finish();
  const std::filesystem::path folder = std::filesystem::path(origin).parent_path();
  const auto resolve = [&](std::string& file) {
    if (!file.empty()) file = (folder / file).string();
  };
  for (std::size_t id = 0; id < circuit.populations(); ++id) resolve(circuit.population(id).file);
  for (std::size_t id = 0; id < circuit.projections(); ++id) resolve(circuit.projection(id).file);
  try {
    circuit.check();
  } catch (const Error& error) {
    throw Error(error.problem(), origin + ": " + error.where(), error.how());
  }
  return circuit;
}

Circuit load_circuit(const std::filesystem::path& file) {
  return parse_circuit(read_file(file), file.string());
}

}  // namespace volley
