#include "app/spike_files.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "models/hdf5_writer.hpp"

namespace volley {

struct SpikeFile::Content {
  struct Spike {
    std::int64_t recording, population, neuron, step;
  };
  std::vector<Spike> spikes;
  std::vector<std::string> names;         ///< of spiking populations
  std::vector<std::size_t> sizes;
  std::vector<std::string> recordings;
  std::vector<std::int64_t> starts;       ///< step at which each recording begins
  std::int64_t steps = 0;
  double dt_ms = 1.0;
};

namespace {

using SpikeWords = std::int64_t[4];

std::string npy_header(std::size_t rows) {
  std::string header =
      fmt::format("{{'descr': '<i8', 'fortran_order': False, 'shape': ({}, 4), }}", rows);
  header.resize((10 + header.size()) / 64 * 64 + 64 - 10, ' ');
  header.back() = '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header;
}

}  // namespace

SpikeFile::SpikeFile(std::filesystem::path file)
    : file_(std::move(file)), content_(std::make_unique<Content>()) {
  const std::string extension = file_.extension().string();
  if (extension != ".npy" && extension != ".ras" && extension != ".h5")
    throw Error("is not a kind of file that spikes are written to", file_.string(),
                "end its name in .npy, .ras or .h5");
}

SpikeFile::~SpikeFile() = default;

void SpikeFile::add(const SampleTrace& trace) {
  Content& content = *content_;
  if (content.recordings.empty()) {
    content.dt_ms = trace.dt_ms;
    for (const PopulationTrace& population : trace.populations) {
      if (population.spikes.steps == 0) continue;
      content.names.push_back(population.name);
      content.sizes.push_back(population.shape.size());
    }
  }
  const auto recording = static_cast<std::int64_t>(content.recordings.size());
  // By step first, so that every population is sorted by time.
  for (std::uint32_t step = 0; step < trace.steps; ++step) {
    std::int64_t index = 0;
    for (const PopulationTrace& population : trace.populations) {
      if (population.spikes.steps == 0) continue;
      if (step < population.spikes.steps)
        for (const std::uint32_t neuron : population.spikes.step(step))
          content.spikes.push_back({recording, index, neuron, step});
      ++index;
    }
  }
  content.recordings.push_back(trace.recording);
  content.starts.push_back(content.steps);
  content.steps += trace.steps;
}

std::uint64_t SpikeFile::write() {
  const Content& content = *content_;
  const auto time_ms = [&](const Content::Spike& spike) {
    const std::int64_t start = content.starts[static_cast<std::size_t>(spike.recording)];
    return static_cast<double>(start + spike.step) * content.dt_ms;
  };
  const std::string extension = file_.extension().string();
  if (extension == ".npy") {
    static_assert(sizeof(Content::Spike) == sizeof(SpikeWords));
    std::string bytes = npy_header(content.spikes.size());
    bytes.append(reinterpret_cast<const char*>(content.spikes.data()),
                 content.spikes.size() * sizeof(SpikeWords));
    write_file(file_, bytes);
  } else if (extension == ".ras") {
    std::vector<std::int64_t> first{0};
    for (const std::size_t size : content.sizes)
      first.push_back(first.back() + static_cast<std::int64_t>(size));
    std::string text;
    for (const Content::Spike& spike : content.spikes)
      fmt::format_to(std::back_inserter(text), "{:.6f} {}\n", time_ms(spike) / 1e3,
                     first[static_cast<std::size_t>(spike.population)] + spike.neuron);
    write_file(file_, text);
  } else {
    AtomicFile target(file_);
    Hdf5Writer out(target.temporary());
    out.integer_attribute("/", "magic", {0x0A7A});
    out.integer_attribute("/", "version", {0, 1});
    out.group("/spikes");
    for (std::size_t p = 0; p < content.names.size(); ++p) {
      std::vector<double> times;
      std::vector<std::int64_t> ids;
      for (const Content::Spike& spike : content.spikes) {
        if (spike.population != static_cast<std::int64_t>(p)) continue;
        times.push_back(time_ms(spike));
        ids.push_back(spike.neuron);
      }
      const std::string group = "/spikes/" + content.names[p];
      out.group(group);
      out.text_attribute(group, "sorting", "by_time");
      out.doubles(group + "/timestamps", {times.size()}, times);
      out.text_attribute(group + "/timestamps", "units", "milliseconds");
      out.integers(group + "/node_ids", {ids.size()}, ids);
    }
    std::vector<double> starts;
    for (const std::int64_t start : content.starts)
      starts.push_back(static_cast<double>(start) * content.dt_ms);
    out.group("/recordings");
    out.texts("/recordings/names", {content.recordings.size()}, content.recordings);
    out.doubles("/recordings/starts_ms", {starts.size()}, starts);
    out.close();
    target.commit();
  }
  return content.spikes.size();
}

}  // namespace volley
