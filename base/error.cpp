#include "base/error.hpp"

namespace volley {

namespace {
std::string message(const std::string& what, const std::string& where, const std::string& how) {
  std::string text = where.empty() ? what : where + ": " + what;
  if (!how.empty()) text += "\n  mend: " + how;
  return text;
}
}  // namespace

Error::Error(std::string what, std::string where, std::string how)
    : std::runtime_error(message(what, where, how)),
      problem_(std::move(what)),
      where_(std::move(where)),
      how_(std::move(how)) {}

}  // namespace volley
