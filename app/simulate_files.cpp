#include "app/simulate_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "app/data.hpp"
#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"
#include "datasets/read_recording.hpp"
#include "datasets/spike_csv.hpp"
#include "viz/pictures.hpp"

namespace volley {

namespace fs = std::filesystem;

std::vector<SpikeTrain> read_recorded(const Circuit& circuit) {
  std::vector<SpikeTrain> trains(circuit.populations());
  for (std::size_t id = 0; id < circuit.populations(); ++id) {
    const CellPopulation& each = circuit.population(id);
    if (each.kind != CellKind::recorded) continue;
    if (!is_event_file(each.file)) {
      trains[id] = read_spike_csv(each.file, each.neurons, circuit.options.dt_ms);
      continue;
    }
    if (each.columns % 2 != 0)
      throw Error("an event file needs an even number of columns, two polarities a pixel",
                  each.name, "write grid = [height, 2 * width]");
    const SensorSize sensor{static_cast<int>(each.columns / 2), static_cast<int>(each.rows), 2};
    trains[id] = bin_events(
        read_recording(*open_event_stream(each.file, sensor), each.file, OnDamage::fail),
        {circuit.options.dt_ms, 0});
  }
  return trains;
}

namespace {

using Trains = std::vector<SpikeTrain>;

std::string spikes_csv(const Circuit& circuit, const Trains& trains) {
  std::string text = "time_ms,population,neuron\n";
  const auto out = std::back_inserter(text);
  std::uint32_t steps = 0;
  for (const SpikeTrain& train : trains) steps = std::max(steps, train.steps);
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::size_t id = 0; id < trains.size(); ++id)
      if (step < trains[id].steps)
        for (const std::uint32_t neuron : trains[id].step(step))
          fmt::format_to(out, "{:.10g},{},{}\n", step * circuit.options.dt_ms,
                         circuit.population(id).name, neuron);
  return text;
}

/// NumPy's format 1.0: rows of time in ms and neuron, as float64.
std::string spikes_npy(const SpikeTrain& train, double dt_ms) {
  std::string header = fmt::format(
      "{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, 2), }}", train.spikes());
  header.append(63 - (header.size() + 10) % 64, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() % 256);
  bytes += static_cast<char>(header.size() / 256);
  bytes += header;
  for (std::uint32_t step = 0; step < train.steps; ++step)
    for (const std::uint32_t neuron : train.step(step))
      for (const double value : {step * dt_ms, static_cast<double>(neuron)}) {
        char raw[sizeof value];
        std::memcpy(raw, &value, sizeof value);
        bytes.append(raw, sizeof value);
      }
  return bytes;
}

std::string rates_csv(const CircuitSimulator& simulator, const Trains& trains, double bin_ms) {
  const Circuit& circuit = simulator.circuit();
  const double dt = circuit.options.dt_ms;
  const auto bin = static_cast<std::uint32_t>(std::max(1.0, std::round(bin_ms / dt)));
  std::string text = "time_ms";
  for (std::size_t id = 0; id < trains.size(); ++id)
    if (trains[id].steps > 0) text += "," + circuit.population(id).name;
  text += "\n";
  for (std::uint32_t first = 0; first < simulator.step(); first += bin) {
    const std::uint32_t last = std::min(simulator.step(), first + bin);
    text += fmt::format("{:.10g}", first * dt);
    for (const SpikeTrain& train : trains) {
      if (train.steps == 0) continue;
      const double spikes = train.offsets[last] - train.offsets[first];
      text += fmt::format(",{:.6g}", spikes / train.inputs / ((last - first) * dt * 1e-3));
    }
    text += "\n";
  }
  return text;
}

std::string membrane_csv(const CircuitSimulator& simulator) {
  const Circuit& circuit = simulator.circuit();
  std::string text = "time_ms";
  std::vector<std::span<const float>> columns;
  for (std::size_t id = 0; id < circuit.populations(); ++id)
    for (std::size_t k = 0; k < circuit.population(id).record_membrane.size(); ++k) {
      text += fmt::format(",{}[{}]", circuit.population(id).name,
                          circuit.population(id).record_membrane[k]);
      columns.push_back(simulator.membrane(id, k));
    }
  text += "\n";
  if (columns.empty()) return {};
  for (std::uint32_t step = 0; step < simulator.step(); ++step) {
    text += fmt::format("{:.10g}", step * circuit.options.dt_ms);
    for (const std::span<const float> column : columns) text += fmt::format(",{}", column[step]);
    text += "\n";
  }
  return text;
}

SampleTrace trace_of(const CircuitSimulator& simulator, const Trains& trains) {
  const Circuit& circuit = simulator.circuit();
  SampleTrace trace;
  trace.recording = circuit.name;
  trace.dt_ms = circuit.options.dt_ms;
  trace.steps = simulator.step();
  for (std::size_t id = 0; id < trains.size(); ++id) {
    const CellPopulation& each = circuit.population(id);
    if (trains[id].steps == 0) continue;
    trace.populations.push_back({each.name,
                                 each.source() ? NeuronKind::input : NeuronKind::lif,
                                 {static_cast<int>(each.neurons), 1, 1}, trains[id], {}});
  }
  return trace;
}

}  // namespace

std::vector<fs::path> write_simulation(const CircuitSimulator& simulator,
                                       const SimulationFiles& files) {
  const Circuit& circuit = simulator.circuit();
  Trains trains;
  for (std::size_t id = 0; id < circuit.populations(); ++id)
    trains.push_back(simulator.spike_train(id));
  std::vector<fs::path> written;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    written.push_back(files.folder / name);
    write_file(written.back(), bytes);
  };
  if (files.npy) {
    for (std::size_t id = 0; id < circuit.populations(); ++id)
      if (trains[id].steps > 0)
        write("spikes-" + circuit.population(id).name + ".npy",
              spikes_npy(trains[id], circuit.options.dt_ms));
  } else {
    write("spikes.csv", spikes_csv(circuit, trains));
  }
  write("rates.csv", rates_csv(simulator, trains, files.bin_ms));
  if (const std::string text = membrane_csv(simulator); !text.empty())
    write("membrane.csv", text);
  written.push_back(files.folder / "raster.png");
  write_raster_png(trace_of(simulator, trains), written.back());
  return written;
}

}  // namespace volley
