// The ranks of this run of the command: several where mpirun started them. Owns how they end when
// something goes wrong; must not know what a command does.
#pragma once

#include <functional>
#include <string>

#include "sim/ranks.hpp"

namespace volley {

/// Those of this run; one outside run_job.
const Ranks& job_ranks();

/// Runs the command on every rank. Of several ranks only the first prints.
/// @param command  @return the exit code of its outcome
/// @param complain prints what went wrong, and how to mend it
/// @return command's exit code, 2 after an Error or where memory is short, else 1; a rank that fails
/// where others do not ends all of them
int run_job(const std::function<int()>& command,
            const std::function<void(const std::string& text, const std::string& mend)>& complain);

}  // namespace volley
