// Going through recordings.
#include "app/live_browser.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/error.hpp"

namespace volley {

bool passes(const SampleTrace& trace, const RecordingFilter& filter) {
  if (filter.label >= 0 && trace.label != filter.label) return false;
  const bool mistake = trace.label >= 0 && trace.predicted >= 0 && trace.predicted != trace.label;
  return !filter.mistakes || mistake;
}

LiveBrowser::LiveBrowser(LiveWindow& window, Source source)
    : window_(window), source_(std::move(source)) {
  window_.status(fmt::format("recording 1 of {}", source_.count));
  window_.show(source_.make(0));
  window_.set_navigation([this](int by, const RecordingFilter& filter) { go(by, filter); });
}

LiveBrowser::~LiveBrowser() { window_.set_navigation({}); }

void LiveBrowser::go(int by, const RecordingFilter& filter) {
  const auto size = static_cast<long long>(source_.count);
  const int direction = by < 0 ? -1 : 1;
  int left = std::abs(by);
  auto next = static_cast<long long>(at_);
  for (long long tried = 0; tried < size * left && window_.is_open(); ++tried) {
    next = (next + direction + size) % size;
    const auto index = static_cast<std::size_t>(next);
    if (filter.label >= 0 && source_.label && source_.label(index) != filter.label) continue;
    if (filter.all() && left > 1) {  // passed over unseen
      --left;
      continue;
    }
    if (tried % 16 == 15) window_.status(fmt::format("looking: {} of {}", index + 1, size));
    SampleTrace trace = source_.make(index);
    if (!passes(trace, filter) || --left > 0) continue;
    at_ = index;
    window_.status(fmt::format("recording {} of {}", at_ + 1, size));
    window_.show(std::move(trace));
    return;
  }
  if (window_.is_open())
    throw Error(filter.mistakes ? "no recording here is a mistake" : "no recording has this label");
}

}  // namespace volley
