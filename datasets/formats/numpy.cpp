// .npy: an array of records, of rows of numbers, or of columns.
#include "datasets/formats/numpy.hpp"

#include <algorithm>
#include <bit>

#include "base/error.hpp"
#include "datasets/formats/numpy_events.hpp"

namespace volley {

namespace {

/// An integer of up to 8 bytes read by one load, and two shifts that cut it and spread its sign.
class FastField {
public:
  FastField() = default;
  explicit FastField(const NumpyField& field)
      : offset_(field.offset), unused_(64 - 8 * static_cast<int>(field.size)),
        is_signed_(field.kind == 'i') {}
  std::int64_t operator()(const std::uint8_t* record) const {
    const std::uint64_t bits = little<std::uint64_t>(record + offset_) << unused_;
    return is_signed_ ? static_cast<std::int64_t>(bits) >> unused_
                      : static_cast<std::int64_t>(bits >> unused_);
  }
  std::size_t end() const { return offset_ + 8; }

private:
  std::size_t offset_ = 0;
  int unused_ = 0;
  bool is_signed_ = false;
};

class NumpyDecoder final : public BlockDecoder {
public:
  NumpyDecoder(const EventFields& fields, std::size_t record, std::uint64_t records)
      : fields_(fields), record_(record), left_(records) {
    const auto plain = [](const NumpyField& field) {
      return field.kind != 'f' && !(field.big_endian && field.size > 1) &&
             !(field.kind == 'u' && field.size == 8);
    };
    fast_ = std::endian::native == std::endian::little && fields.has_y && fields.has_p &&
            fields.unit_us == 1 && plain(fields.t) && plain(fields.x) && plain(fields.y) &&
            plain(fields.p);
    if (!fast_) return;
    t_ = FastField(fields.t);
    x_ = FastField(fields.x);
    y_ = FastField(fields.y);
    p_ = FastField(fields.p);
    reach_ = std::max({t_.end(), x_.end(), y_.end(), p_.end()});
  }

  std::size_t decode(ByteSpan bytes, EventSink& sink) override {
    std::size_t at = 0;
    const std::uint8_t* const data = bytes.data();
    if (fast_)
      for (; left_ > 0 && at + reach_ <= bytes.size() && at + record_ <= bytes.size() &&
             sink.room() > 0;
           at += record_, --left_) {
        const std::uint8_t* const record = data + at;
        if (!sink.add(t_(record), coordinate(x_(record)), coordinate(y_(record)),
                      p_(record) > 0 ? 1 : 0, at))
          return at;
      }
    for (; left_ > 0 && at + record_ <= bytes.size() && sink.room() > 0; at += record_, --left_)
      if (!fields_.add(data + at, at, sink)) return at;
    if (left_ == 0 && at < bytes.size()) sink.fail(at, "the file goes on after its last event");
    return at;
  }

  std::size_t needed() const override { return left_ > 0 ? record_ : 1; }

