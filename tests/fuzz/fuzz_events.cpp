// Targets of datasets/: whatever the bytes, events delivered keep the promises of EventStream.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/dvs_gesture.hpp"
#include "datasets/idx_file.hpp"
#include "datasets/live_stream.hpp"
#include "datasets/open_recording.hpp"
#include "datasets/packed_train.hpp"
#include "datasets/spike_csv.hpp"
#include "datasets/wav_file.hpp"
#include "fuzz_target.hpp"

namespace volley::fuzz {

namespace {

constexpr std::uint64_t most_events = 5'000'000;  // of packed formats, in one input

void read_all(EventStream& stream) {
  const SensorSize sensor = stream.sensor();
  require(sensor.width > 0 && sensor.height > 0 && sensor.width <= 65536 && sensor.height <= 65536,
          "a sensor of 1 to 65536 pixels a side");
  static std::vector<Event> batch;  // kept, for the time that its memory takes
  std::uint64_t events = 0;
  std::int64_t latest = INT64_MIN;
  while (events < most_events && stream.next(batch)) {
    require(!batch.empty() && batch.size() <= 100'000, "a batch of some events");
    for (const Event& event : batch) {
      require(event.t >= latest, "times never step back");
      require(event.x < sensor.width && event.y < sensor.height, "events lie inside the sensor");
      require(event.p <= 1, "polarities are 0 and 1");
      latest = event.t;
    }
    events += batch.size();
  }
  if (events >= most_events) return;
  require(batch.empty() && !stream.next(batch), "the end stays the end");
  const StreamReport& report = stream.report();
  require(report.events == events, "the report counts what was delivered");
  if (report.damaged())
    require(report.damage.starts_with("byte ") && report.damage.find(": ") != std::string::npos,
            "damage has a place and a reason");
}

void read_recording(const std::string& bytes, const StreamOptions& options) {
  const auto stream =
      open_recording([&] { return memory_source(bytes, "fuzz"); }, "fuzz", options);
  read_all(*stream);
}

/// A format by its name. What files do not say about themselves is varied by their length.
template <const char* format>
void read_format(const std::string& bytes) {
  constexpr std::array layouts{"", "dvs128", "davis", "cifar10-dvs", "cochlea", "cochlea-onoff"};
  const std::string_view name = format;
  StreamOptions options;
  options.format = name;
  if (name == "aedat2") options.layout = layouts[bytes.size() % layouts.size()];
  if (name == "aedat3") options.keep_invalid = bytes.size() % 2 == 1;
  if (name == "aedat4") options.stream = static_cast<int>(bytes.size() % 3) - 1;
  if (name == "hdf5") options.index = static_cast<long>(bytes.size() % 2) - 1;
  read_recording(bytes, options);
}

void read_any(const std::string& bytes) { read_recording(bytes, {}); }

void read_archive(const std::string& bytes) {
  for (std::size_t wanted = 0; wanted < 8; ++wanted) {
    std::size_t at = 0;
    const auto member = find_member(memory_source(bytes, "fuzz"),
                                    [&](const ArchiveMember&) { return at++ == wanted; });
    if (member == nullptr) break;
    std::array<std::uint8_t, 4096> block{};
    std::size_t total = 0;
    while (const std::size_t got = member->read(block.data(), block.size())) {
      require(got <= block.size(), "no more bytes than asked for");
      if ((total += got) > std::size_t{1} << 23) break;
    }
  }
  const auto open = [&] { return unwrap(memory_source(bytes, "fuzz.bin")); };
  read_all(*open_recording(open, "fuzz.bin", {}));
}

void read_sound(const std::string& bytes) {
  const Sound sound = read_wav(bytes, "fuzz");
  require(sound.rate_hz > 0 && sound.samples.size() <= bytes.size(), "samples come from bytes");
}

void read_images(const std::string& bytes) {
  const NamedBytes file(bytes);
  for (const std::size_t dimensions : {1, 3}) {
    try {
      const IdxArray array = read_idx(file.path(), dimensions);
      std::size_t values = 1;
      for (const std::size_t size : array.sizes) values *= size;
      require(array.sizes.size() == dimensions && array.values.size() == values,
              "as many values as the sizes say");
    } catch (const Error&) {
      if (dimensions == 3) throw;
    }
  }
}

void read_spikes(const std::string& bytes) {
  constexpr std::uint32_t neurons = 1000;
  const NamedBytes file(bytes);
  const SpikeTrain train = read_spike_csv(file.path(), neurons, 1.0);
  require(pack_train(train).size() > 0, "a train that can be packed");
}

void read_cached(const std::string& bytes) {
  if (const auto train = unpack_train(bytes))
    require(pack_train(*train) == bytes, "a train packs to the bytes it came from");
}

void read_gestures(const std::string& bytes) {
  parse_trials(bytes);
  for (const GestureRow& row : parse_gesture_rows(bytes, "fuzz"))
    require(row.gesture >= 1 && row.gesture <= 11 && row.end_us >= row.first_us,
            "a gesture and its times");
}

/// Words as they come through a pipe (cut anywhere) and as packets.
void read_words(const std::string& bytes) {
  const SensorSize sensor{640, 480, 2};
  for (const bool continues : {true, false}) {
    AerWordDecoder decoder(sensor);
    std::vector<Event> events;
    const std::size_t piece = 1 + bytes.size() % 13;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      decoder.decode(std::string_view(bytes).substr(at, piece), static_cast<std::int64_t>(at),
                     continues, events);
    std::int64_t latest = 0;
    for (const Event& event : events) {
      require(event.t >= latest && event.x < sensor.width && event.y < sensor.height &&
                  event.p <= 1,
              "events in order inside the sensor");
      latest = event.t;
    }
  }
}

constexpr char atis[] = "atis", bs1[] = "bs1", bs3[] = "bs3", aedat2[] = "aedat2",
               aedat3[] = "aedat3", aedat4[] = "aedat4", dat[] = "dat", evt2[] = "evt2",
               evt21[] = "evt2.1", evt3[] = "evt3", es[] = "es", hdf5[] = "hdf5", mat[] = "mat",
               npy[] = "npy", npz[] = "npz", text[] = "text";

}  // namespace

std::vector<Target> event_targets() {
  return {{atis, read_format<atis>},     {bs1, read_format<bs1>},       {bs3, read_format<bs3>},
          {aedat2, read_format<aedat2>}, {aedat3, read_format<aedat3>}, {aedat4, read_format<aedat4>},
          {dat, read_format<dat>},       {evt2, read_format<evt2>},     {evt21, read_format<evt21>},
          {evt3, read_format<evt3>},     {es, read_format<es>},         {hdf5, read_format<hdf5>},
          {mat, read_format<mat>},       {npy, read_format<npy>},       {npz, read_format<npz>},
          {text, read_format<text>},     {"any", read_any},             {"archive", read_archive},
          {"wav", read_sound},           {"idx", read_images},          {"spike-csv", read_spikes},
          {"cached", read_cached},       {"gesture", read_gestures},    {"words", read_words}};
}

}  // namespace volley::fuzz
