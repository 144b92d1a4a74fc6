// NumPy arrays of events: .npy with named fields or columns of numbers, .npz with one such array or
// one array a column. Must not know how files are opened.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/formats/columns.hpp"
#include "datasets/formats/decoders.hpp"

namespace volley {

/// How a number lies in the bytes of a record.
struct NumpyField {
  std::string name;
  char kind = 'i';  ///< i, u, f, b (truth); others can only be passed over
  std::size_t size = 0, offset = 0;
  bool big_endian = false;

  bool is_number() const;
  /// The number as microseconds of `unit_us`, clamped to 64 bits; of a NaN: 0.
  std::int64_t time(const std::uint8_t* record, double unit_us) const;
  double value(const std::uint8_t* record) const;
};

struct NumpyHeader {
  std::vector<NumpyField> fields;  ///< one without a name for an array of plain numbers
  std::size_t record_bytes = 0;
  bool fortran = false;  ///< the first index runs fastest
  std::vector<std::uint64_t> shape;
  std::size_t data = 0;  ///< offset of the first record
};

/// Reads the header of a .npy file. Specification: NumPy, "NEP 1 - A simple file format".
/// @throws Error for what is no such header, or a type volley cannot read
NumpyHeader read_numpy_header(ByteSpan front, const std::string& name);

/// Where each column is an array of its own.
bool is_column_major(const NumpyHeader& header);

/// A .npy file of records: named fields, or rows of numbers (at least 4, or told by options).
/// @throws Error for another shape, or where the columns cannot be told
OpenedFormat open_npy(ByteSpan front, const StreamOptions& options, const std::string& name);

using Opener = std::function<std::unique_ptr<ByteSource>()>;

/// A .npy file whose columns lie one after the other; each is read by a source of its own.
std::unique_ptr<EventStream> open_npy_columns(const Opener& open, const NumpyHeader& header,
                                              const StreamOptions& options,
                                              const std::string& name);

/// A .npz archive: the array "events", or the only one of records, or one array a column by name.
std::unique_ptr<EventStream> open_npz(const Opener& open, const StreamOptions& options,
                                      const std::string& name);

}  // namespace volley
