// Standard input: any format that files have, or words.
#include "datasets/live_recording.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/formats/decoders.hpp"
#include "datasets/live_wait.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/start_at_zero.hpp"

namespace volley {

namespace {

constexpr int patience_ms = 300;  // with a format that is still to be told
constexpr const char* source_name = "standard input";

/// What comes through a descriptor, as a file's bytes; ends when the waiting does.
class LiveBytes final : public ByteSource {
public:
  LiveBytes(int descriptor, std::shared_ptr<LiveWait> wait)
      : ByteSource(source_name), descriptor_(descriptor), wait_(std::move(wait)) {}

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    while (!ended_) {
      if (wait_->wait(descriptor_) != LiveWait::Ready::bytes) break;
      if (const std::size_t got = take(to, size); got > 0) return got;
    }
    ended_ = true;
    return 0;
  }

  /// The first bytes, at most `size`: all that come before a pause.
  std::vector<std::uint8_t> front(std::size_t size) {
    std::vector<std::uint8_t> bytes;
    while (!ended_ && bytes.size() < size) {
      const auto ready =
          bytes.empty() ? wait_->wait(descriptor_) : wait_->wait(descriptor_, patience_ms);
      if (ready == LiveWait::Ready::idle && !bytes.empty()) break;
      if (ready != LiveWait::Ready::bytes) {
        ended_ = true;
        break;
      }
      const std::size_t before = bytes.size();
      bytes.resize(std::min(size, before + (std::size_t{1} << 16)));
      bytes.resize(before + take(bytes.data() + before, bytes.size() - before));
    }
    return bytes;
  }

  bool ended() const { return ended_; }

private:
  std::size_t take(std::uint8_t* to, std::size_t size) {
    const ssize_t got = ::read(descriptor_, to, size);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
    if (got < 0) failure_ = std::string("cannot be read any further: ") + std::strerror(errno);
    ended_ = true;
    return 0;
  }

  int descriptor_;
  std::shared_ptr<LiveWait> wait_;
  bool ended_ = false;
};

/// What a descriptor has turned out to give; a stop that cuts an event does no damage.
class LiveRecording final : public LiveStream {
public:
  LiveRecording(int descriptor, const LiveSourceOptions& options)
      : descriptor_(descriptor), options_(options),
        wait_(std::make_shared<LiveWait>(options.idle_ms, options.go_on)) {}

  SensorSize sensor() const override { return options_.sensor; }
  std::string format() const override { return events_ ? events_->format() : source_name; }
  const StreamReport& report() const override { return report_; }
  int port() const override { return 0; }
  void stop() override { wait_->stop(); }
  bool stopped() const override { return wait_->stopped(); }

  bool next(std::vector<Event>& batch) override {
    if (!events_) events_ = open();
    const bool some = events_->next(batch);
    report_ = events_->report();
    if (wait_->stopped()) report_.damage.clear();
    return some;
  }

private:
  std::unique_ptr<EventStream> open() const {
    const std::string& format = options_.recording.format;
    if (format == aer_words_format) return make_word_pipe(descriptor_, options_, wait_, {});
    auto bytes = std::make_unique<LiveBytes>(descriptor_, wait_);
    std::vector<std::uint8_t> front = bytes->front(front_limit);
    const std::string_view text(reinterpret_cast<const char*>(front.data()), front.size());
    const bool nothing = front.empty() && bytes->failure().empty();
    if (format.empty() && (nothing || look_like_words(text, options_.sensor)))
      return make_word_pipe(descriptor_, options_, wait_, std::string(text));
    bool whole = bytes->ended();
    std::unique_ptr<ByteSource> rest = std::move(bytes);
    if (is_wrapped(front)) {
      rest = unwrap(put_back(std::move(front), std::move(rest)));
      front = read_front(*rest, front_limit);
      whole = front.size() < front_limit;
    }
    StreamOptions reading = options_.recording;
    reading.sensor = options_.sensor;
    auto stream = start_at_zero(
        open_recording(std::move(front), whole, std::move(rest), source_name, reading));
    const SensorSize found = stream->sensor(), wanted = options_.sensor;
    if (found.width != wanted.width || found.height != wanted.height)
      throw Error(fmt::format("comes from a sensor of {} x {}, but one of {} x {} is wanted",
                              found.width, found.height, wanted.width, wanted.height),
                  source_name, "give events of that sensor");
    return stream;
  }

  int descriptor_;
  LiveSourceOptions options_;
  std::shared_ptr<LiveWait> wait_;
  std::unique_ptr<EventStream> events_;
  StreamReport report_;
};

}  // namespace

bool look_like_words(std::string_view bytes, const SensorSize& sensor) {
  constexpr std::size_t least = 8, most = 20'000;
  AerWordDecoder decoder(sensor);
  std::vector<Event> events;
  decoder.decode(bytes.substr(0, 8 * most), 0, true, events);
  return events.size() >= least && decoder.outside() == 0 && decoder.late() == 0;
}

std::unique_ptr<LiveStream> open_live_descriptor(int descriptor,
                                                 const LiveSourceOptions& options) {
  return std::make_unique<LiveRecording>(descriptor, options);
}

}  // namespace volley
