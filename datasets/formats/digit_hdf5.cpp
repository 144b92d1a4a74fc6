#include "datasets/formats/digit_hdf5.hpp"

#include <cmath>

#include "datasets/formats/hdf5_lists.hpp"

namespace volley {

namespace {

constexpr std::uint64_t most_keys = 100'000, longest_key = 4096;

/// An open file; lives in the child.
ListHandle open_silently(const std::filesystem::path& file) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  return {H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose};
}

void need(bool good, const std::string& what) {
  if (!good) throw ListRefused{what};
}

std::vector<Event> read_spikes(hid_t file, const std::string& split, const std::string& key,
                               const SensorSize& sensor) {
  const Hdf5List seconds(file, (split + "_timestamps/" + key).c_str());
  const Hdf5List channels(file, (split + "_addresses/" + key).c_str());
  need(seconds.good() && channels.good(), "recording '" + key + "' has no times or no addresses");
  need(seconds.size() == channels.size() && seconds.size() <= most_spikes,
       "recording '" + key + "' has " + std::to_string(seconds.size()) + " times and " +
           std::to_string(channels.size()) + " addresses");
  const auto times = seconds.values<double>(H5T_NATIVE_DOUBLE);
  const auto units = channels.values<std::int64_t>(H5T_NATIVE_INT64);
  std::vector<Event> events(times.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const double us = 1e6 * times[i];
    need(us >= 0 && us < 1e15 && units[i] >= 0 && units[i] < sensor.width,
         "recording '" + key + "' has a spike at " + std::to_string(times[i]) + " s of channel " +
             std::to_string(units[i]));
    events[i].t = std::llround(us);
    events[i].x = static_cast<std::uint16_t>(units[i]);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.t < b.t; });
  return events;
}

}  // namespace

std::vector<std::string> read_digit_keys(const std::filesystem::path& file,
                                         const std::string& split) {
  ListPipe pipe(file.string(), [&](const ChildProcess::Send& send) {
    const ListHandle opened = open_silently(file);
    need(opened.good(), "the HDF5 library cannot read it");
    const Hdf5List list(opened.id(), (split + "_labels").c_str());
    need(list.good(), "has no list '" + split + "_labels', as N-TIDIGITS has");
    const std::vector<std::string> keys = list.strings();
    send_number(send, 0);
    send_number(send, keys.size());
    for (const std::string& key : keys) {
      send_number(send, key.size());
      send(key.data(), key.size());
    }
  });
  pipe.part();
  std::vector<std::string> keys;
  for (std::uint64_t left = pipe.count(most_keys); left > 0; --left)
    keys.push_back(pipe.word(longest_key));
  return keys;
}

void read_digit_hdf5(const std::filesystem::path& file, const std::string& split,
                     const std::vector<std::string>& keys, const SensorSize& sensor,
                     const std::function<void(Recording&&)>& visit) {
  ListPipe pipe(file.string(), [&](const ChildProcess::Send& send) {
    const ListHandle opened = open_silently(file);
    need(opened.good(), "the HDF5 library cannot read it");
    for (const std::string& key : keys) {
      const std::vector<Event> events = read_spikes(opened.id(), split, key, sensor);
      send_number(send, 0);
      send_number(send, events.size());
      send(events.data(), events.size() * sizeof(Event));
    }
  });
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Recording recording;
    recording.sensor = sensor;
    pipe.part();
    recording.events.resize(static_cast<std::size_t>(pipe.count(most_spikes)));
    pipe.take(recording.events.data(), recording.events.size() * sizeof(Event));
    visit(std::move(recording));
  }
}

}  // namespace volley
