// Going through recordings.
#include "app/live_browser.hpp"

#include <fmt/format.h>

namespace volley {

LiveBrowser::LiveBrowser(LiveWindow& window, std::size_t count,
                         std::function<SampleTrace(std::size_t)> make)
    : window_(window), count_(count), make_(std::move(make)) {
  show();
  window_.set_navigation([this](int by) {
    const auto size = static_cast<long long>(count_);
    const long long next = (static_cast<long long>(at_) + by) % size;
    at_ = static_cast<std::size_t>(next < 0 ? next + size : next);
    show();
  });
}

LiveBrowser::~LiveBrowser() { window_.set_navigation({}); }

void LiveBrowser::show() {
  window_.show(make_(at_));
  window_.status(fmt::format("recording {} of {}", at_ + 1, count_));
}

}  // namespace volley
