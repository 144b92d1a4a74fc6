// Events as they come: words, pipes, packets, a queue that is full.
#include "datasets/live_stream.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <random>
#include <thread>

#include "datasets/event_queue.hpp"
#include "datasets/live_recording.hpp"
#include "datasets/start_at_zero.hpp"
#include "support.hpp"

namespace volley::test {
namespace {

const SensorSize sensor{100, 80, 2};

std::string word(std::uint32_t value) {
  std::string bytes;
  for (int k = 0; k < 4; ++k) bytes += static_cast<char>(value >> (8 * k) & 0xff);
  return bytes;
}

std::string timed(const Event& event) {
  return word(std::uint32_t{event.x} << 16 | std::uint32_t{event.p} << 15 | event.y) +
         word(static_cast<std::uint32_t>(event.t));
}

std::string untimed(const Event& event) {
  return word(0x80000000u | std::uint32_t{event.x} << 16 | std::uint32_t{event.p} << 15 | event.y);
}

std::vector<Event> some_events(std::size_t count, std::int64_t start) {
  std::vector<Event> events;
  std::mt19937_64 random(4);
  std::int64_t t = start;
  for (std::size_t i = 0; i < count; ++i, t += static_cast<std::int64_t>(random() % 50))
    events.push_back({t, static_cast<std::uint16_t>(random() % 100),
                      static_cast<std::uint16_t>(random() % 80),
                      static_cast<std::uint8_t>(random() % 2)});
  return events;
}

TEST(AerWords, are_those_that_AEStream_sends) {
  // x = 5, y = 3, ON, at 1000 us: 0x00058003, then the time; x = 5, y = 3, OFF without one.
  AerWordDecoder decoder(sensor);
  std::vector<Event> events;
  decoder.decode(std::string("\x03\x80\x05\x00\xe8\x03\x00\x00", 8), 77, false, events);
  decoder.decode(std::string("\x03\x00\x05\x00\xf2\x03\x00\x00", 8), 77, false, events);
  EXPECT_EQ(events, (std::vector<Event>{{0, 5, 3, 1}, {10, 5, 3, 0}}));
  AerWordDecoder plain(sensor);
  events.clear();
  plain.decode(std::string("\x03\x80\x05\x80", 4), 500, false, events);
  plain.decode(std::string("\x03\x00\x05\x80", 4), 750, false, events);
  EXPECT_EQ(events, (std::vector<Event>{{0, 5, 3, 1}, {250, 5, 3, 0}}));
}

TEST(AerWords, any_cut_of_the_bytes_gives_the_same_events) {
  const std::vector<Event> sent = some_events(300, 5'000'000);
  std::string bytes;
  for (const Event& event : sent) bytes += timed(event);
  std::vector<Event> expected = sent;
  for (Event& event : expected) event.t -= 5'000'000;
  std::mt19937_64 random(2);
  for (int round = 0; round < 50; ++round) {
    AerWordDecoder decoder(sensor);
    std::vector<Event> events;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(bytes.size() - at, 1 + random() % 30);
      decoder.decode(std::string_view(bytes).substr(at, size), 0, true, events);
      at += size;
    }
    ASSERT_EQ(events, expected);
    EXPECT_EQ(decoder.cut(), 0u);
  }
}

TEST(AerWords, clocks_go_around_and_steps_back_are_counted) {
  AerWordDecoder decoder(sensor);
  std::vector<Event> events;
  for (const std::int64_t t : {0xfffffff0ll, 0x100000010ll, 0x100000005ll, 0x100000020ll})
    decoder.decode(timed({t, 1, 1, 1}), 0, false, events);
  std::vector<std::int64_t> times;
  for (const Event& event : events) times.push_back(event.t);
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 32, 32, 48}));
  EXPECT_EQ(decoder.late(), 1u);
}

