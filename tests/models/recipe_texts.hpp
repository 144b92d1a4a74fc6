// A recipe that the tests of recipes change.
#pragma once

#include <string>

namespace volley::test {

/// nmnist, 2x34x34 -> conv 8 -> pool -> flat -> recurrent hidden 20 -> out 10, as TOML.
extern const std::string convolutional;

/// That recipe with the first `from` replaced, which must be in it.
std::string changed(const std::string& from, const std::string& to);

/// The recipe must be refused with a message that holds `part`.
void expect_refused(const std::string& toml, const std::string& part);

}  // namespace volley::test