  void finish(ByteSpan rest, EventSink& sink) override {
    if (left_ > 0)
      sink.fail(0, "truncated: the last " + std::to_string(left_) + " events are missing" +
                       (rest.empty() ? "" : ", one in part"));
  }

private:
  EventFields fields_;
  std::size_t record_;
  std::uint64_t left_;
  bool fast_ = false;
  FastField t_, x_, y_, p_;
  std::size_t reach_ = 0;
};

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t all = 1;
  for (const std::uint64_t size : shape)
    if (__builtin_mul_overflow(all, size, &all)) return ~std::uint64_t{0};
  return all;
}

/// Numbers of the first rows, for the plan.
SampleRows sample(const std::vector<NumpyField>& fields, ByteSpan data, std::size_t record,
                  std::uint64_t records) {
  SampleRows rows;
  for (std::size_t at = 0;
       rows.size() < std::min<std::uint64_t>(records, most_sample_rows) &&
       at + record <= data.size();
       at += record) {
    std::vector<double> row;
    for (const NumpyField& field : fields)
      row.push_back(field.is_number() ? field.value(data.data() + at) : 0);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> names_of(const NumpyHeader& header) {
  std::vector<std::string> names;
  for (const NumpyField& field : header.fields) names.push_back(field.name);
  return names;
}

}  // namespace

bool is_column_major(const NumpyHeader& header) {
  return !has_names(header) && header.shape.size() == 2 &&
         (header.fortran ? header.shape[0] != 4 || header.shape[1] == 4
                         : header.shape[0] == 4 && header.shape[1] != 4);
}

OpenedFormat open_npy(ByteSpan front, const StreamOptions& options, const std::string& name) {
  const NumpyHeader header = read_numpy_header(front, name);
  std::vector<NumpyField> fields = header.fields;
  std::vector<std::string> names;
  std::size_t record = header.record_bytes;
  std::uint64_t records = 0;
  if (has_names(header)) {
    names = names_of(header);
    records = product(header.shape);
  } else if (header.shape.size() == 2) {
    const std::uint64_t columns = header.fortran ? header.shape[0] : header.shape[1];
    records = header.fortran ? header.shape[1] : header.shape[0];
    if (columns < 2 || columns > 64)
      throw Error("is an array of " + std::to_string(columns) + " columns", name, mend_numpy);
    fields = column_fields(header.fields.front(), static_cast<std::size_t>(columns), record);
    record *= static_cast<std::size_t>(columns);
  } else {
    throw Error(
        "is an array of plain numbers with " + std::to_string(header.shape.size()) + " dimensions",
        name, mend_numpy);
  }
  const SampleRows rows = sample(fields, front.subspan(header.data), record, records);
  const ColumnPlan plan =
      rows.empty() && names.empty() && options.columns.empty()
          ? ColumnPlan{0, 1, fields.size() > 2 ? 2 : -1, fields.size() > 3 ? 3 : -1}
          : plan_columns(names, rows, options, name);
  const EventFields events = fields_of(plan, fields, name);
  OpenedFormat opened;
  opened.header = header.data;
  opened.facts = facts_of(events, has_names(header) ? "NumPy (fields)" : "NumPy (rows)", options);
  opened.decoder = std::make_unique<NumpyDecoder>(events, record, records);
  return opened;
}

std::unique_ptr<EventStream> open_npy_columns(const Opener& open, const NumpyHeader& header,
                                              const StreamOptions& options,
                                              const std::string& name) {
  const std::uint64_t count = header.fortran ? header.shape[1] : header.shape[0];
  const std::uint64_t rows = header.fortran ? header.shape[0] : header.shape[1];
  if (count < 2 || count > 64)
    throw Error("is an array of " + std::to_string(count) + " columns", name, mend_numpy);
  const NumpyField number = header.fields.front();
  const std::size_t columns = static_cast<std::size_t>(count);
  if (rows > (std::uint64_t{1} << 48)) throw Error("has more rows than any file", name, mend_numpy);
  const auto open_column = [&](std::size_t column) {
    Column one{open(), number, header.data + rows * number.size * column, {}};
    pass_over(*one.bytes, one.offset);
    return one;
  };
  SampleRows samples(static_cast<std::size_t>(std::min<std::uint64_t>(rows, most_sample_rows)),
                     std::vector<double>(columns));
  std::size_t seen = samples.size();
  for (std::size_t column = 0; column < columns && number.is_number(); ++column) {
    Column one = open_column(column);
    seen = std::min(seen, one.read(seen));
    for (std::size_t row = 0; row < seen; ++row)
      samples[row][column] = number.value(one.block.data() + row * number.size);
  }
  samples.resize(seen);
  const ColumnPlan plan = samples.empty() && options.columns.empty()
                              ? ColumnPlan{0, 1, columns > 2 ? 2 : -1, columns > 3 ? 3 : -1}
                              : plan_columns({}, samples, options, name);
  return column_stream(plan, column_fields(number, columns, 0), rows, open_column,
                       "NumPy (columns)", options, name);
}

}  // namespace volley