TEST(AerWords, no_bytes_crash_it) {
  std::mt19937_64 random(9);
  AerWordDecoder decoder(sensor);
  std::vector<Event> events;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    decoder.decode(bytes, static_cast<std::int64_t>(round), random() % 2 == 0, events);
  }
  std::int64_t before = 0;
  for (const Event& event : events) {
    ASSERT_TRUE(event.x < 100 && event.y < 80 && event.p < 2 && event.t >= before);
    before = event.t;
  }
  EXPECT_GT(decoder.outside(), 0u);
}

TEST(AerWords, are_told_from_other_bytes_by_the_sensor) {
  std::string bytes;
  for (const Event& event : some_events(20, 7000)) bytes += timed(event);
  EXPECT_TRUE(look_like_words(bytes, sensor));
  EXPECT_TRUE(look_like_words(bytes + "ab", sensor));
  EXPECT_FALSE(look_like_words(bytes.substr(0, 7 * 8), sensor)) << "too few to tell";
  EXPECT_FALSE(look_like_words(bytes + timed({7001, 100, 0, 1}), sensor)) << "outside";
  EXPECT_FALSE(look_like_words(bytes + timed({7000, 1, 1, 1}), sensor)) << "time steps back";
  EXPECT_FALSE(look_like_words("#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n", sensor));
}

/// Ten events by the time of day.
class ClockStream final : public EventStream {
public:
  SensorSize sensor() const override { return ::volley::test::sensor; }
  const StreamReport& report() const override { return report_; }
  bool free_clock() const override { return true; }
  bool next(std::vector<Event>& batch) override {
    batch.clear();
    constexpr std::int64_t start = 1'700'000'000'000'000;
    for (int i = 0; i < 5 && report_.events < 10; ++i, ++report_.events)
      batch.push_back({start + 3 * static_cast<std::int64_t>(report_.events), 1, 2, 0});
    return !batch.empty();
  }

private:
  StreamReport report_;
};

TEST(StartAtZero, counts_a_free_clock_from_the_first_event) {
  const auto stream = start_at_zero(std::make_unique<ClockStream>());
  EXPECT_FALSE(stream->free_clock());
  const Decoded decoded = decode(*stream);
  ASSERT_EQ(decoded.events.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i)
    EXPECT_EQ(decoded.events[i].t, 3 * static_cast<std::int64_t>(i));
}

TEST(EventQueue, is_bounded_and_counts_what_is_lost) {
  EventQueue queue(100);
  const std::vector<Event> events = some_events(70, 0);
  queue.offer(events);
  queue.offer(events);
  EXPECT_EQ(queue.dropped(), 40u);
  std::vector<Event> taken;
  ASSERT_TRUE(queue.take(taken));
  ASSERT_EQ(taken.size(), 100u);
  EXPECT_TRUE(std::equal(events.begin(), events.end(), taken.begin()));
  queue.close();
  EXPECT_FALSE(queue.take(taken));
  EXPECT_TRUE(taken.empty());
}

TEST(LivePipe, delivers_all_events_of_a_slow_reader) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::vector<Event> sent = some_events(50000, 123456);
  std::thread writer([&] {
    std::string bytes;
    for (const Event& event : sent) bytes += timed(event);
    bytes += "ab";
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t size = ::write(ends[1], bytes.data() + at,
                                   std::min<std::size_t>(bytes.size() - at, 777));
      if (size <= 0) break;
      at += static_cast<std::size_t>(size);
    }
    ::close(ends[1]);
  });
  const auto stream = open_live_descriptor(ends[0], {sensor});
  const Decoded decoded = decode(*stream);
  writer.join();
  ::close(ends[0]);
  std::vector<Event> expected = sent;
  for (Event& event : expected) event.t -= 123456;
  EXPECT_EQ(decoded.events, expected);
  EXPECT_EQ(decoded.report.dropped, 2u);
  EXPECT_EQ(decoded.report.kinds.at("bytes of cut words"), 2u);
  EXPECT_EQ(stream->sensor(), sensor);
}

