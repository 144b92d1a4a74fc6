#include "viz/interaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "viz/scrub_bar.hpp"

namespace volley {

namespace {
constexpr std::array<double, 10> event_windows = {1, 2, 5, 10, 20, 30, 50, 100, 200, 500};
constexpr double zoom_step = 1.25, most_zoom = 64;
constexpr float click_reach = 3;  // pixels a pointer may move between press and release
constexpr double smallest_scale = 0.5, largest_scale = 4;

float distance(Point a, Point b) { return std::hypot(a.x - b.x, a.y - b.y); }
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
  if (trace_ != nullptr) playback_.start(trace_->steps, trace_->dt_ms);
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
    case Act::lower_panel:
      lower_ = lower_ == LowerPanel::rates ? LowerPanel::population_rates
               : lower_ == LowerPanel::population_rates && network_ != nullptr
                   ? LowerPanel::topology
                   : LowerPanel::rates;
      break;
    case Act::zoom_in: zoom(middle, zoom_step * zoom_step, false); break;
    case Act::zoom_out: zoom(middle, 1 / (zoom_step * zoom_step), false); break;
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

void Interaction::wheel(Point at, double clicks, bool rows) {
  if (!std::isfinite(clicks) || clicks == 0) return;
  zoom(at, std::pow(zoom_step, std::clamp(clicks, -20.0, 20.0)), rows);
}

namespace {
/// The sensor's middle after a change of zoom, held so that nothing outside it is shown.
void hold_centre(EventsOptions& events) {
  const double half = 0.5 / events.zoom;
  events.centre_x = std::clamp(events.centre_x, half, 1 - half);
  events.centre_y = std::clamp(events.centre_y, half, 1 - half);
}
}  // namespace

/// What lies under the point keeps its place.
void Interaction::zoom(Point at, double factor, bool rows) {
  if (trace_ == nullptr) return;
  const DashboardView now = view();
  const DashboardLayout layout = dashboard_layout(now);
  const PanelKind panel = point_at(now, at).panel;
  changed();
  if (panel == PanelKind::events) {
    const PopulationTrace* input = input_population(*trace_);
    if (input == nullptr) return;
    const Box where = sensor_box(layout.events, *input, events_, now.theme);
    const double across = std::clamp((at.x - where.x) / std::max(1.0F, where.width), 0.0F, 1.0F);
    const double down = std::clamp((at.y - where.y) / std::max(1.0F, where.height), 0.0F, 1.0F);
    const double before = events_.zoom;
    events_.zoom = std::clamp(before * factor, 1.0, most_zoom);
    const double change = 1 / before - 1 / events_.zoom;
    events_.centre_x += (across - 0.5) * change;
    events_.centre_y += (down - 0.5) * change;
    hold_centre(events_);
    return;
  }
  Point around = at;
  if (panel != PanelKind::raster) {
    const RasterLayout raster = raster_layout(*trace_, layout.raster, now.theme, raster_);
    around = {raster.x_of(std::clamp(playback_.head_ms(), raster.from_ms, raster.to_ms)),
              layout.raster.centre().y};
    rows = false;
  }
  const double origin_ms = raster_.origin_ms;
  raster_ = zoomed(raster_, layout.raster, *trace_, around, 1 / factor, rows, now.theme);
  raster_.origin_ms = origin_ms;
}

void Interaction::press(Point at) {
  pointer_ = at;
  changed(help_);
  if (std::exchange(help_, false)) return;
  pressed_at_ = at;
  drag_events_ = events_;
  drag_raster_ = raster_;
  pressed_on_ = point_at(view(), at).panel;
  drag_ = Drag::pressed;
  if (pressed_on_ == PanelKind::scrub) {
    drag_ = Drag::scrub;
    seek_at(at);
  }
}

void Interaction::move(Point at) {
  pointer_ = at;
  changed(false);
  if (drag_ == Drag::scrub) seek_at(at);
  if (drag_ == Drag::pressed && distance(at, pressed_at_) > click_reach) {
    if (pressed_on_ == PanelKind::events) drag_ = Drag::events;
    if (pressed_on_ == PanelKind::raster) drag_ = Drag::raster;
  }
  if (drag_ == Drag::events || drag_ == Drag::raster) pan(at);
}

void Interaction::release(Point at) {
  pointer_ = at;
  changed(false);
  const Drag ended = std::exchange(drag_, Drag::none);
  if (ended == Drag::pressed && distance(at, pressed_at_) <= click_reach) click(at);
}

void Interaction::leave() {
  pointer_.reset();
  changed(false);
}

void Interaction::seek_at(Point at) {
  if (trace_ == nullptr) return;
  const DashboardView now = view();
  playback_.seek(scrub_time(dashboard_layout(now).scrub, *trace_, at.x, now.theme));
}

void Interaction::pan(Point to) {
  if (trace_ == nullptr) return;
  const DashboardView now = view();
  const DashboardLayout layout = dashboard_layout(now);
  if (drag_ == Drag::raster) {
    raster_ = panned(drag_raster_, layout.raster, *trace_, pressed_at_, to, now.theme);
  } else {
    const PopulationTrace* input = input_population(*trace_);
    if (input == nullptr || drag_events_.zoom <= 1) return;
    const Box where = sensor_box(layout.events, *input, drag_events_, now.theme);
    events_ = drag_events_;
    events_.centre_x -= (to.x - pressed_at_.x) / std::max(1.0F, where.width) / events_.zoom;
    events_.centre_y -= (to.y - pressed_at_.y) / std::max(1.0F, where.height) / events_.zoom;
    hold_centre(events_);
  }
  changed();
}

void Interaction::click(Point at) {
  const PointedAt found = point_at(view(), at);
  if (found.panel == PanelKind::scrub_button) act(Act::play_pause);
  if (found.neuron) pick(picked_ == found.neuron ? std::nullopt : found.neuron);
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
