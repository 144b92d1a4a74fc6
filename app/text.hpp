// Numbers in the words of the command: thousands, percents, times, bytes. Must not know where they
// are printed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace volley {

std::string count_text(std::uint64_t value);   ///< "12,345"
std::string percent_text(double share);        ///< 0.9312 gives "93.12 %"
std::string seconds_text(double seconds);      ///< "0.4 s", "38 s", "1 min 23 s", "2 h 05 min"
std::string bytes_text(std::uint64_t bytes);   ///< "512 B", "1.2 KiB", "3.4 MiB"
std::string rate_text(double per_second);      ///< "8.31", "123", "12,345"
std::string plural(std::uint64_t count, const std::string& noun);  ///< "1 step", "2 steps"

/// Columns padded to their widest cell, two spaces between. The first row is the heading; columns
/// of numbers but the first are set right.
std::string table_text(const std::vector<std::vector<std::string>>& rows,
                       const std::string& indent = "  ");

/// A word for the shell: quoted where it has other than letters, digits and ._-/=,:@+.
std::string shell_word(const std::string& word);

}  // namespace volley
