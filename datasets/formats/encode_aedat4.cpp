// The encoder of AEDAT4: packets of up to 8192 events in one stream, and the table of them at the
// end.
#include <flatbuffers/flatbuffers.h>

#include "aedat4_generated.h"
#include "base/error.hpp"
#include "datasets/formats/aedat4_streams.hpp"
#include "datasets/formats/encoders.hpp"
#include "datasets/formats/unpack.hpp"

namespace volley {

namespace {

std::string bytes_of(const flatbuffers::FlatBufferBuilder& builder) {
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

class Aedat4Encoder final : public Encoder {
public:
  explicit Aedat4Encoder(const WriterOptions& options) : sensor_(options.sensor) {
    if (options.compression == "lz4")
      packing_ = Packing::lz4;
    else if (options.compression == "zstd")
      packing_ = Packing::zstd;
    else if (options.compression == "none")
      packing_ = Packing::none;
    else
      throw Error("AEDAT4 knows no compression '" + options.compression + "'", "--compression",
                  "use lz4, zstd or none");
  }

  void begin(std::string& out) override {
    const std::string start = front();
    out += start;
    position_ = static_cast<std::int64_t>(start.size());
  }

  void encode(std::span<const Event> events, std::string& out) override {
    for (std::size_t at = 0; at < events.size(); at += events_per_packet)
      put_packet(events.subspan(at, std::min(events_per_packet, events.size() - at)), at, out);
  }

  void end(std::uint64_t position, std::string& out) override {
    table_ = static_cast<std::int64_t>(position);
    flatbuffers::FlatBufferBuilder builder;
    builder.FinishSizePrefixed(
        aedat4::CreateDataTable(builder, builder.CreateVector(definitions(builder))), "FTAB");
    out += pack(packing_, bytes_of(builder));
  }

  std::string final_front() override { return front(); }

private:
  static constexpr std::size_t events_per_packet = 8192;
  struct Packet {
    std::int64_t offset, events, first, last;
    int size;
  };

  /// Of one size, wherever the table comes to lie.
  std::string front() const {
    flatbuffers::FlatBufferBuilder builder;
    builder.ForceDefaults(true);
    const char* const name = packing_ == Packing::lz4    ? "LZ4"
                             : packing_ == Packing::zstd ? "ZSTD"
                                                         : "NONE";
    const auto xml = builder.CreateString(aedat4_streams_xml(sensor_, name));
    const auto compression = packing_ == Packing::lz4    ? aedat4::Compression_lz4
                             : packing_ == Packing::zstd ? aedat4::Compression_zstd
                                                         : aedat4::Compression_none;
    builder.FinishSizePrefixed(aedat4::CreateIOHeader(builder, compression, table_, xml), "IOHE");
    return "#!AER-DAT4.0\r\n" + bytes_of(builder);
  }

  void put_packet(std::span<const Event> events, std::size_t index, std::string& out) {
    std::vector<aedat4::EventItem> items;
    items.reserve(events.size());
    for (const Event& event : events) {
      if (event.x > 32767 || event.y > 32767)
        throw Unwritable{index + items.size(), "has a coordinate above 32767"};
      items.emplace_back(event.t, static_cast<std::int16_t>(event.x),
                         static_cast<std::int16_t>(event.y), event.p != 0);
    }
    flatbuffers::FlatBufferBuilder builder(items.size() * sizeof(items[0]) + 256);
    builder.FinishSizePrefixed(
        aedat4::CreateEventPacket(builder, builder.CreateVectorOfStructs(items)), "EVTS");
    const std::string packed = pack(packing_, bytes_of(builder));
    packets_.push_back({position_, static_cast<std::int64_t>(events.size()), events.front().t,
                        events.back().t, static_cast<int>(packed.size())});
    put_little(out, 0, 4);
    put_little(out, packed.size(), 4);
    out += packed;
    position_ += static_cast<std::int64_t>(8 + packed.size());
  }

  std::vector<flatbuffers::Offset<aedat4::DataDefinition>> definitions(
      flatbuffers::FlatBufferBuilder& builder) const {
    std::vector<flatbuffers::Offset<aedat4::DataDefinition>> all;
    for (const Packet& packet : packets_) {
      const aedat4::PacketHeader header(0, packet.size);
      all.push_back(aedat4::CreateDataDefinition(builder, packet.offset, &header, packet.events,
                                                 packet.first, packet.last));
    }
    return all;
  }

  SensorSize sensor_;
  Packing packing_ = Packing::lz4;
  std::int64_t position_ = 0, table_ = -1;
  std::vector<Packet> packets_;
};

}  // namespace

std::unique_ptr<Encoder> make_aedat4_encoder(const WriterOptions& options) {
  return std::make_unique<Aedat4Encoder>(options);
}

}  // namespace volley
