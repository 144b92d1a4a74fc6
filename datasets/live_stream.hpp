// Events as they come: from standard input (or a pipe) and over UDP. Owns the sockets, the word
// format, the thread that receives and the queue behind it; must not know what becomes of events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/event_stream.hpp"

namespace volley {

/// Address events as 32-bit little-endian words, as AEStream sends them by UDP and SPIF boards take
/// them: y in bits 0 to 14, polarity (1 = ON) in bit 15, x in bits 16 to 30. Bit 31 says that the
/// event has no time of its own; where it is 0 the next word is the time in microseconds, its low 32
/// bits.
class AerWordDecoder {
public:
  explicit AerWordDecoder(const SensorSize& sensor) : sensor_(sensor) {}

  /// Appends the events of some bytes. @param now_us of events without time. A word, or an event
  /// and its time, may be cut between two calls where `continues` is set; a packet is whole.
  void decode(std::string_view bytes, std::int64_t now_us, bool continues,
              std::vector<Event>& events);

  std::uint64_t outside() const { return outside_; }    ///< events outside the sensor, dropped
  std::uint64_t late() const { return late_; }          ///< moved to the time of the one before
  std::uint64_t cut() const { return cut_; }            ///< bytes at the end of packets, dropped

private:
  void add(std::uint32_t word, std::int64_t t, std::vector<Event>& events);
  std::int64_t unwrapped(std::uint32_t low);

  SensorSize sensor_;
  std::string left_;
  std::int64_t time_ = 0;     ///< of the last event, from the first
  std::int64_t first_ = -1;   ///< time of the first event's own clock
  std::uint32_t last_low_ = 0;
  bool timed_ = false;
  std::uint64_t outside_ = 0, late_ = 0, cut_ = 0;
};

struct LiveOptions {
  SensorSize sensor;
  std::size_t queue_events = std::size_t{1} << 20;  ///< held at most; what does not fit is dropped
  int idle_ms = 0;  ///< UDP: the stream ends after so long without a packet; 0 = never
};

/// A stream that never looks back: next() waits for events, returns false once the source has ended
/// or stop() was called. Times begin at 0 with the first event; of events without one it is the time
/// of arrival. report() counts as dropped what found the queue full, what lies outside the sensor
/// and what is no whole word, each by its name; as out_of_order what came late. Standard input is
/// never dropped from: it is read no faster than it is used.
class LiveStream : public EventStream {
public:
  /// Safe from any thread: next() ends soon. Also what a signal handler's flag should lead to.
  virtual void stop() = 0;
  /// The port on which packets are received; 0 for standard input.
  virtual int port() const = 0;
};

/// Whether a name is that of a live source and not of a file.
bool is_live_source(const std::string& name);

/// @param source "-" for standard input, "udp:PORT" or "udp:ADDRESS:PORT" for packets to a port of
/// this machine (all addresses, or the one given; port 0: any free one)
/// @throws Error for another name, a port that is taken or an address that is none of this machine
std::unique_ptr<LiveStream> open_live_stream(const std::string& source, const LiveOptions& options);

/// Words from any descriptor that can be read; it stays the caller's.
std::unique_ptr<LiveStream> open_live_descriptor(int descriptor, const LiveOptions& options);

}  // namespace volley
