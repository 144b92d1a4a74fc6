// The frames of a LiveWindow: ground and moving parts, screenshots and recordings.
#include <fmt/format.h>

#include <SFML/Graphics/Image.hpp>
#include <SFML/Graphics/Sprite.hpp>
#include <utility>

#include "base/error.hpp"
#include "viz/live_viewer.hpp"
#include "viz/pixels.hpp"

namespace volley {

namespace {
constexpr double drawn_per_second = 30;

std::filesystem::path free_name(const char* ending) {
  for (int number = 1;; ++number) {
    const std::filesystem::path name = fmt::format("volley-{}{}", number, ending);
    if (!std::filesystem::exists(name)) return name;
  }
}

Pixels pixels_of(const sf::RenderWindow& window) {
  sf::Texture shown;
  if (!shown.create(window.getSize().x, window.getSize().y)) return {};
  shown.update(window);
  const sf::Image image = shown.copyToImage();
  const auto width = static_cast<int>(image.getSize().x);
  const auto height = static_cast<int>(image.getSize().y);
  const sf::Uint8* first = image.getPixelsPtr();
  return {width, height, {first, first + std::ptrdiff_t{width} * height * 4}};
}
}  // namespace

void LiveViewer::draw() {
  const sf::Vector2u size = window_.getSize();
  if (size.x < 1 || size.y < 1) return;
  const bool other_size = ground_.getSize() != size;
  if (other_size && !ground_.create(size.x, size.y))
    throw Error("OpenGL gave no texture of the window's size");
  if (other_size || model_.ground_due()) {
    surface_.draw(model_.ground(), ground_);
    ground_.display();
  }
  const Scene moving = model_.moving();
  window_.setView(sf::View(sf::FloatRect(0, 0, static_cast<float>(size.x),
                                         static_cast<float>(size.y))));
  window_.draw(sf::Sprite(ground_.getTexture()), sf::BlendNone);
  surface_.draw(moving, window_);
  keep_frame();
  window_.display();
}

/// Into a picture or a recording, where one is wanted.
void LiveViewer::keep_frame() {
  const auto now = LiveModel::Clock::now();
  const bool record = recording_ && std::chrono::duration<double>(now - recorded_).count() >=
                                        0.98 / drawn_per_second;
  if (!save_ && !record) return;
  const Pixels frame = pixels_of(window_);
  if (frame.rgba.empty()) return;
  if (save_) {
    const std::filesystem::path path = *std::exchange(save_, std::nullopt);
    try {
      write_png(frame, path);
      model_.note("saved " + path.string());
    } catch (const Error& error) {
      model_.note("not saved: " + error.problem());
    }
  }
  if (!record) return;
  recorded_ = now;
  try {
    recording_->add(frame);
  } catch (const Error& error) {  // another size, a full disk
    stop_recording();
    model_.note("recording ended: " + error.problem());
  }
}

void LiveViewer::start_recording(const std::filesystem::path& path) {
  try {
    recording_ = std::make_unique<FrameWriter>(path, static_cast<int>(window_.getSize().x),
                                               static_cast<int>(window_.getSize().y),
                                               drawn_per_second);
    model_.note("recording; R ends it");
  } catch (const Error& error) {
    model_.note(error.problem());
  }
}

void LiveViewer::stop_recording() {
  if (!recording_) return;
  const std::unique_ptr<FrameWriter> ended = std::move(recording_);
  try {
    ended->finish();
    if (ended->frames() == 0) return;
    model_.note("recorded " + ended->written());
    const std::lock_guard hold(state_.lock);
    state_.recorded += (state_.recorded.empty() ? "" : ", ") + ended->written();
  } catch (const Error& error) {
    model_.note(error.problem());
  }
}

void LiveViewer::do_wishes() {
  const Wishes wishes = model_.pass_wishes();
  if (wishes.close) window_.close();
  if (wishes.save) save_ = free_name(".png");
  if (!wishes.record) return;
  if (recording_) return stop_recording();
  const std::filesystem::path video = free_name(".mp4");
  start_recording(FrameWriter::why_not(video).empty() ? video : free_name(".png"));
}

}  // namespace volley
