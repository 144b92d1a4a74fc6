// A change to a recipe before it is read: a dotted path and a value. Owns how a command line says
// one; must not know which keys there are (reading the changed recipe judges them).
#pragma once

#include <string>

namespace volley {

/// Sets one key of a recipe's TOML tree; tables on the way are made where they are missing.
///
/// Path: names joined by points, in double quotes where a name has a point of its own:
///   training.learning_rate              dataset.steps
///   network.population.hidden.quantizer.estimator
///   network.population.*.quantizer.lambda
///   network.projection.hidden->out.delay_steps
/// An entry of a list of tables is given by its name, by its number from 1, as "from->to" (of
/// [[network.projection]]), or as `*`: every population that fires, which are all but relays and
/// leaky integrators; of [[network.projection]], every one.
struct RecipeOverride {
  std::string path;
  std::string value;  ///< as TOML: 0.01, "atan", [2, 34, 34], { delay_steps = 1 }
  std::string place;  ///< who asks for it, in messages: "study.toml:12:3"

  friend bool operator==(const RecipeOverride&, const RecipeOverride&) = default;
};

/// "path=value" from a command line; a value of letters, digits, '_' and '-' that begins with a
/// letter is a text (but for true, false, inf and nan), so that estimator=atan needs no quotes.
/// @throws Error where there is no path or no '='
RecipeOverride parse_override(const std::string& text);

}  // namespace volley
