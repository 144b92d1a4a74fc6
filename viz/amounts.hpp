// Large numbers in few characters, for words beside curves and arrows. Must not know what is counted.
#pragma once

#include <string>

namespace volley {

/// Three digits and a prefix: "983", "5.07k", "662k", "1.2M", "3.1G"; below 1000 as many digits as
/// there are, at most three.
std::string short_amount(double value);

}  // namespace volley
