// AEDAT4 of DV: "#!AER-DAT4.0\r\n", a size-prefixed flatbuffer IOHeader with the streams in XML,
// then packets: i32 stream, i32 size, and so many bytes, packed by LZ4, zstd or not at all, that
// hold a size-prefixed flatbuffer of the stream's type. The table of packets at the end is not
// needed. Specification: iniVation, "AEDAT file formats". One stream of events is delivered.
#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <cstring>

#include "aedat4_generated.h"
#include "base/error.hpp"
#include "datasets/formats/aedat4_streams.hpp"
#include "datasets/formats/decoders.hpp"
#include "datasets/formats/unpack.hpp"

namespace volley {

namespace {

constexpr std::size_t mark_bytes = 14, packet_header_bytes = 8, event_bytes = 16;
static_assert(sizeof(aedat4::EventItem) == event_bytes);
// A packet of 5.6 million events, thousands of times what cameras write.
constexpr std::size_t most_packed = std::size_t{1} << 26, most_unpacked = std::size_t{3} << 25;

/// Whether bytes are a size-prefixed flatbuffer of a table, by the library's own verifier, which
/// also sees that numbers are aligned. @param bytes begin where memory of a vector does
template <class Table>
const Table* verified(ByteSpan bytes, const char* identifier) {
  if (bytes.size() < 12) return nullptr;
  const std::size_t size = std::size_t{little<std::uint32_t>(bytes.data())} + 4;
  if (size > bytes.size()) return nullptr;
  flatbuffers::Verifier verifier(bytes.data(), size, 16, 1000);
  if (!verifier.VerifySizePrefixedBuffer<Table>(identifier)) return nullptr;
  return flatbuffers::GetSizePrefixedRoot<Table>(bytes.data());
}

class Aedat4Decoder final : public BlockDecoder {
public:
  Aedat4Decoder(Packing packing, std::map<int, Aedat4Stream> streams, int stream,
                std::uint64_t position, std::uint64_t table)
      : packing_(packing), streams_(std::move(streams)), stream_(stream), position_(position),
        table_(table), unpacker_(most_unpacked) {}

  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    while (sink.room() > 0) {
      if (open_) {
        // The packet's bytes are done with once its last event is delivered.
        if (!deliver(at, sink)) break;
        open_ = false;
        at += needed_;
        position_ += needed_;
        needed_ = packet_header_bytes;
      }
      if (table_ != 0 && position_ >= table_) {
        // What follows is the table.
        position_ += bytes.size() - at;
        at = bytes.size();
        break;
      }
      if (at + packet_header_bytes > bytes.size()) break;
      const auto stream = little<std::int32_t>(bytes.data() + at);
      const auto size = little<std::int32_t>(bytes.data() + at + 4);
      if (size < 0 || static_cast<std::size_t>(size) > most_packed) {
        sink.fail(at, "a packet of " + std::to_string(size) + " bytes");
        break;
      }
      needed_ = packet_header_bytes + static_cast<std::size_t>(size);
      if (at + needed_ > bytes.size()) break;
      at_ = events_ = 0;
      if (!open_packet(stream, bytes.subspan(at, needed_).subspan(packet_header_bytes), at, sink))
        break;
      open_ = true;
    }
    return at;
  }

  std::size_t needed() const override { return needed_; }

  void finish(ByteSpan rest, EventSink& sink) override {
    if (!rest.empty())
      sink.fail(0, "truncated: the last packet has " + std::to_string(rest.size()) + " of " +
                       std::to_string(needed_) + " bytes");
    else if (table_ != 0 && position_ < table_)
      sink.fail(0, "truncated: packets up to byte " + std::to_string(table_) + " were promised");
  }

private:
  /// Delivers from the open packet, which begins at `at`; false where the sink is full or finds
  /// damage.
  bool deliver(std::size_t at, EventSink& sink) {
    while (at_ < events_) {
      if (sink.room() == 0) return false;
      const std::uint8_t* const item = elements_ + event_bytes * at_;
      const auto x = little<std::int16_t>(item + 8), y = little<std::int16_t>(item + 10);
      // Negative coordinates become large, and lie outside.
      if (!sink.add(little<std::int64_t>(item), static_cast<std::uint32_t>(x),
                    static_cast<std::uint32_t>(y), item[12] != 0 ? 1 : 0, at))
        return false;
      ++at_;
    }
    return true;
  }

