#include "datasets/event_writer.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <limits>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/formats/encoders.hpp"

namespace volley {

namespace {

struct Format {
  const char* name;
  std::unique_ptr<Encoder> (*make)(const WriterOptions&);
};

constexpr Format formats[] = {
    {"aedat4", make_aedat4_encoder}, {"evt3", make_evt3_encoder},
    {"dat", make_dat_encoder},       {"atis", make_atis_encoder},
    {"es", make_es_encoder},         {"npy", make_npy_encoder},
    {"text", make_text_encoder},     {"evt2", make_evt2_encoder},
    {"evt2.1", make_evt21_encoder},  {"aedat2", make_aedat2_encoder},
    {"aedat3", make_aedat3_encoder}, {"bs1", make_bs1_encoder},
    {"bs3", make_bs3_encoder},
};

const char* const how =
    "write it to another format, or cut or shift it (volley convert --crop, "
    "--time, --shift)";

class FileWriter final : public EventWriter {
public:
  FileWriter(const std::filesystem::path& file, std::unique_ptr<Encoder> encoder,
             const SensorSize& sensor)
      : path_(file), file_(file), out_(file_.temporary(), std::ios::binary),
        encoder_(std::move(encoder)), sensor_(sensor) {
    encoder_->begin(bytes_);
  }

  void write(std::span<const Event> events) override {
    for (const Event& event : events)
      check(event, static_cast<std::size_t>(&event - events.data()));
    try {
      encoder_->encode(events, bytes_);
    } catch (const Unwritable& what) {
      refuse(what.index, what.reason);
    }
    count_ += events.size();
    if (bytes_.size() >= flush_bytes) flush();
  }

  void finish() override {
    encoder_->end(written_ + bytes_.size(), bytes_);
    flush();
    if (const std::string front = encoder_->final_front(); !front.empty()) {
      out_.seekp(0);
      out_.write(front.data(), static_cast<std::streamsize>(front.size()));
    }
    out_.close();
    if (!out_) fail();
    file_.commit();
  }

private:
  static constexpr std::size_t flush_bytes = std::size_t{1} << 20;

  [[noreturn]] void fail() const {
    throw Error("cannot write", path_.string(), "check that the disk is not full");
  }
  [[noreturn]] void refuse(std::size_t index, const std::string& reason) const {
    throw Error("event " + std::to_string(count_ + index) + " " + reason, path_.string(), how);
  }

  void check(const Event& event, std::size_t index) {
    if (event.x >= sensor_.width || event.y >= sensor_.height)
      refuse(index, "lies outside the " + std::to_string(sensor_.width) + " x " +
                        std::to_string(sensor_.height) + " sensor");
    if (event.p > 1) refuse(index, "has a polarity other than 0 and 1");
    if (event.t < latest_) refuse(index, "is earlier than the one before");
    latest_ = event.t;
  }

  void flush() {
    out_.write(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    if (!out_) fail();
    written_ += bytes_.size();
    bytes_.clear();
  }

  std::filesystem::path path_;
  AtomicFile file_;
  std::ofstream out_;
  std::unique_ptr<Encoder> encoder_;
  SensorSize sensor_;
  std::string bytes_;
  std::uint64_t written_ = 0, count_ = 0;
  std::int64_t latest_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace

const std::vector<std::string>& writable_formats() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Format& format : formats) all.emplace_back(format.name);
    return all;
  }();
  return names;
}

std::string format_of_extension(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  for (char& letter : extension)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [ending, format] :
       {Pair{".bin", "atis"}, Pair{".bs2", "atis"}, Pair{".bs1", "bs1"}, Pair{".bs3", "bs3"},
        Pair{".aedat4", "aedat4"}, Pair{".dat", "dat"}, Pair{".raw", "evt3"}, Pair{".es", "es"},
        Pair{".npy", "npy"}, Pair{".csv", "text"}, Pair{".txt", "text"}})
    if (extension == ending) return format;
  return {};
}

std::unique_ptr<EventWriter> create_recording(const std::filesystem::path& file,
                                              const std::string& format,
                                              const WriterOptions& options) {
  std::string known;
  for (const Format& each : formats) {
    if (format == each.name)
      return std::make_unique<FileWriter>(file, each.make(options), options.sensor);
    known += std::string(known.empty() ? "" : ", ") + each.name;
  }
  throw Error("no format '" + format + "' can be written", file.string(), "use one of: " + known);
}

}  // namespace volley
