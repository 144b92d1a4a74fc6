#include "datasets/live_stream.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.hpp"
#include "datasets/event_queue.hpp"
#include "datasets/live_recording.hpp"
#include "datasets/live_wait.hpp"

namespace volley {

namespace {

constexpr std::string_view udp_scheme = "udp:";

std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

/// What both kinds share: the decoder, its counts, and a way to be woken up.
class WordStream : public LiveStream {
public:
  WordStream(const LiveSourceOptions& options, std::shared_ptr<LiveWait> wait)
      : sensor_(options.sensor), decoder_(options.sensor), wait_(std::move(wait)) {}
  SensorSize sensor() const override { return sensor_; }
  const StreamReport& report() const override { return report_; }
  std::string format() const override { return "address events (32-bit words)"; }
  void stop() override { wait_->stop(); }
  bool stopped() const override { return wait_->stopped(); }

protected:
  void count(std::size_t events, std::uint64_t full, const AerWordDecoder& decoder) {
    report_.events += events;
    report_.out_of_order = decoder.late();
    report_.dropped = full + decoder.outside() + decoder.cut();
    const auto tell = [&](const char* name, std::uint64_t number) {
      if (number > 0) report_.kinds[name] = number;
    };
    tell("queue full", full);
    tell("outside the sensor", decoder.outside());
    tell("bytes of cut words", decoder.cut());
  }

  SensorSize sensor_;
  AerWordDecoder decoder_;
  std::shared_ptr<LiveWait> wait_;
  StreamReport report_;
};

/// Reads when it is asked: the writer waits in its pipe, so that nothing is lost.
class PipeStream final : public WordStream {
public:
  PipeStream(int descriptor, const LiveSourceOptions& options, std::shared_ptr<LiveWait> wait,
             std::string front)
      : WordStream(options, std::move(wait)), descriptor_(descriptor), front_(std::move(front)) {}
  int port() const override { return 0; }

  bool next(std::vector<Event>& batch) override {
    batch.clear();
    std::array<char, 65536> bytes;
    if (!front_.empty()) {
      decoder_.decode(front_, now_us(), true, batch);
      position_ = front_.size();
      front_ = {};
    }
    while (batch.empty() && !ended_) {
      if (wait_->wait(descriptor_) != LiveWait::Ready::bytes) {
        ended_ = true;
        decoder_.decode({}, 0, stopped(), batch);  // counts what is left of a word
        break;
      }
      const ssize_t size = ::read(descriptor_, bytes.data(), bytes.size());
      if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (size < 0) report_.damage = damage_text(position_, std::strerror(errno));
      ended_ = size <= 0;
      const auto got = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
      decoder_.decode({bytes.data(), got}, now_us(), !ended_, batch);
      position_ += got;
    }
    count(batch.size(), 0, decoder_);
    return !batch.empty();
  }

private:
  int descriptor_;
  std::string front_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

/// A thread takes the packets off the socket at once; what the user is too slow for is dropped.
class UdpStream final : public WordStream {
public:
  UdpStream(int socket, int port, const LiveSourceOptions& options)
      : WordStream(options, std::make_shared<LiveWait>(options.idle_ms, options.go_on)),
        socket_(socket), port_(port), queue_(options.queue_events) {
    receiver_ = std::thread([this] { receive(); });
  }
  ~UdpStream() override {
    stop();
    receiver_.join();
  }
  int port() const override { return port_; }

  bool next(std::vector<Event>& batch) override {
    const bool some = queue_.take(batch);
    const std::lock_guard lock(counting_);
    count(batch.size(), queue_.dropped(), told_);
    return some;
  }

private:
  void receive() {
    std::vector<Event> events;
    std::array<char, 65536> packet;
    while (wait_->wait(socket_.get()) == LiveWait::Ready::bytes) {
      const ssize_t size = ::recv(socket_.get(), packet.data(), packet.size(), 0);
      if (size < 0) {
        if (errno == EINTR || errno == EAGAIN || errno == ECONNREFUSED) continue;
        break;
      }
      events.clear();
      decoder_.decode({packet.data(), static_cast<std::size_t>(size)}, now_us(), false, events);
      {
        const std::lock_guard lock(counting_);
        told_ = decoder_;
      }
      queue_.offer(events);
    }
    queue_.close();
  }

  Descriptor socket_;
  int port_;
  EventQueue queue_;
  std::mutex counting_;
  AerWordDecoder told_{SensorSize{}};  // the decoder's counts as the user may see them
  std::thread receiver_;
};

[[noreturn]] void refuse(const std::string& source, const std::string& what) {
  throw Error(what, source,
              "use - for standard input, udp:PORT or udp:ADDRESS:PORT with an IPv4 address of this "
              "machine");
}

std::unique_ptr<LiveStream> open_udp(const std::string& source, const LiveSourceOptions& options) {
  const std::string& format = options.recording.format;
  if (!format.empty() && format != aer_words_format)
    throw Error("packets hold address events in words, not '" + format + "'", source,
                "leave out --format, or give aer");
  std::string address = "0.0.0.0", port = source.substr(udp_scheme.size());
  if (const std::size_t colon = port.rfind(':'); colon != std::string::npos) {
    address = port.substr(0, colon);
    port = port.substr(colon + 1);
  }
  unsigned number = 0;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (code != std::errc() || end != port.data() + port.size() || number > 65535)
    refuse(source, "'" + port + "' is no port");
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(number));
  if (::inet_pton(AF_INET, address.c_str(), &place.sin_addr) != 1)
    refuse(source, "'" + address + "' is no IPv4 address");
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) refuse(source, std::string("cannot open a socket: ") + std::strerror(errno));
  // As much room as the system gives, so that short bursts wait in the kernel.
  const int room = 1 << 22;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  socklen_t size = sizeof place;
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&place), size) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&place), &size) != 0) {
    const std::string reason = std::strerror(errno);
    ::close(socket);
    refuse(source, "cannot receive there: " + reason);
  }
  return std::make_unique<UdpStream>(socket, ntohs(place.sin_port), options);
}

}  // namespace

bool is_live_source(const std::string& name) {
  return name == "-" || name.starts_with(udp_scheme);
}

std::unique_ptr<LiveStream> open_live_stream(const std::string& source,
                                             const LiveSourceOptions& options) {
  if (source == "-") return open_live_descriptor(STDIN_FILENO, options);
  if (!source.starts_with(udp_scheme)) refuse(source, "is not a live source");
  return open_udp(source, options);
}

std::unique_ptr<LiveStream> make_word_pipe(int descriptor, const LiveSourceOptions& options,
                                           std::shared_ptr<LiveWait> wait, std::string front) {
  return std::make_unique<PipeStream>(descriptor, options, std::move(wait), std::move(front));
}

}  // namespace volley
