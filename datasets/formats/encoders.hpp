// The encoders behind event_writer.hpp: events in, bytes out. Each mirrors the decoder of its
// format, whose file tells the layout. Must not know files.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "datasets/event_writer.hpp"

namespace volley {

/// What a format cannot say of an event, in words that go on "event 17 ...".
struct Unwritable {
  std::size_t index;  ///< in the span given to encode()
  std::string reason;
};

class Encoder {
public:
  virtual ~Encoder() = default;
  /// Bytes before the first event.
  virtual void begin(std::string& out) = 0;
  /// Appends the bytes of events, which lie inside the sensor and in order. @throws Unwritable
  virtual void encode(std::span<const Event> events, std::string& out) = 0;
  /// Bytes after the last event. @param position of the next byte in the file
  virtual void end(std::uint64_t position, std::string& out) = 0;
  /// Bytes to put in place of the file's first, once all is known; empty: nothing.
  virtual std::string final_front() { return {}; }
};

std::unique_ptr<Encoder> make_atis_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_bs1_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_bs3_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_aedat2_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_aedat3_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_aedat4_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_dat_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_evt2_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_evt21_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_evt3_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_es_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_npy_encoder(const WriterOptions& options);
std::unique_ptr<Encoder> make_text_encoder(const WriterOptions& options);

/// Appends the low `bytes` bytes of a number.
inline void put_little(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}
inline void put_big(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace volley
