#include "app/job.hpp"

#include <fmt/format.h>

#include <new>

#include "app/console.hpp"
#include "base/error.hpp"
#include "sim/launched_ranks.hpp"

namespace volley {

namespace {

constexpr int failed = 1, mendable = 2;

const Ranks* ranks_of_job = nullptr;

struct Failure {
  int exit_code = 0;  ///< 0: none
  std::string text, mend;
};

Failure attempt(const std::function<int()>& command, int& exit_code) {
  try {
    exit_code = command();
    return {};
  } catch (const Error& error) {
    return {mendable,
            error.where().empty() ? error.problem() : error.where() + ": " + error.problem(),
            error.how()};
  } catch (const std::bad_alloc&) {
    return {mendable, "there is not enough memory",
            "use --limit, a smaller batch_size or fewer steps"};
  } catch (const std::exception& error) {
    return {failed, error.what(), ""};
  }
}

}  // namespace

const Ranks& job_ranks() { return ranks_of_job == nullptr ? one_rank() : *ranks_of_job; }

int run_job(const std::function<int()>& command,
            const std::function<void(const std::string&, const std::string&)>& complain) {
  LaunchedRanks launched;
  ranks_of_job = &launched.ranks();
  if (launch().rank > 0) Console::silence();
  int exit_code = 0;
  const Failure failure = attempt(
      [&] {
        launched.check();
        return command();
      },
      exit_code);
  if (failure.exit_code != 0) {
    const bool speaks = launched.speaks();
    if (speaks) complain(failure.text, failure.mend);
    if (!launched.all_fail()) {
      if (!speaks && !launched.broken())
        complain(fmt::format("rank {}: {}", job_ranks().rank(), failure.text), failure.mend);
      launched.end_all(failure.exit_code);
    }
    exit_code = failure.exit_code;
  }
  ranks_of_job = nullptr;
  return exit_code;
}

}  // namespace volley
