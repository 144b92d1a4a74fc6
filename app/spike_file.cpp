#include "app/spike_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {
constexpr std::string_view heading = "time_ms,population,neuron";
constexpr std::string_view numpy_mark("\x93NUMPY", 6);
constexpr std::uint32_t most_neurons = 1U << 24;
constexpr std::size_t most_populations = 1000;

struct Spike {
  double time_ms;
  std::uint32_t neuron;
};
using Spikes = std::vector<std::pair<std::string, std::vector<Spike>>>;

Spikes spikes_of_csv(const std::string& text, const fs::path& file) {
  Spikes spikes;
  std::map<std::string, std::size_t, std::less<>> ids;
  std::size_t line_number = 1;
  std::string_view rest(text);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line_number++ == 1 || line.empty()) continue;
    const std::size_t first = line.find(','), last = line.rfind(',');
    Spike spike{};
    bool good = first != std::string_view::npos && last > first;
    if (good) {
      const char* const stop = line.data() + line.size();
      const auto time = std::from_chars(line.data(), line.data() + first, spike.time_ms);
      const auto neuron = std::from_chars(line.data() + last + 1, stop, spike.neuron);
      good = time.ec == std::errc() && time.ptr == line.data() + first &&
             neuron.ec == std::errc() && neuron.ptr == stop && std::isfinite(spike.time_ms) &&
             spike.time_ms >= 0 && spike.neuron < most_neurons;
    }
    if (!good)
      throw Error(fmt::format("line {} is no spike", line_number - 1), file.string(),
                  "write time in ms, population and neuron, separated by commas");
    const std::string_view name = line.substr(first + 1, last - first - 1);
    auto found = ids.find(name);
    if (found == ids.end()) {
      if (ids.size() == most_populations)
        throw Error(fmt::format("has more than {} populations", most_populations), file.string());
      found = ids.emplace(std::string(name), spikes.size()).first;
      spikes.push_back({std::string(name), {}});
    }
    spikes[found->second].second.push_back(spike);
  }
  return spikes;
}

/// NumPy's format 1.0 with rows of time in ms and neuron, as volley simulate writes it.
Spikes spikes_of_npy(const std::string& bytes, const fs::path& file) {
  const auto broken = [&](std::size_t byte, const char* what) {
    return Error(what, fmt::format("{}: byte {}", file.string(), byte),
                 "give a file of volley simulate --format npy");
  };
  if (bytes.size() < 10) throw broken(bytes.size(), "ends within its header");
  const std::size_t header = static_cast<unsigned char>(bytes[8]) +
                             256U * static_cast<unsigned char>(bytes[9]) + 10U;
  if (bytes.size() < header) throw broken(bytes.size(), "ends within its header");
  const std::string_view words = std::string_view(bytes).substr(10, header - 10);
  if (words.find("'<f8'") == std::string_view::npos ||
      words.find(", 2)") == std::string_view::npos)
    throw broken(10, "is no array of times and neurons in float64");
  std::string name = file.stem().string();
  if (name.rfind("spikes-", 0) == 0) name.erase(0, 7);
  Spikes spikes{{name, {}}};
  for (std::size_t at = header; at + 16 <= bytes.size(); at += 16) {
    double row[2];
    std::memcpy(row, bytes.data() + at, sizeof row);
    if (!(row[0] >= 0) || !std::isfinite(row[0]) || !(row[1] >= 0) || !(row[1] < most_neurons))
      throw broken(at, "is no spike");
    spikes.front().second.push_back({row[0], static_cast<std::uint32_t>(row[1])});
  }
  return spikes;
}

SpikeTrain binned(const std::vector<Spike>& spikes, double dt_ms, std::uint32_t steps,
                  std::uint32_t neurons) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> places;  // step, neuron
  places.reserve(spikes.size());
  for (const Spike& spike : spikes)
    places.push_back({static_cast<std::uint32_t>(std::floor(spike.time_ms / dt_ms + 1e-9)),
                      spike.neuron});
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  SpikeTrain train;
  train.steps = steps;
  train.inputs = neurons;
  train.offsets.resize(steps + 1, 0);
  for (const auto& [step, neuron] : places) {
    ++train.offsets[step + 1];
    train.indices.push_back(neuron);
  }
  for (std::uint32_t step = 0; step < steps; ++step) train.offsets[step + 1] += train.offsets[step];
  return train;
}
}  // namespace

bool is_spike_file(const fs::path& file) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) return false;
  std::ifstream in(file, std::ios::binary);
  std::string start(heading.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  if (start == heading) return true;
  return file.stem().string().rfind("spikes-", 0) == 0 && start.rfind(numpy_mark, 0) == 0;
}

SampleTrace read_spike_file(const fs::path& file, double dt_ms) {
  const std::string bytes = read_file(file);
  const Spikes spikes = bytes.rfind(numpy_mark, 0) == 0 ? spikes_of_npy(bytes, file)
                                                        : spikes_of_csv(bytes, file);
  double last = 0;
  for (const auto& [name, all] : spikes)
    for (const Spike& spike : all) last = std::max(last, spike.time_ms);
  SampleTrace trace;
  trace.recording = file.string();
  trace.dt_ms = dt_ms > 0 ? dt_ms : std::max(0.1, std::ceil(last / 200) / 10);
  const double steps = std::floor(last / trace.dt_ms + 1e-9) + 1;
  if (steps > max_steps)
    throw Error(fmt::format("lasts {:.0f} steps of {:g} ms", steps, trace.dt_ms), file.string(),
                fmt::format("take longer steps (--dt-ms); {} are the most", max_steps));
  trace.steps = static_cast<std::uint32_t>(steps);
  for (const auto& [name, all] : spikes) {
    std::uint32_t highest = 0;
    for (const Spike& spike : all) highest = std::max(highest, spike.neuron);
    trace.populations.push_back({name, NeuronKind::lif, {static_cast<int>(highest + 1), 1, 1},
                                 binned(all, trace.dt_ms, trace.steps, highest + 1), {}});
  }
  return trace;
}

}  // namespace volley
