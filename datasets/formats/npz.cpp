// .npz: NumPy arrays in a zip, one of events or one for each of their columns.
#include <cmath>

#include "base/error.hpp"
#include "datasets/archive.hpp"
#include "datasets/formats/numpy_events.hpp"

namespace volley {

namespace {

struct NpzArray {
  std::string name;  ///< without ".npy"
  NumpyHeader header;
  std::vector<std::uint8_t> front;
};

std::unique_ptr<ByteSource> open_array(const Opener& open, const std::string& array) {
  auto bytes = find_member(
      open(), [&](const ArchiveMember& member) { return member.name == array + ".npy"; });
  if (bytes == nullptr)
    throw Error("array '" + array + "' cannot be read again", array, mend_numpy);
  return bytes;
}

std::vector<NpzArray> arrays_in(const Opener& open, const std::string& name) {
  std::vector<NpzArray> arrays;
  for (std::size_t count = 0;; ++count) {
    std::string found;
    std::size_t at = 0;
    const auto bytes = find_member(open(), [&](const ArchiveMember& member) {
      if (!member.name.ends_with(".npy") || at++ < count) return false;
      found = member.name.substr(0, member.name.size() - 4);
      return true;
    });
    if (bytes == nullptr || count == 32) return arrays;
    NpzArray array;
    array.name = found;
    array.front = read_front(*bytes, std::size_t{1} << 16);
    array.header = read_numpy_header(array.front, name + "/" + found + ".npy");
    arrays.push_back(std::move(array));
  }
}

}  // namespace

std::unique_ptr<EventStream> open_npz(const Opener& open, const StreamOptions& options,
                                      const std::string& name) {
  const std::vector<NpzArray> arrays = arrays_in(open, name);
  if (arrays.empty()) throw Error("holds no .npy arrays", name, mend_numpy);
  const NpzArray* chosen = arrays.size() == 1 ? &arrays.front() : nullptr;
  for (const NpzArray& array : arrays)
    if (array.name == "events" || (chosen == nullptr && has_names(array.header))) chosen = &array;
  if (chosen != nullptr && (has_names(chosen->header) || chosen->header.shape.size() == 2)) {
    const std::string array = chosen->name, path = name + "/" + array + ".npy";
    const Opener open_chosen = [open, array] { return open_array(open, array); };
    if (is_column_major(chosen->header))
      return open_npy_columns(open_chosen, chosen->header, options, path);
    std::unique_ptr<ByteSource> bytes = open_chosen();
    std::vector<std::uint8_t> front = read_front(*bytes, front_limit);
    OpenedFormat opened = open_npy(front, options, path);
    front.erase(front.begin(), front.begin() + static_cast<std::ptrdiff_t>(opened.header));
    return make_block_stream(put_back(std::move(front), std::move(bytes)),
                             std::move(opened.decoder), std::move(opened.facts), opened.header);
  }
  std::vector<std::string> names;
  std::vector<NumpyField> fields;
  std::vector<const NpzArray*> columns;
  for (const NpzArray& array : arrays) {
    if (has_names(array.header) || array.header.shape.size() != 1) continue;
    columns.push_back(&array);
    names.push_back(array.name);
    fields.push_back(array.header.fields.front());
    fields.back().name = array.name;
  }
  if (columns.empty())
    throw Error("holds no arrays of events or of their columns", name, mend_numpy);
  // The unit by the times in sight.
  SampleRows rows;
  ColumnPlan plan = plan_columns(names, rows, options, name);
  const NpzArray& times = *columns[static_cast<std::size_t>(plan.t)];
  const NumpyField& time = fields[static_cast<std::size_t>(plan.t)];
  if (!plan.unit_told && time.kind == 'f' && time.is_number())
    for (std::size_t at = times.header.data; at + time.size <= times.front.size(); at += time.size)
      if (const double t = time.value(times.front.data() + at); t != std::floor(t))
        plan.unit_us = 1e6;
  for (const int column : {plan.x, plan.y, plan.p})
    if (column >= 0 &&
        columns[static_cast<std::size_t>(column)]->header.shape != times.header.shape)
      throw Error("arrays '" + times.name + "' and '" + names[static_cast<std::size_t>(column)] +
                      "' differ in length",
                  name, mend_numpy);
  const auto open_column = [&](std::size_t column) {
    Column one{open_array(open, names[column]), fields[column], columns[column]->header.data, {}};
    pass_over(*one.bytes, one.offset);
    return one;
  };
  return column_stream(plan, fields, times.header.shape.front(), open_column,
                       "NumPy (.npz columns)", options, name);
}

}  // namespace volley
