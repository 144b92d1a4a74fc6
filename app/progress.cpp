// The line of a counted job.
#include "app/progress.hpp"

#include <fmt/format.h>

#include "app/text.hpp"

namespace volley {

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Progress::update(std::size_t done) {
  if (!console_.progress_due() || done == 0) return;
  const double each = seconds() / static_cast<double>(done);
  console_.progress(fmt::format("{}: {} of {} {}, {}/s, {} left", what_, count_text(done),
                                count_text(total_), noun_, rate_text(each > 0 ? 1 / each : 0),
                                seconds_text(each * static_cast<double>(total_ - done))));
}

}  // namespace volley
