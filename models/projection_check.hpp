// The numbers of one projection, and whether it fits the populations at its ends. Private to
// Network::check. Must not know paths and cycles.
#pragma once

#include <string>

#include "models/network.hpp"

namespace volley {

/// Kernel, delays, gain and weights by themselves. @param where in errors @throws Error
void check_numbers(const Projection& projection, const std::string& where);

/// Whether neurons of the kinds at its ends can be joined so. @throws Error
void check_kinds(const Network& network, std::size_t id, const std::string& where);

/// Whether the shape it makes is that of its target, within the limits on weights. @throws Error
void check_shapes(const Network& network, std::size_t id, const std::string& where);

}  // namespace volley
