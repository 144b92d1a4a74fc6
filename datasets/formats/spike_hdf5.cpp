#include "datasets/formats/spike_hdf5.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.hpp"
#include "datasets/child_stream.hpp"

namespace volley {

namespace {

constexpr std::uint64_t most_recordings = 10'000'000, most_spikes = 10'000'000;

/// An identifier that closes itself.
class Handle {
public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  hid_t id() const { return id_; }
  bool good() const { return id_ >= 0; }

private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

struct Refused {
  std::string reason;
};

/// A dataset of one dimension.
class Table {
public:
  Table(hid_t file, const char* path) : set_(H5Dopen2(file, path, H5P_DEFAULT), H5Dclose) {
    if (!set_.good()) return;
    const Handle space(H5Dget_space(set_.id()), H5Sclose);
    if (H5Sget_simple_extent_ndims(space.id()) != 1)
      throw Refused{std::string(path) + " is no list"};
    hsize_t size = 0;
    H5Sget_simple_extent_dims(space.id(), &size, nullptr);
    if (size > most_recordings) throw Refused{std::string(path) + " has too many entries"};
    size_ = size;
  }
  bool good() const { return set_.good(); }
  std::size_t size() const { return static_cast<std::size_t>(size_); }

  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> values(size());
    if (!values.empty() &&
        H5Dread(set_.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
      throw Refused{"a list of numbers cannot be read"};
    return values;
  }

  /// The list of entry `index`, as numbers of a native type.
  template <class Number>
  std::vector<Number> list(std::size_t index, hid_t native) const {
    const Handle type(H5Tvlen_create(native), H5Tclose);
    const Handle from(H5Dget_space(set_.id()), H5Sclose);
    const hsize_t start = index, count = 1;
    H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr);
    const Handle to(H5Screate_simple(1, &count, nullptr), H5Sclose);
    hvl_t entry{0, nullptr};
    if (H5Dread(set_.id(), type.id(), to.id(), from.id(), H5P_DEFAULT, &entry) < 0)
      throw Refused{"the spikes of recording " + std::to_string(index) + " cannot be read"};
    if (entry.len > most_spikes) throw Refused{"a recording has too many spikes"};
    std::vector<Number> values(entry.len);
    if (entry.len > 0) std::copy_n(static_cast<const Number*>(entry.p), entry.len, values.data());
    H5Dvlen_reclaim(type.id(), to.id(), H5P_DEFAULT, &entry);
    return values;
  }

  /// Strings of any kind.
  std::vector<std::string> strings() const {
    const Handle type(H5Dget_type(set_.id()), H5Tclose);
    std::vector<std::string> values;
    if (H5Tget_class(type.id()) != H5T_STRING || size() > 100'000) return values;
    if (H5Tis_variable_str(type.id()) > 0) {
      std::vector<char*> words(size(), nullptr);
      if (H5Dread(set_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, words.data()) < 0) return {};
      for (const char* word : words) values.emplace_back(word == nullptr ? "" : word);
      const Handle space(H5Dget_space(set_.id()), H5Sclose);
      H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, words.data());
      return values;
    }
    const std::size_t width = H5Tget_size(type.id());
    if (width == 0 || width > 4096) return {};
    std::vector<char> all(width * size());
    if (H5Dread(set_.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()) < 0) return {};
    for (std::size_t i = 0; i < size(); ++i)
      values.emplace_back(all.data() + i * width, strnlen(all.data() + i * width, width));
    return values;
  }

private:
  Handle set_;
  hsize_t size_ = 0;
};

/// An open file; lives in the child.
class SpikeFile {
public:
  explicit SpikeFile(const std::string& path)
      : silent_(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr)),
        file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose),
        times_(opened(), "spikes/times"), units_(opened(), "spikes/units") {
    if (!times_.good() || !units_.good())
      throw Refused{"holds no spikes/times and spikes/units, as SHD and SSC do"};
    if (times_.size() != units_.size())
      throw Refused{"has " + std::to_string(times_.size()) + " lists of times and " +
                    std::to_string(units_.size()) + " of units"};
  }

  std::size_t size() const { return times_.size(); }
  hid_t id() const { return file_.id(); }

