#include "datasets/formats/mat.hpp"

#include <matio.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "datasets/child_stream.hpp"

namespace volley {

namespace {

constexpr std::size_t taxels = 100, most_numbers = std::size_t{1} << 27;
constexpr SensorSize taxel_sensor{10, 10, 2}, asl_sensor{240, 180, 2};

struct Refused {
  std::string reason;
};

using Variable = std::unique_ptr<matvar_t, void (*)(matvar_t*)>;

/// A number of a variable, whatever its type.
double number(const matvar_t& variable, std::size_t index) {
  switch (variable.data_type) {
    case MAT_T_DOUBLE: return static_cast<const double*>(variable.data)[index];
    case MAT_T_SINGLE: return static_cast<const float*>(variable.data)[index];
    case MAT_T_INT8: return static_cast<const std::int8_t*>(variable.data)[index];
    case MAT_T_UINT8: return static_cast<const std::uint8_t*>(variable.data)[index];
    case MAT_T_INT16: return static_cast<const std::int16_t*>(variable.data)[index];
    case MAT_T_UINT16: return static_cast<const std::uint16_t*>(variable.data)[index];
    case MAT_T_INT32: return static_cast<const std::int32_t*>(variable.data)[index];
    case MAT_T_UINT32: return static_cast<const std::uint32_t*>(variable.data)[index];
    case MAT_T_INT64:
      return static_cast<double>(static_cast<const std::int64_t*>(variable.data)[index]);
    case MAT_T_UINT64:
      return static_cast<double>(static_cast<const std::uint64_t*>(variable.data)[index]);
    default: throw Refused{"variable '" + std::string(variable.name) + "' holds no numbers"};
  }
}

/// Entries of a variable whose bytes are all there.
std::size_t count(const matvar_t& variable) {
  std::size_t entries = 1;
  for (int dimension = 0; dimension < variable.rank; ++dimension)
    if (__builtin_mul_overflow(entries, variable.dims[dimension], &entries)) return 0;
  if (variable.data == nullptr || variable.isComplex != 0 || entries > most_numbers) return 0;
  const std::size_t size = Mat_SizeOf(variable.data_type);
  return size == 0 || variable.nbytes / size < entries ? 0 : entries;
}

std::int64_t microseconds(double us) {
  if (!(std::abs(us) < 1e15)) throw Refused{"has a time beyond all bounds"};
  return std::llround(us);
}

std::vector<Event> spiketrain_events(const matvar_t& variable) {
  if (variable.rank != 2 || variable.dims[0] != taxels + 1)
    throw Refused{"'spiketrain' does not have 101 rows"};
  std::vector<Event> events;
  const std::size_t columns = count(variable) / (taxels + 1);
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t start = column * (taxels + 1);
    const std::int64_t t = microseconds(1e6 * number(variable, start + taxels));
    for (std::size_t taxel = 0; taxel < taxels; ++taxel) {
      const double value = number(variable, start + taxel);
      if (value == 0) continue;
      events.push_back({t, static_cast<std::uint16_t>(taxel % 10),
                        static_cast<std::uint16_t>(taxel / 10),
                        static_cast<std::uint8_t>(value > 0)});
    }
  }
  return events;
}

std::vector<Event> list_events(const std::map<std::string, Variable>& variables,
                               const SensorSize& sensor) {
  const auto find = [&](std::initializer_list<const char*> names) -> const matvar_t& {
    for (const char* name : names)
      if (const auto found = variables.find(name); found != variables.end()) return *found->second;
    throw Refused{"holds neither 'spiketrain' (ST-MNIST) nor lists x, y, ts and pol (ASL-DVS)"};
  };
  const matvar_t &x = find({"x"}), &y = find({"y"}), &t = find({"ts", "t", "timestamp"}),
                 &p = find({"pol", "p", "polarity"});
  const std::size_t events_count = count(t);
  if (count(x) != events_count || count(y) != events_count || count(p) != events_count)
    throw Refused{"its lists x, y, ts and pol differ in length, or are cut short"};
  std::vector<Event> events(events_count);
  for (std::size_t i = 0; i < events_count; ++i) {
    const double column = number(x, i), row = number(y, i);
    if (!(column >= 0 && column < sensor.width && row >= 0 && row < sensor.height))
      throw Refused{"event " + std::to_string(i) + " lies outside the " +
                    std::to_string(sensor.width) + " x " + std::to_string(sensor.height) +
                    " sensor"};
    events[i] = {microseconds(number(t, i)), static_cast<std::uint16_t>(column),
                 static_cast<std::uint16_t>(sensor.height - 1 - static_cast<int>(row)),
                 static_cast<std::uint8_t>(number(p, i) > 0)};
  }
  return events;
}

void send_events(EventSender& sender, std::vector<Event> events, const SensorSize& sensor,
                 const std::string& format) {
  const auto earlier = [](const Event& a, const Event& b) { return a.t < b.t; };
  sender.begin(sensor, format);
  if (!std::is_sorted(events.begin(), events.end(), earlier)) {
    std::stable_sort(events.begin(), events.end(), earlier);
    sender.note("events did not stand in time order and were sorted");
  }
  sender.events(events);
  sender.end();
}

}  // namespace

std::unique_ptr<EventStream> open_mat(const std::string& file, const std::string& name,
                                      const StreamOptions& options) {
  return make_child_stream(name, [&](EventSender& sender) {
    try {
      const std::unique_ptr<mat_t, int (*)(mat_t*)> mat(Mat_Open(file.c_str(), MAT_ACC_RDONLY),
                                                        Mat_Close);
      if (mat == nullptr) throw Refused{"matio cannot read it"};
      std::map<std::string, Variable> variables;
      while (matvar_t* const next = Mat_VarReadNext(mat.get())) {
        Variable variable(next, Mat_VarFree);
        if (next->name == nullptr || variables.size() > 64) continue;
        const std::string own = next->name;
        if (own == "spiketrain")
          return send_events(sender, spiketrain_events(*next), taxel_sensor,
                             "MATLAB (ST-MNIST spiketrain)");
        variables.emplace(own, std::move(variable));
      }
      const SensorSize sensor = options.sensor.width > 0 ? options.sensor : asl_sensor;
      send_events(sender, list_events(variables, sensor), sensor, "MATLAB (lists x, y, ts, pol)");
    } catch (const Refused& refused) {
      sender.damage(refused.reason);
    }
  });
}

}  // namespace volley
