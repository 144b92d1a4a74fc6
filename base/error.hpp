// The one exception a user can mend. Owns the wording of a message: what is wrong, where, how to
// mend it. Must not know any room of the house.
#pragma once

#include <stdexcept>
#include <string>

namespace volley {

/// Something the user can mend: a file, an option, a shape. The program prints it and exits with 2.
/// Mistakes of our own are assertions, never this.
class Error : public std::runtime_error {
public:
  /// @param what  what is wrong, one sentence without a full stop
  /// @param where file (and byte offset), node or option name; may be empty
  /// @param how   how to mend it; may be empty
  explicit Error(std::string what, std::string where = {}, std::string how = {});

  const std::string& problem() const { return problem_; }
  const std::string& where() const { return where_; }
  const std::string& how() const { return how_; }

private:
  std::string problem_, where_, how_;
};

}  // namespace volley
