#include "datasets/formats/spike_hdf5.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "datasets/child_stream.hpp"
#include "datasets/formats/hdf5_lists.hpp"

namespace volley {

namespace {

/// An open file; lives in the child.
class SpikeFile {
public:
  explicit SpikeFile(const std::string& path)
      : silent_(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr)),
        file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose),
        times_(opened(), "spikes/times"), units_(opened(), "spikes/units") {
    if (!times_.good() || !units_.good())
      throw ListRefused{"holds no spikes/times and spikes/units, as SHD and SSC do"};
    if (times_.size() != units_.size())
      throw ListRefused{"has " + std::to_string(times_.size()) + " lists of times and " +
                    std::to_string(units_.size()) + " of units"};
  }

  std::size_t size() const { return times_.size(); }
  hid_t id() const { return file_.id(); }

  std::vector<Event> recording(std::size_t index) const {
    const std::vector<double> times = times_.list<double>(index, H5T_NATIVE_DOUBLE);
    const std::vector<std::uint32_t> units = units_.list<std::uint32_t>(index, H5T_NATIVE_UINT32);
    if (times.size() != units.size())
      throw ListRefused{"recording " + std::to_string(index) + " has " + std::to_string(times.size()) +
                    " times and " + std::to_string(units.size()) + " units"};
    std::vector<Event> events(times.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      const double us = 1e6 * times[i];
      if (!(std::abs(us) < 1e15) || units[i] >= static_cast<std::uint32_t>(spike_hdf5_sensor.width))
        throw ListRefused{"recording " + std::to_string(index) + " has a spike at " +
                      std::to_string(times[i]) + " s of unit " + std::to_string(units[i])};
      events[i].t = std::llround(us);
      events[i].x = static_cast<std::uint16_t>(units[i]);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.t < b.t; });
    return events;
  }

  std::vector<std::int64_t> numbers(const char* path) const {
    const Hdf5List table(file_.id(), path);
    return table.good() && table.size() == size() ? table.values<std::int64_t>(H5T_NATIVE_INT64)
                                                  : std::vector<std::int64_t>{};
  }

private:
  hid_t opened() const {
    if (!file_.good()) throw ListRefused{"the HDF5 library cannot read it"};
    return file_.id();
  }
  herr_t silent_;
  ListHandle file_;
  Hdf5List times_, units_;
};

}  // namespace

SpikeHdf5Index read_spike_hdf5_index(const std::filesystem::path& file) {
  ListPipe pipe(file.string(), [&](const ChildProcess::Send& send) {
    const SpikeFile spikes(file.string());
    const auto labels = spikes.numbers("labels"), speakers = spikes.numbers("extra/speaker");
    const Hdf5List key_table(spikes.id(), "extra/keys");
    const auto keys = key_table.good() ? key_table.strings() : std::vector<std::string>{};
    send_number(send, 0);
    send_number(send, spikes.size());
    for (const auto* list : {&labels, &speakers}) {
      send_number(send, list->size());
      send(list->data(), list->size() * sizeof(std::int64_t));
    }
    send_number(send, keys.size());
    for (const std::string& key : keys) {
      send_number(send, key.size());
      send(key.data(), key.size());
    }
  });
  SpikeHdf5Index index;
  pipe.part();
  index.recordings = static_cast<std::size_t>(pipe.count(most_recordings));
  for (auto* list : {&index.labels, &index.speakers}) {
    list->resize(static_cast<std::size_t>(pipe.count(most_recordings)));
    pipe.take(list->data(), list->size() * sizeof(std::int64_t));
  }
  for (std::uint64_t keys = pipe.count(100'000); keys > 0; --keys)
    index.keys.push_back(pipe.word(std::uint64_t{1} << 20));
  return index;
}

void read_spike_hdf5(const std::filesystem::path& file, std::size_t first, std::size_t end,
                     const std::function<void(Recording&&)>& visit) {
  ListPipe pipe(file.string(), [&](const ChildProcess::Send& send) {
    const SpikeFile spikes(file.string());
    const auto labels = spikes.numbers("labels");
    if (end > spikes.size())
      throw ListRefused{"holds " + std::to_string(spikes.size()) + " recordings, fewer than " +
                    std::to_string(end)};
    for (std::size_t index = first; index < end; ++index) {
      const std::vector<Event> events = spikes.recording(index);
      send_number(send, 0);
      send_number(send,
                  labels.empty() ? ~std::uint64_t{0} : static_cast<std::uint64_t>(labels[index]));
      send_number(send, events.size());
      send(events.data(), events.size() * sizeof(Event));
    }
  });
  for (std::size_t index = first; index < end; ++index) {
    Recording recording;
    recording.name = file.string() + "/" + std::to_string(index);
    recording.sensor = spike_hdf5_sensor;
    pipe.part();
    recording.label = static_cast<int>(static_cast<std::int64_t>(pipe.number()));
    recording.events.resize(static_cast<std::size_t>(pipe.count(most_spikes)));
    pipe.take(recording.events.data(), recording.events.size() * sizeof(Event));
    visit(std::move(recording));
  }
}

std::unique_ptr<EventStream> open_spike_hdf5(const std::string& file, const std::string& name,
                                             long index) {
  return make_child_stream(name, [&](EventSender& sender) {
    try {
      const SpikeFile spikes(file);
      if (index < 0 && spikes.size() != 1)
        throw ListRefused{"holds " + std::to_string(spikes.size()) +
                      " recordings; --index chooses one of them"};
      const auto chosen = static_cast<std::size_t>(std::max(0L, index));
      if (chosen >= spikes.size())
        throw ListRefused{"holds " + std::to_string(spikes.size()) + " recordings, none of index " +
                      std::to_string(chosen)};
      sender.begin(spike_hdf5_sensor, "HDF5 spikes (SHD, SSC)");
      sender.events(spikes.recording(chosen));
      sender.end();
    } catch (const ListRefused& refused) {
      sender.damage(refused.reason);
    }
  });
}

}  // namespace volley
