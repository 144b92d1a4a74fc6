#include "datasets/live_wait.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/error.hpp"

namespace volley {

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

LiveWait::LiveWait(int idle_ms, std::function<bool()> go_on)
    : idle_ms_(idle_ms), go_on_(std::move(go_on)), wake_(::eventfd(0, EFD_CLOEXEC)) {
  if (wake_.get() < 0)
    throw Error("cannot make an event descriptor", "live input", "close other programs or files");
}

LiveWait::Ready LiveWait::wait(int descriptor, int patience_ms) const {
  using namespace std::chrono;
  constexpr int slice_ms = 100;
  const auto start = steady_clock::now();
  for (;;) {
    if (!stopped_ && go_on_ && !go_on_()) stopped_ = true;
    if (stopped_) return Ready::stopped;
    int left = -1;
    if (patience_ms >= 0) {
      const auto gone = duration_cast<milliseconds>(steady_clock::now() - start).count();
      left = static_cast<int>(std::max<std::int64_t>(0, patience_ms - gone));
    }
    const int timeout = !go_on_ ? left : left < 0 ? slice_ms : std::min(left, slice_ms);
    std::array<pollfd, 2> watched{{{descriptor, POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), timeout);
    if (stopped_ || watched[1].revents != 0) return Ready::stopped;
    if (ready > 0) return Ready::bytes;
    if (ready == 0 && left >= 0 && timeout == left) return Ready::idle;
    if (ready < 0 && errno != EINTR) return Ready::stopped;
  }
}

void LiveWait::stop() {
  stopped_ = true;
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) < 0) return;  // it was told before
}

}  // namespace volley
