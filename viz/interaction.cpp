#include "viz/interaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "viz/lower_panel.hpp"

namespace volley {

namespace {
constexpr std::array<double, 10> event_windows = {1, 2, 5, 10, 20, 30, 50, 100, 200, 500};
constexpr double key_zoom = 1.5625;  // two clicks of the wheel
constexpr double smallest_scale = 0.5, largest_scale = 4;
}  // namespace

Interaction::Interaction(ThemeKind theme, double scale, double speed)
    : theme_(theme),
      scale_(std::isfinite(scale) ? std::clamp(scale, smallest_scale, largest_scale) : 1),
      playback_(speed) {}

void Interaction::changed(bool ground) {
  changed_ = true;
  ground_changed_ = ground_changed_ || ground;
}

void Interaction::show(const SampleTrace* trace) {
  trace_ = trace;
  raster_ = {};
  if (trace_ != nullptr) {
    playback_.start(trace_->steps, trace_->dt_ms);
    seen_.add(*trace_);
  }
  if (picked_ && (trace_ == nullptr || picked_->population >= trace_->populations.size() ||
                  picked_->neuron >= trace_->populations[picked_->population].shape.size()))
    picked_.reset();
  pick(picked_);  // what was known of it is of the recording before
}

void Interaction::follow(const SampleTrace* trace, double origin_ms, double head_ms) {
  const bool first = trace_ == nullptr;
  trace_ = trace;
  raster_.origin_ms = origin_ms;
  if (first && trace_ != nullptr) playback_.start(trace_->steps, trace_->dt_ms);
  playback_.seek(head_ms);
  playback_.hold();
  changed();
}

void Interaction::resize(int width, int height) {
  if (width == width_ && height == height_) return;
  width_ = width;
  height_ = height;
  changed();
}

void Interaction::advance(double seconds) {
  const double before = playback_.head_ms();
  playback_.advance(seconds);
  if (playback_.head_ms() != before) changed(false);
}

DashboardView Interaction::view() const {
  DashboardView view;
  view.trace = trace_;
  view.history = history_;
  view.head_ms = playback_.head_ms();
  view.events = events_;
  view.raster = raster_;
  view.picked = picked_;
  view.inspected = inspected_;
  view.lower = lower_;
  view.network = network_;
  view.seen = &seen_.matrix();
  view.playing = playback_.playing();
  view.theme = volley::theme(theme_, static_cast<float>(scale_));
  view.width = width_;
  view.height = height_;
  return view;
}

std::string Interaction::status() const {
  std::string words;
  const auto add = [&](const std::string& more) {
    words += (words.empty() ? "" : "  \u00b7  ") + more;
  };
  if (filter_.mistakes) add("mistakes only");
  if (filter_.label >= 0) add(fmt::format("label {} only", filter_.label));
  if (trace_ != nullptr && !playback_.held())
    add(fmt::format("{:g} ms/s{}", playback_.speed(), playback_.playing() ? "" : ", paused"));
  if (trace_ != nullptr && playback_.held() && !playback_.playing()) add("paused");
  add("H: keys");
  return words;
}

std::optional<Point> Interaction::hover() const {
  const bool still = drag_ == Drag::none || drag_ == Drag::scrub;
  return still && !help_ ? pointer_ : std::nullopt;
}

Wishes Interaction::take_wishes() { return std::exchange(wishes_, {}); }
bool Interaction::take_ground_change() { return std::exchange(ground_changed_, false); }
bool Interaction::take_change() { return std::exchange(changed_, false); }

void Interaction::act(Act act) {
  if (act == Act::none) return;
  changed();  // a key is rare, and most change what the header says
  const bool veiled = std::exchange(help_, false);
  const auto step = [this](int by) {
    if (playback_.playing()) playback_.toggle();
    playback_.step(by);
  };
  const Point middle = pointer_.value_or(Point{-1, -1});
  switch (act) {
    case Act::none: break;
    case Act::play_pause: playback_.toggle(); break;
    case Act::step_on: step(+1); break;
    case Act::step_back: step(-1); break;
    case Act::faster: playback_.faster(); break;
    case Act::slower: playback_.slower(); break;
    case Act::to_start: playback_.seek(0); break;
    case Act::to_end: playback_.seek(playback_.duration_ms()); break;
    case Act::next: ++wishes_.navigate; break;
    case Act::previous: --wishes_.navigate; break;
    case Act::mistakes: filter_.mistakes = !filter_.mistakes; break;
    case Act::same_label:
      filter_.label = filter_.label >= 0 || trace_ == nullptr ? -1 : trace_->label;
      break;
    case Act::lower_panel: lower_ = next_lower(view()); break;
    case Act::zoom_in: zoom(middle, key_zoom, false); break;
    case Act::zoom_out: zoom(middle, 1 / key_zoom, false); break;
    case Act::whole:
      raster_ = whole();
      events_.zoom = 1;
      break;
    case Act::longer_window: change_event_window(+1); break;
    case Act::shorter_window: change_event_window(-1); break;
    case Act::change_theme:
      theme_ = theme_ == ThemeKind::dark ? ThemeKind::light : ThemeKind::dark;
      break;
    case Act::larger: scale_ = std::min(largest_scale, scale_ * 1.25); break;
    case Act::smaller: scale_ = std::max(smallest_scale, scale_ / 1.25); break;
    case Act::save: wishes_.save = true; break;
    case Act::record: wishes_.record = true; break;
    case Act::help: help_ = !veiled; break;
    case Act::back:
      if (!veiled) go_back();
      break;
    case Act::close: wishes_.close = true; break;
  }
}

/// The latest of what was chosen goes first; where nothing is chosen nothing happens.
void Interaction::go_back() {
  if (picked_) pick(std::nullopt);
  else if (zoomed_in()) act(Act::whole);
  else filter_ = {};
}

RasterView Interaction::whole() const {
  RasterView view;
  view.origin_ms = raster_.origin_ms;
  return view;
}

bool Interaction::zoomed_in() const {
  const auto some = [](const NeuronRange& range) { return range.count > 0; };
  return events_.zoom > 1 || raster_.from_ms > 0 || std::isfinite(raster_.to_ms) ||
         std::any_of(raster_.neurons.begin(), raster_.neurons.end(), some);
}

void Interaction::change_event_window(int by) {
  const auto now = std::find(event_windows.begin(), event_windows.end(), events_.window_ms);
  const auto next = std::clamp<std::ptrdiff_t>(now - event_windows.begin() + by, 0,
                                               std::ssize(event_windows) - 1);
  events_.window_ms = event_windows[static_cast<std::size_t>(next)];
  events_.decay_ms = events_.window_ms / 2;
}

void Interaction::pick(std::optional<NeuronId> neuron) {
  picked_ = neuron;
  inspected_ = nullptr;
  wishes_.inspect = picked_.has_value();
  changed();
}

void Interaction::inspect(NeuronId neuron, const InspectedNeuron* inspected) {
  if (picked_ != neuron) return;
  inspected_ = inspected;
  changed();
}

void Interaction::set_network(const Network* network) {
  network_ = network;
  changed();
}

}  // namespace volley
