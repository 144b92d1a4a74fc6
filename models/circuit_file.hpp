// Circuits as TOML files: strict reading, every unknown key an error that says where and how to
// mend it. Must not know how circuits run. Every key is described in models/networks/README.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "models/circuit.hpp"

namespace volley {

/// Parses and checks. @param origin for messages; its stem becomes the circuit's name, and files
/// that the text names are looked for in its folder
/// @throws Error with line and column for what is no TOML, an unknown key or a value out of range
Circuit parse_circuit(std::string_view text, const std::string& origin);

/// The same from a file. @throws Error also where it cannot be read
Circuit load_circuit(const std::filesystem::path& file);

}  // namespace volley
