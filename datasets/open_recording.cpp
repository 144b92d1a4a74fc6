#include "datasets/open_recording.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/atis_bin.hpp"
#include "datasets/child_stream.hpp"
#include "datasets/formats/decoders.hpp"
#include "datasets/formats/mat.hpp"
#include "datasets/formats/numpy.hpp"
#include "datasets/formats/spike_hdf5.hpp"

namespace volley {

namespace {

OpenedFormat open_bare(const std::string& format, const StreamOptions& options) {
  OpenedFormat opened;
  if (format == "atis") {
    opened.decoder = make_atis_bin_decoder();
    opened.facts.format = "ATIS .bin";
    choose_sensor(opened.facts, options, std::nullopt, atis_sensor);
  } else if (format == "bs1") {
    opened.decoder = make_bs1_decoder();
    opened.facts.format = "SLAYER .bs1";
    choose_sensor(opened.facts, options, std::nullopt, {65536, 1, 2});
  } else {
    opened.decoder = make_bs3_decoder();
    opened.facts.format = "SLAYER .bs3";
    choose_sensor(opened.facts, options, std::nullopt, {4096, 4096, 2});
  }
  return opened;
}

OpenedFormat open_front(const std::string& format, ByteSpan front, const StreamOptions& options,
                        const std::string& name) {
  if (format == "atis" || format == "bs1" || format == "bs3") return open_bare(format, options);
  if (format == "aedat2") return open_aedat2(front, options, name);
  if (format == "aedat3") return open_aedat3(front, options, name);
  if (format == "aedat4") return open_aedat4(front, options, name);
  if (format == "npy") return open_npy(front, options, name);
  if (format == "es") return open_es(front, options, name);
  if (format == "dat") return open_dat(front, options, name);
  if (format == "text") return open_text(front, options, name);
  const int version = format == "evt2" ? 20 : format == "evt2.1" ? 21 : 30;
  const bool header = front.size() >= 2 && front[0] == '%' && front[1] == ' ';
  return header ? open_evt(front, options, name) : open_bare_evt(version, options);
}

void check_format(const std::string& format, const std::string& name) {
  std::string known;
  for (const RecordingFormat& each : recording_formats()) {
    if (each.name == format) return;
    known += (known.empty() ? "" : ", ") + each.name;
  }
  throw Error("unknown format '" + format + "'", name, "use one of: " + known);
}

}  // namespace

const std::vector<RecordingFormat>& recording_formats() {
  static const std::vector<RecordingFormat> formats = {
      {"atis", "ATIS .bin, also .bs2 (N-MNIST, N-Caltech101)"},
      {"bs1", "SLAYER .bs1 (one-dimensional)"},
      {"bs3", "SLAYER .bs3"},
      {"aedat2", "AEDAT 2.0 and 1.0 of jAER (.aedat)"},
      {"aedat3", "AEDAT 3.1 of cAER (.aedat)"},
      {"aedat4", "AEDAT4 of DV (.aedat4)"},
      {"dat", "Prophesee DAT (.dat)"},
      {"evt2", "Prophesee EVT2 (.raw)"},
      {"evt2.1", "Prophesee EVT2.1 (.raw)"},
      {"evt3", "Prophesee EVT3 (.raw)"},
      {"es", "Event Stream (.es)"},
      {"hdf5", "spikes in HDF5 (SHD, SSC)"},
      {"mat", "MATLAB (ST-MNIST, ASL-DVS)"},
      {"npy", "NumPy array (.npy)"},
      {"npz", "NumPy arrays (.npz)"},
      {"text", "text with one event a line (.csv, .txt)"},
  };
  return formats;
}

namespace {

/// The format asked for, else the one that the front shows.
std::string format_of(ByteSpan front, bool whole, const std::string& name,
                      const StreamOptions& options) {
  if (!options.format.empty()) {
    check_format(options.format, name);
    return options.format;
  }
  const std::string format = recognise_format(front, whole, name);
  if (format.empty())
    throw Error("is no recording of a format that volley knows", name,
                "give an event recording; --format names the format where it cannot be told");
  return format;
}

/// Arrays that are read in several places at once.
bool needs_reopening(const std::string& format, ByteSpan front, const std::string& name) {
  return format == "npz" || (format == "npy" && is_column_major(read_numpy_header(front, name)));
}

std::unique_ptr<EventStream> open_arrays(const std::string& format, ByteSpan front,
                                         const Opener& open, const std::string& name,
                                         const StreamOptions& options) {
  if (format == "npz") return open_npz(open, options, name);
  return open_npy_columns(open, read_numpy_header(front, name), options, name);
}

std::unique_ptr<EventStream> open_once(const std::string& format, std::vector<std::uint8_t> front,
                                       std::unique_ptr<ByteSource> rest, const std::string& name,
                                       const StreamOptions& options) {
  if (format == "mat" || format == "hdf5") {
    const NamedCopy copy(*put_back(std::move(front), std::move(rest)));
    if (format == "mat") return open_mat(copy.path(), name, options);
    return open_spike_hdf5(copy.path(), name, options.index);
  }
  OpenedFormat opened = open_front(format, front, options, name);
  front.erase(front.begin(), front.begin() + static_cast<std::ptrdiff_t>(opened.header));
  return make_block_stream(put_back(std::move(front), std::move(rest)), std::move(opened.decoder),
                           std::move(opened.facts), opened.header);
}

}  // namespace

std::unique_ptr<EventStream> open_recording(const Opener& open, const std::string& name,
                                            const StreamOptions& options) {
  std::unique_ptr<ByteSource> bytes = open();
  std::vector<std::uint8_t> front = read_front(*bytes, front_limit);
  const std::string format = format_of(front, front.size() < front_limit, name, options);
  if (needs_reopening(format, front, name)) return open_arrays(format, front, open, name, options);
  return open_once(format, std::move(front), std::move(bytes), name, options);
}

std::unique_ptr<EventStream> open_recording(std::vector<std::uint8_t> front, bool whole,
                                            std::unique_ptr<ByteSource> rest,
                                            const std::string& name,
                                            const StreamOptions& options) {
  const std::string format = format_of(front, whole, name, options);
  if (!needs_reopening(format, front, name))
    return open_once(format, std::move(front), std::move(rest), name, options);
  const std::string bytes = read_rest(*put_back(front, std::move(rest)));
  return open_arrays(format, front, [bytes, name] { return memory_source(bytes, name); }, name,
                     options);
}

std::string format_of_recording(const std::filesystem::path& path) {
  // A zip may be one recording in several arrays.
  const bool member = !split_archive_path(path).member.empty();
  const std::unique_ptr<ByteSource> bytes = member ? open_bytes(path) : unwrap(open_file(path));
  const std::vector<std::uint8_t> front = read_front(*bytes, front_limit);
  return recognise_format(front, front.size() < front_limit, bytes->name());
}

std::unique_ptr<EventStream> open_recording(const std::filesystem::path& path,
                                            const StreamOptions& options) {
  if (split_archive_path(path).member.empty() &&
      (options.format == "npz" || (options.format.empty() && format_of_recording(path) == "npz")))
    return open_recording([path] { return unwrap(open_file(path)); }, path.string(), options);
  return open_recording([path] { return open_bytes(path); }, path.string(), options);
}

}  // namespace volley
