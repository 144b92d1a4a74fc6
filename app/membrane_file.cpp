#include "app/membrane_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "app/spike_file.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace volley {

namespace fs = std::filesystem;

namespace {
constexpr std::string_view time_column = "time_ms,";
constexpr std::size_t longest_heading = 1U << 20;
constexpr std::size_t most_columns = 10'000;

/// Takes one line off the rest, without its end.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + 1));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// Takes one field off the line; the last one leaves it empty.
std::string_view take_field(std::string_view& line) {
  const std::size_t comma = std::min(line.find(','), line.size());
  const std::string_view field = line.substr(0, comma);
  line.remove_prefix(std::min(line.size(), comma + 1));
  return field;
}

template <class Number>
bool read_number(std::string_view field, Number& value) {
  const auto [stop, failure] = std::from_chars(field.data(), field.data() + field.size(), value);
  return failure == std::errc() && stop == field.data() + field.size();
}

/// NAME[NEURON] of each column behind the time; empty where the line is no such heading.
std::vector<NeuronTrace> neurons_of(std::string_view heading) {
  std::vector<NeuronTrace> neurons;
  std::map<std::string, std::size_t, std::less<>> ids;
  if (heading.substr(0, time_column.size()) != time_column) return {};
  heading.remove_prefix(time_column.size());
  while (!heading.empty()) {
    const std::string_view field = take_field(heading);
    const std::size_t open = field.rfind('[');
    if (open == std::string_view::npos || open == 0 || field.back() != ']') return {};
    NeuronTrace neuron;
    neuron.population = std::string(field.substr(0, open));
    std::uint32_t number = 0;
    if (!read_number(field.substr(open + 1, field.size() - open - 2), number) ||
        number >= INT32_MAX || neurons.size() == most_columns)
      return {};
    neuron.id = {ids.try_emplace(neuron.population, ids.size()).first->second, number};
    neuron.shape = {static_cast<int>(number + 1), 1, 1};
    neurons.push_back(std::move(neuron));
  }
  return neurons;
}

void read_rows(std::string_view rest, const fs::path& file, RecordedMembranes& membranes) {
  std::vector<double> times;
  for (std::size_t number = 2; !rest.empty(); ++number) {
    std::string_view line = take_line(rest);
    if (line.empty()) continue;
    double time = 0;
    bool good = read_number(take_field(line), time) && std::isfinite(time);
    for (NeuronTrace& neuron : membranes.neurons) {
      float value = 0;
      good = good && !line.empty() && read_number(take_field(line), value);
      neuron.membrane.push_back(value);
    }
    if (!good || !line.empty())
      throw Error(fmt::format("line {} is no time with {} membranes", number,
                              membranes.neurons.size()),
                  file.string(), "give the file as volley simulate wrote it");
    times.push_back(time);
    if (times.size() < 2) continue;
    const double step = times[1] - times[0];
    const double expected = times[0] + step * static_cast<double>(times.size() - 1);
    if (!(step > 0) || std::abs(time - expected) > 0.01 * step)
      throw Error(fmt::format("line {} is not one step after the line before", number),
                  file.string(), "give the file as volley simulate wrote it");
  }
  if (times.size() < 2)
    throw Error("holds no two steps", file.string(), "simulate for longer");
  membranes.dt_ms = times[1] - times[0];
  membranes.steps = static_cast<std::uint32_t>(times.size());
}

void read_spikes(const fs::path& file, RecordedMembranes& membranes) {
  if (!is_spike_file(file)) return;
  const SampleTrace trace = read_spike_file(file, membranes.dt_ms);
  for (const PopulationTrace& population : trace.populations)
    for (NeuronTrace& neuron : membranes.neurons) {
      if (neuron.population != population.name) continue;
      const auto number = static_cast<std::uint32_t>(neuron.id.neuron);
      for (std::uint32_t step = 0; step < std::min(population.spikes.steps, membranes.steps);
           ++step) {
        const auto fired = population.spikes.step(step);
        if (std::binary_search(fired.begin(), fired.end(), number)) neuron.spikes.push_back(step);
      }
    }
}
}  // namespace

bool is_membrane_file(const fs::path& file) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) return false;
  std::ifstream in(file, std::ios::binary);
  std::string start(time_column.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (start != time_column) return false;
  for (char next = 0; start.size() < longest_heading && in.get(next) && next != '\n';)
    start.push_back(next);
  std::string_view heading(start);
  return !neurons_of(take_line(heading)).empty();
}

RecordedMembranes read_membrane_file(const fs::path& file) {
  const std::string text = read_file(file);
  std::string_view rest(text);
  RecordedMembranes membranes;
  membranes.neurons = neurons_of(take_line(rest));
  if (membranes.neurons.empty())
    throw Error("does not begin with time_ms,NAME[NEURON],...", file.string(),
                "give the membrane.csv of volley simulate");
  read_rows(rest, file, membranes);
  const fs::path csv = file.parent_path() / "spikes.csv";
  read_spikes(csv, membranes);
  if (is_spike_file(csv)) return membranes;
  std::vector<std::string> names;
  for (const NeuronTrace& neuron : membranes.neurons)
    if (std::find(names.begin(), names.end(), neuron.population) == names.end())
      names.push_back(neuron.population);
  for (const std::string& name : names)
    read_spikes(file.parent_path() / ("spikes-" + name + ".npy"), membranes);
  return membranes;
}

}  // namespace volley
