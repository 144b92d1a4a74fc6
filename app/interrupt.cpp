// Signal handlers: only what is safe within one.
#include "app/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "app/job.hpp"

namespace volley {

namespace {

std::atomic<int> signal_seen{0};
std::atomic<bool> answers{true};
static_assert(std::atomic<int>::is_always_lock_free);

void note(int signal_number) {
  int none = 0;
  if (!signal_seen.compare_exchange_strong(none, signal_number)) ::_exit(128 + signal_number);
  if (!answers) return;
  static constexpr char words[] =
      "\nstopping in good order after this batch; once more ends at once without saving\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words, sizeof words - 1);
}

}  // namespace

void catch_interrupts() {
  answers = job_ranks().alone();
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return signal_seen != 0; }

int interrupt_exit_code() { return signal_seen == 0 ? 0 : 128 + signal_seen; }

}  // namespace volley
