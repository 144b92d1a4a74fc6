// The fault of a number out of its range. Private to the checks of a network.
#pragma once

#include <string>

#include "base/error.hpp"

namespace volley {

/// @throws Error saying `what` about `where` unless `good`
inline void check_number(bool good, const char* what, const std::string& where) {
  if (!good) throw Error(what, where);
}

}  // namespace volley
