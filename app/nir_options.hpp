// Options for what NIR files leave open. Owns their words; must not know what is made of them.
#pragma once

#include <CLI/CLI.hpp>

#include "models/nir.hpp"

namespace volley {

void add_nir_options(CLI::App& command, NirReadOptions& options);

}  // namespace volley