  std::vector<Event> recording(std::size_t index) const {
    const std::vector<double> times = times_.list<double>(index, H5T_NATIVE_DOUBLE);
    const std::vector<std::uint32_t> units = units_.list<std::uint32_t>(index, H5T_NATIVE_UINT32);
    if (times.size() != units.size())
      throw Refused{"recording " + std::to_string(index) + " has " + std::to_string(times.size()) +
                    " times and " + std::to_string(units.size()) + " units"};
    std::vector<Event> events(times.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      const double us = 1e6 * times[i];
      if (!(std::abs(us) < 1e15) || units[i] >= static_cast<std::uint32_t>(spike_hdf5_sensor.width))
        throw Refused{"recording " + std::to_string(index) + " has a spike at " +
                      std::to_string(times[i]) + " s of unit " + std::to_string(units[i])};
      events[i].t = std::llround(us);
      events[i].x = static_cast<std::uint16_t>(units[i]);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.t < b.t; });
    return events;
  }

  std::vector<std::int64_t> numbers(const char* path) const {
    const Table table(file_.id(), path);
    return table.good() && table.size() == size() ? table.numbers() : std::vector<std::int64_t>{};
  }

private:
  hid_t opened() const {
    if (!file_.good()) throw Refused{"the HDF5 library cannot read it"};
    return file_.id();
  }
  herr_t silent_;
  Handle file_;
  Table times_, units_;
};

/// Numbers and words between the processes; a status of 1 and the reason where a file is refused.
class Pipe {
public:
  Pipe(const std::string& name, const std::function<void(const ChildProcess::Send&)>& work)
      : name_(name), child_({120, std::size_t{2} << 30}, [&work](const ChildProcess::Send& send) {
          const auto say = [&](std::uint64_t value) { send(&value, sizeof(value)); };
          try {
            work(send);
          } catch (const Refused& refused) {
            say(1);
            say(refused.reason.size());
            send(refused.reason.data(), refused.reason.size());
          }
        }) {}

  /// Begins the next part of the answer. @throws Error where the child refuses or died
  void part() {
    const std::uint64_t status = number();
    if (status == 0) return;
    throw Error(status == 1 ? word(4096) : "the HDF5 library cannot read it", name_,
                "replace the file by an undamaged copy");
  }
  std::uint64_t number() {
    std::uint64_t value = ~std::uint64_t{0};
    if (!child_.receive(&value, sizeof(value))) return ~std::uint64_t{0};
    return value;
  }
  std::uint64_t count(std::uint64_t most) {
    const std::uint64_t value = number();
    if (value > most) throw Error("the HDF5 library cannot read it", name_, "replace the file");
    return value;
  }
  std::string word(std::uint64_t most) {
    std::string text(static_cast<std::size_t>(count(most)), '\0');
    take(text.data(), text.size());
    return text;
  }
  void take(void* bytes, std::size_t size) {
    if (!child_.receive(bytes, size))
      throw Error("the HDF5 library cannot read it", name_,
                  "replace the file by an undamaged copy");
  }

private:
  std::string name_;
  ChildProcess child_;
};

void send_number(const ChildProcess::Send& send, std::uint64_t value) {
  send(&value, sizeof(value));
}

}  // namespace

SpikeHdf5Index read_spike_hdf5_index(const std::filesystem::path& file) {
  Pipe pipe(file.string(), [&](const ChildProcess::Send& send) {
    const SpikeFile spikes(file.string());
    const auto labels = spikes.numbers("labels"), speakers = spikes.numbers("extra/speaker");
    const Table key_table(spikes.id(), "extra/keys");
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
  Pipe pipe(file.string(), [&](const ChildProcess::Send& send) {
    const SpikeFile spikes(file.string());
    const auto labels = spikes.numbers("labels");
    if (end > spikes.size())
      throw Refused{"holds " + std::to_string(spikes.size()) + " recordings, fewer than " +
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
        throw Refused{"holds " + std::to_string(spikes.size()) +
                      " recordings; --index chooses one of them"};
      const auto chosen = static_cast<std::size_t>(std::max(0L, index));
      if (chosen >= spikes.size())
        throw Refused{"holds " + std::to_string(spikes.size()) + " recordings, none of index " +
                      std::to_string(chosen)};
      sender.begin(spike_hdf5_sensor, "HDF5 spikes (SHD, SSC)");
      sender.events(spikes.recording(chosen));
      sender.end();
    } catch (const Refused& refused) {
      sender.damage(refused.reason);
    }
  });
}

}  // namespace volley
