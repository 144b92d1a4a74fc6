#include "datasets/child_stream.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "datasets/block_stream.hpp"

namespace volley {

namespace {

enum Kind : std::uint32_t { begin_kind = 1, events_kind, note_kind, damage_kind, end_kind };

struct Head {
  std::uint32_t kind = 0, size = 0;
};
struct Begin {
  SensorSize sensor;
};
constexpr std::size_t most_bytes = std::size_t{1} << 20, events_at_once = 8192;

class ChildStream final : public EventStream {
public:
  ChildStream(const std::string& name, const std::function<void(EventSender&)>& work)
      : child_({60, std::size_t{2} << 30}, [&work](const ChildProcess::Send& send) {
          EventSender sender(send);
          work(sender);
        }) {
    Head head = receive();
    if (head.kind == damage_kind || head.kind != begin_kind || head.size < sizeof(Begin))
      throw Error(head.kind == damage_kind ? text() : "its library cannot read it", name,
                  "replace the file by an undamaged copy");
    Begin begin;
    std::memcpy(&begin, bytes_.data(), sizeof(begin));
    sensor_ = begin.sensor;
    format_.assign(reinterpret_cast<const char*>(bytes_.data()) + sizeof(begin),
                   bytes_.size() - sizeof(begin));
  }

  SensorSize sensor() const override { return sensor_; }
  const StreamReport& report() const override { return report_; }
  std::string format() const override { return format_; }

  bool next(std::vector<Event>& batch) override {
    batch.clear();
    while (batch.empty() && !ended_) take(batch);
    report_.events += batch.size();
    return !batch.empty();
  }

private:
  Head receive() {
    Head head;
    bytes_.clear();
    if (!child_.receive(&head, sizeof(head)) || head.size > most_bytes) return {};
    bytes_.resize(head.size);
    if (head.size > 0 && !child_.receive(bytes_.data(), head.size)) return {};
    return head;
  }
  std::string text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

  void take(std::vector<Event>& batch) {
    const Head head = receive();
    if (head.kind == events_kind && head.size % sizeof(Event) == 0) {
      batch.resize(head.size / sizeof(Event));
      std::memcpy(static_cast<void*>(batch.data()), bytes_.data(), head.size);
    } else if (head.kind == note_kind) {
      report_.notes.push_back(text());
    } else if (head.kind == end_kind) {
      ended_ = true;
    } else {
      report_.damage =
          damage_text(0, head.kind == damage_kind ? text() : "its library cannot read it");
      ended_ = true;
    }
  }

  ChildProcess child_;
  std::vector<std::uint8_t> bytes_;
  SensorSize sensor_;
  std::string format_;
  StreamReport report_;
  bool ended_ = false;
};

}  // namespace

void EventSender::message(std::uint32_t kind, const void* bytes, std::size_t size) {
  const Head head{kind, static_cast<std::uint32_t>(size)};
  send_(&head, sizeof(head));
  if (size > 0) send_(bytes, size);
}

void EventSender::begin(const SensorSize& sensor, const std::string& format) {
  std::string bytes(sizeof(Begin), '\0');
  const Begin begin{sensor};
  std::memcpy(bytes.data(), &begin, sizeof(begin));
  bytes += format;
  message(begin_kind, bytes.data(), bytes.size());
}

void EventSender::events(const std::vector<Event>& events) {
  for (std::size_t at = 0; at < events.size(); at += events_at_once)
    message(events_kind, events.data() + at,
            std::min(events_at_once, events.size() - at) * sizeof(Event));
}

void EventSender::note(const std::string& text) { message(note_kind, text.data(), text.size()); }
void EventSender::damage(const std::string& reason) {
  message(damage_kind, reason.data(), reason.size());
}
void EventSender::end() { message(end_kind, nullptr, 0); }

std::unique_ptr<EventStream> make_child_stream(const std::string& name,
                                               const std::function<void(EventSender&)>& work) {
  return std::make_unique<ChildStream>(name, work);
}

NamedCopy::NamedCopy(ByteSource& source) : descriptor_(::memfd_create("volley", MFD_CLOEXEC)) {
  const auto refuse = [&](int reason) {
    return Error(std::string("cannot be copied to memory: ") + std::strerror(reason), source.name(),
                 "unpack the file to a folder first");
  };
  if (descriptor_ < 0) throw refuse(errno);
  std::vector<std::uint8_t> block(std::size_t{1} << 18);
  constexpr std::size_t limit = std::size_t{1} << 30;
  std::size_t size = 0;
  try {
    while (const std::size_t got = source.read(block.data(), block.size())) {
      size += got;
      if (size > limit)
        throw Error("holds more than 1 GiB", source.name(), "unpack the file to a folder first");
      for (std::size_t at = 0; at < got;) {
        const ssize_t written = ::write(descriptor_, block.data() + at, got - at);
        if (written < 0 && errno != EINTR) throw refuse(errno);
        if (written > 0) at += static_cast<std::size_t>(written);
      }
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

NamedCopy::~NamedCopy() { ::close(descriptor_); }

}  // namespace volley