TEST(LivePipe, stop_ends_the_waiting) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto stream = open_live_descriptor(ends[0], {sensor});
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stream->stop();
  });
  std::vector<Event> batch;
  EXPECT_FALSE(stream->next(batch));
  EXPECT_FALSE(stream->next(batch));
  other.join();
  ::close(ends[0]);
  ::close(ends[1]);
}

/// Sends packets to a port of this machine.
class Sender {
public:
  explicit Sender(int port) : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(static_cast<std::uint16_t>(port));
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~Sender() { ::close(socket_); }
  void send(const std::string& packet) const {
    ASSERT_EQ(::sendto(socket_, packet.data(), packet.size(), 0,
                       reinterpret_cast<const sockaddr*>(&to_), sizeof to_),
              static_cast<ssize_t>(packet.size()));
  }

private:
  int socket_;
  sockaddr_in to_{};
};

TEST(LiveUdp, receives_packets_with_and_without_times) {
  LiveSourceOptions options{sensor};
  const auto stream = open_live_stream("udp:127.0.0.1:0", options);
  const Sender sender(stream->port());
  const std::vector<Event> sent = some_events(100, 1000);
  for (std::size_t first = 0; first < sent.size(); first += 25) {
    std::string packet;
    for (std::size_t i = first; i < first + 25; ++i) packet += timed(sent[i]);
    sender.send(packet);
  }
  std::vector<Event> events, batch;
  while (events.size() < sent.size()) {
    ASSERT_TRUE(stream->next(batch));
    events.insert(events.end(), batch.begin(), batch.end());
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(events[i].t, sent[i].t - 1000);
    EXPECT_EQ(events[i].x, sent[i].x);
  }
  sender.send(untimed({0, 7, 8, 1}) + untimed({0, 99, 80, 1}) + "xyz");
  ASSERT_TRUE(stream->next(batch));
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.front().y, 8);
  EXPECT_EQ(stream->report().events, 101u);
  EXPECT_EQ(stream->report().kinds.at("outside the sensor"), 1u);
  EXPECT_EQ(stream->report().kinds.at("bytes of cut words"), 3u);
  EXPECT_EQ(stream->report().dropped, 4u);
  stream->stop();
  EXPECT_FALSE(stream->next(batch));
}

TEST(LiveUdp, a_slow_user_loses_events_and_is_told) {
  LiveSourceOptions options{sensor};
  options.queue_events = 10;
  options.idle_ms = 300;
  const auto stream = open_live_stream("udp:127.0.0.1:0", options);
  const Sender sender(stream->port());
  std::string packet;
  for (int i = 0; i < 50; ++i) packet += untimed({0, 1, 1, 1});
  sender.send(packet);
  sender.send(packet);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const Decoded decoded = decode(*stream);  // ends after idle_ms
  EXPECT_EQ(decoded.events.size(), 10u);
  EXPECT_EQ(decoded.report.kinds.at("queue full"), 90u);
  EXPECT_EQ(decoded.report.dropped, 90u);
}

TEST(LiveSources, are_told_from_files_and_refused) {
  EXPECT_TRUE(is_live_source("-"));
  EXPECT_TRUE(is_live_source("udp:3333"));
  EXPECT_FALSE(is_live_source("udp.bin"));
  const auto refuses = [](const std::string& source, std::string_view what) {
    expect_error([&] { open_live_stream(source, {sensor}); }, what, source, "udp:PORT");
  };
  refuses("udp:", "'' is no port");
  refuses("udp:70000", "'70000' is no port");
  refuses("udp:12x", "'12x' is no port");
  refuses("udp:localhost:3", "'localhost' is no IPv4 address");
  refuses("udp:1.2.3.4:0", "cannot receive there");
  refuses("tcp:3", "is not a live source");
  const auto first = open_live_stream("udp:127.0.0.1:0", {sensor});
  refuses("udp:127.0.0.1:" + std::to_string(first->port()), "cannot receive there");
}

}  // namespace
}  // namespace volley::test
