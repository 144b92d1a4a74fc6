// Events as they come: from standard input (or a pipe) and over UDP. Owns the sockets, the word
// format, the thread that receives and the queue behind it; must not know what becomes of events,
// nor the formats of recordings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/event_stream.hpp"
#include "datasets/stream_options.hpp"

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

/// The name of words among formats: they have no mark, and only live sources have them.
inline constexpr const char* aer_words_format = "aer";

struct LiveSourceOptions {
  SensorSize sensor;
  std::size_t queue_events = std::size_t{1} << 20;  ///< UDP: held at most; others are dropped
  int idle_ms = 0;  ///< the stream ends after so long without a byte; 0 = never
  /// Of standard input: how to read what comes, as for files (but for the sensor).
  /// recording.format: "aer", a name of recording_formats(), or empty: told by the content.
  StreamOptions recording = {};
  std::function<bool()> go_on = {};  ///< asked ten times a second; false ends the stream
};

/// A stream that never looks back: next() waits for events, returns false once the source has ended
/// or stop() was called. Times begin at 0: of words, and of formats with a free clock, with the
/// first event; of words without a time it is the time of arrival. report() counts as dropped what
/// found the queue full, what lies outside the sensor and what is no whole word, each by its name;
/// as out_of_order what came late. Standard input is never dropped from: it is read no faster than
/// it is used.
class LiveStream : public EventStream {
public:
  /// Safe from any thread: next() ends soon. Also what a signal handler's flag should lead to.
  virtual void stop() = 0;
  /// Whether stop() or go_on ended it, and not the source.
  virtual bool stopped() const = 0;
  /// The port on which packets are received; 0 for standard input.
  virtual int port() const = 0;
};

/// Whether a name is that of a live source and not of a file.
bool is_live_source(const std::string& name);

/// @param source "-" for standard input, "udp:PORT" or "udp:ADDRESS:PORT" for packets of words to a
/// port of this machine (all addresses, or the one given; port 0: any free one)
/// @throws Error for another name, a port that is taken, an address that is none of this machine, or
/// a format that packets do not have
std::unique_ptr<LiveStream> open_live_stream(const std::string& source,
                                             const LiveSourceOptions& options);

/// A recording of any format, also compressed, or words, from any descriptor that can be read; it
/// stays the caller's. The format is told by what comes before the first pause (300 ms, at most
/// 512 KiB), words by events that lie inside the sensor; so it is the first next() that throws Error
/// as open_recording() does, and for another sensor than that of the options.
std::unique_ptr<LiveStream> open_live_descriptor(int descriptor, const LiveSourceOptions& options);

}  // namespace volley
