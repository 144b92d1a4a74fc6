// Targets of models/: what is read is whole, and what volley writes of it is read back the same.
#include "base/error.hpp"
#include "fuzz_target.hpp"
#include "models/checkpoint.hpp"
#include "models/checkpoint_seal.hpp"
#include "models/circuit_file.hpp"
#include "models/netx.hpp"
#include "models/nir.hpp"
#include "models/recipe.hpp"
#include "models/study.hpp"
#include "models/synapse_file.hpp"

namespace volley::fuzz {

namespace {

/// First as it is, then with a seal that fits, so that damage gets past it to the reader.
void read_checkpoint(const std::string& bytes) {
  const NamedBytes file(bytes);
  try {
    check_seal(file.path(), checkpoint_format);
  } catch (const Error&) {
  }
  seal(file.path(), checkpoint_format);
  const Checkpoint checkpoint = load_checkpoint(file.path());
  for (const auto& [name, tensor] : checkpoint.parameters) {
    std::size_t values = 1;
    for (const std::size_t size : tensor.shape) values *= size;
    require(values == tensor.values.size(), "as many values as the shape says");
  }
}

void read_graph(const std::string& bytes) {
  const NamedBytes file(bytes);
  std::vector<std::string> assumptions;
  const FrozenNetwork frozen = read_nir(file.path(), assumptions);
  require(frozen.bias.size() == frozen.network.populations() &&
              frozen.weights.size() == frozen.network.projections(),
          "weights for every projection, a bias for every population");
}

/// As `volley run` does with an HDF5 file that is not of NIR.
void read_lava(const std::string& bytes) {
  const NamedBytes file(bytes);
  if (!is_netx(file.path())) return;
  std::vector<std::string> assumptions;
  const FrozenNetwork frozen = read_netx(file.path(), assumptions);
  require(!assumptions.empty() && frozen.network.populations() > 1 &&
              frozen.weights.size() == frozen.network.projections(),
          "weights for every projection, and what was assumed");
}

void read_recipe_text(const std::string& bytes) {
  const Recipe recipe = parse_recipe(bytes, "fuzz.toml");
  const std::string text = format_recipe(recipe);
  require(parse_recipe(text, "fuzz.toml") == recipe, "a recipe written is read back the same");
}

void read_circuit_text(const std::string& bytes) {
  parse_circuit(bytes, "/nowhere/fuzz.toml");
}

void read_study_text(const std::string& bytes) {
  const Study study = parse_study(bytes, "fuzz.toml");
  const std::vector<StudyCell> cells = study_cells(study);
  require(!cells.empty() && cells.size() <= most_study_cells, "some cells, but not too many");
  for (std::size_t cell = 0; cell < cells.size() && cell < 20; ++cell) {
    const auto baseline = baseline_of(study, cells, cell);
    require(!baseline || *baseline < cells.size(), "a baseline is a cell");
    require(recipe_of(study, cells[cell]) < study.recipes.size(), "a cell has a recipe");
    cell_text(study, cells[cell]);
  }
}

void read_synapse_text(const std::string& bytes) {
  constexpr std::uint32_t sources = 100, targets = 200;
  const NamedBytes file(bytes);
  for (const ListedSynapse& synapse : read_synapses(file.path(), sources, targets).synapses)
    require(synapse.source < sources && synapse.target < targets && synapse.delay_ms >= 0,
            "synapses between neurons that there are");
}

}  // namespace

std::vector<Target> model_targets() {
  return {{"checkpoint", read_checkpoint}, {"nir", read_graph},
          {"recipe", read_recipe_text},    {"circuit", read_circuit_text},
          {"study", read_study_text},      {"synapses", read_synapse_text},
          {"netx", read_lava}};
}

}  // namespace volley::fuzz
