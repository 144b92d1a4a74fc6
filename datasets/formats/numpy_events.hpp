// Which numbers of NumPy arrays are the t, x, y and p of events, and columns that are read side by
// side. Shared by .npy and .npz; must not know either.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/formats/numpy.hpp"

namespace volley {

/// How to mend an array that holds no events.
inline constexpr const char* mend_numpy =
    "save an array with fields t, x, y and p, or rows of four numbers";
inline constexpr std::size_t most_sample_rows = 4096;  ///< looked at to tell columns

inline bool has_names(const NumpyHeader& header) { return !header.fields.front().name.empty(); }

/// A number as a coordinate; what is none becomes large, and lies outside.
inline std::uint32_t coordinate(std::int64_t value) {
  return value < 0 || value > 65535 ? 0xffffffff : static_cast<std::uint32_t>(value);
}

/// The four fields of an event in a record of numbers.
struct EventFields {
  NumpyField t, x, y, p;
  double unit_us = 1;
  bool has_y = false, has_p = false;

  bool add(const std::uint8_t* record, std::size_t offset, EventSink& sink) const {
    const double sign = has_p ? p.value(record) : 1;
    return sink.add(t.time(record, unit_us), coordinate(x.time(record, 1)),
                    has_y ? coordinate(y.time(record, 1)) : 0, sign > 0 ? 1 : 0, offset);
  }
};

/// The plan made of fields. @throws Error where one is no number
EventFields fields_of(const ColumnPlan& plan, const std::vector<NumpyField>& fields,
                      const std::string& name);

StreamFacts facts_of(const EventFields& fields, const std::string& format,
                     const StreamOptions& options);

/// Columns of a plain array as fields of one record, `stride` bytes apart.
std::vector<NumpyField> column_fields(const NumpyField& number, std::size_t columns,
                                      std::size_t stride);

/// Numbers of one type, one after the other.
struct Column {
  std::unique_ptr<ByteSource> bytes;
  NumpyField field;
  std::uint64_t offset = 0;  ///< of the next number in its file
  std::vector<std::uint8_t> block;

  /// Reads up to `count` numbers into the block; how many.
  std::size_t read(std::size_t count) {
    block.resize(count * field.size);
    std::size_t got = 0;
    while (got < block.size()) {
      const std::size_t more = bytes->read(block.data() + got, block.size() - got);
      if (more == 0) break;
      got += more;
    }
    return got / field.size;
  }
};

/// Reads on without keeping anything.
void pass_over(ByteSource& bytes, std::uint64_t count);

/// The stream of columns chosen by a plan. @param open gives the source of a column at its numbers
std::unique_ptr<EventStream> column_stream(const ColumnPlan& plan,
                                           const std::vector<NumpyField>& fields,
                                           std::uint64_t rows,
                                           const std::function<Column(std::size_t)>& open,
                                           const std::string& format, const StreamOptions& options,
                                           const std::string& name);

}  // namespace volley