  bool open_packet(int stream, ByteSpan packed, std::size_t at, EventSink& sink) {
    const auto known = streams_.find(stream);
    if (known != streams_.end() && (known->second.type != "EVTS" || stream != stream_)) {
      const std::string& type = known->second.type;
      sink.skip(type == "FRME"   ? "frame"
                : type == "IMUS" ? "packet of IMU samples"
                : type == "TRIG" ? "packet of triggers"
                : type == "EVTS" ? "packet of another stream of events"
                                 : "packet of another type");
      return true;
    }
    if (known == streams_.end() && stream_ >= 0 && stream != stream_) {
      sink.skip("packet of a stream that the header does not name");
      return true;
    }
    const std::string reason = unpacker_.unpack(packing_, packed, packet_);
    if (!reason.empty()) return sink.fail(at, reason);
    if (stream_ < 0) {  // a header that names no stream: the first that has events
      if (packet_.size() < 12 || std::memcmp(packet_.data() + 8, "EVTS", 4) != 0) {
        sink.skip("packet of another type");
        return true;
      }
      stream_ = stream;
    }
    const auto* const events = verified<aedat4::EventPacket>(packet_, "EVTS");
    if (events == nullptr) return sink.fail(at, "the packet is no flatbuffer of events");
    if (events->elements() == nullptr) return true;
    elements_ = events->elements()->Data();
    events_ = events->elements()->size();
    return true;
  }

  Packing packing_;
  std::map<int, Aedat4Stream> streams_;
  int stream_;
  std::uint64_t position_, table_;  // of the next packet and of the table in the file
  Unpacker unpacker_;
  std::vector<std::uint8_t> packet_;
  const std::uint8_t* elements_ = nullptr;
  std::size_t at_ = 0, events_ = 0;
  std::size_t needed_ = packet_header_bytes;
  bool open_ = false;
};

std::string stream_list(const std::map<int, Aedat4Stream>& streams) {
  std::string list;
  for (const auto& [number, stream] : streams)
    list += (list.empty() ? "" : ", ") + std::to_string(number) + " " + stream.type;
  return list.empty() ? "none" : list;
}

}  // namespace

OpenedFormat open_aedat4(ByteSpan front, const StreamOptions& options, const std::string& name) {
  const auto refuse = [&](const std::string& what, std::size_t byte) -> Error {
    return Error(what, name + ": byte " + std::to_string(byte),
                 "replace the file by an undamaged copy");
  };
  if (front.size() < mark_bytes + 4) throw refuse("the file ends in its header", front.size());
  const ByteSpan rest = front.subspan(mark_bytes);
  const std::size_t size = std::size_t{little<std::uint32_t>(rest.data())} + 4;
  if (size > rest.size()) throw refuse("the AEDAT4 header does not end", mark_bytes);
  const std::vector<std::uint8_t> aligned(rest.begin(),
                                          rest.begin() + static_cast<std::ptrdiff_t>(size));
  const auto* const header = verified<aedat4::IOHeader>(aligned, "IOHE");
  if (header == nullptr) throw refuse("the AEDAT4 header is no flatbuffer of its kind", mark_bytes);

  OpenedFormat opened;
  opened.header = mark_bytes + size;
  Packing packing = Packing::none;
  const auto compression = static_cast<int>(header->compression());
  if (compression == 1 || compression == 2)
    packing = Packing::lz4;
  else if (compression == 3 || compression == 4)
    packing = Packing::zstd;
  else if (compression != 0)
    throw refuse("compression " + std::to_string(compression) + " is not known", mark_bytes);

  std::map<int, Aedat4Stream> streams;
  if (header->info_node() != nullptr) streams = read_aedat4_streams(header->info_node()->str());
  int chosen = options.stream;
  if (chosen >= 0) {
    if (!streams.contains(chosen) || streams.at(chosen).type != "EVTS")
      throw Error("stream " + std::to_string(chosen) + " holds no events", name,
                  "the streams are: " + stream_list(streams));
  } else {
    for (const auto& [number, stream] : streams)
      if (stream.type == "EVTS" && chosen < 0) chosen = number;
    if (chosen < 0 && !streams.empty())
      throw Error("has no stream of events", name, "its streams are: " + stream_list(streams));
  }
  std::optional<SensorSize> sensor;
  if (chosen >= 0 && streams.at(chosen).sensor.width > 0 && streams.at(chosen).sensor.height > 0)
    sensor = streams.at(chosen).sensor;
  opened.facts.format = std::string("AEDAT4 (") +
                        (packing == Packing::lz4    ? "LZ4"
                         : packing == Packing::zstd ? "zstd"
                                                    : "uncompressed") +
                        ")";
  opened.facts.free_clock = true;
  opened.facts.mended_us = mended_camera_us;
  choose_sensor(opened.facts, options, sensor, {32768, 32768, 2});
  const std::int64_t table = std::max<std::int64_t>(0, header->data_table_position());
  opened.decoder = std::make_unique<Aedat4Decoder>(
      packing, std::move(streams), chosen, opened.header, static_cast<std::uint64_t>(table));
  return opened;
}

}  // namespace volley
