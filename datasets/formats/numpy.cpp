#include "datasets/formats/numpy.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.hpp"
#include "datasets/archive.hpp"

namespace volley {

namespace {

const char* const how = "save an array with fields t, x, y and p, or rows of four numbers";
constexpr std::size_t most_rows = 4096;  // looked at to tell columns

bool named(const NumpyHeader& header) { return !header.fields.front().name.empty(); }

/// What the type of a coordinate can tell apart.
int most_of(const NumpyField& field) {
  if (field.kind == 'b') return 2;
  if (field.size == 1) return field.kind == 'i' ? 128 : 256;
  return field.kind == 'i' && field.size == 2 ? 32768 : 65536;
}

/// A number as a coordinate; what is none becomes large, and lies outside.
std::uint32_t coordinate(std::int64_t value) {
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

/// The plan made of fields; checks that each is a number.
EventFields fields_of(const ColumnPlan& plan, const std::vector<NumpyField>& fields,
                      const std::string& name) {
  EventFields events;
  const auto take = [&](int column) {
    const NumpyField& field = fields.at(static_cast<std::size_t>(column));
    if (!field.is_number())
      throw Error("field '" + field.name + "' holds no numbers that volley reads", name, how);
    return field;
  };
  events.t = take(plan.t);
  events.x = take(plan.x);
  events.has_y = plan.y >= 0;
  events.has_p = plan.p >= 0;
  if (events.has_y) events.y = take(plan.y);
  if (events.has_p) events.p = take(plan.p);
  events.unit_us = plan.unit_us;
  return events;
}

SensorSize most_of(const EventFields& fields) {
  return {most_of(fields.x), fields.has_y ? most_of(fields.y) : 1, 2};
}

StreamFacts facts_of(const EventFields& fields, const std::string& format,
                     const StreamOptions& options) {
  StreamFacts facts;
  facts.format = format;
  facts.mended_us = mended_camera_us;
  choose_sensor(facts, options, std::nullopt, most_of(fields));
  return facts;
}

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t all = 1;
  for (const std::uint64_t size : shape)
    if (__builtin_mul_overflow(all, size, &all)) return ~std::uint64_t{0};
  return all;
}

/// Columns of a plain array as fields of one record, `stride` bytes apart.
std::vector<NumpyField> column_fields(const NumpyField& number, std::size_t columns,
                                      std::size_t stride) {
  std::vector<NumpyField> fields(columns, number);
  for (std::size_t column = 0; column < columns; ++column) fields[column].offset = column * stride;
  return fields;
}

/// Numbers of the first rows, for the plan.
SampleRows sample(const std::vector<NumpyField>& fields, ByteSpan data, std::size_t record,
                  std::uint64_t records) {
  SampleRows rows;
  for (std::size_t at = 0;
       rows.size() < std::min<std::uint64_t>(records, most_rows) && at + record <= data.size();
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

/// Events from columns that are read side by side.
class ColumnStream final : public EventStream {
public:
  ColumnStream(std::vector<Column> columns, EventFields fields, std::uint64_t rows,
               StreamFacts facts)
      : columns_(std::move(columns)), fields_(std::move(fields)), left_(rows),
        facts_(std::move(facts)) {}

  SensorSize sensor() const override { return facts_.sensor; }
  const StreamReport& report() const override { return report_; }
  std::string format() const override { return facts_.format; }
  bool sensor_stated() const override { return facts_.sensor_stated; }

  bool next(std::vector<Event>& batch) override {
    batch.clear();
    if (left_ == 0) return false;
    std::size_t rows = static_cast<std::size_t>(std::min<std::uint64_t>(left_, 8192));
    for (Column& column : columns_) rows = std::min(rows, column.read(rows));
    std::vector<std::uint8_t> record(8 * columns_.size());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        const std::size_t size = columns_[c].field.size;
        std::copy_n(columns_[c].block.data() + row * size, size, record.data() + 8 * c);
      }
      if (!take(record.data(), batch)) break;
      for (Column& column : columns_) column.offset += column.field.size;
      --left_;
    }
    if (rows == 0 && report_.damage.empty()) {
      std::string reason = "truncated: the last " + std::to_string(left_) + " events are missing";
      for (const Column& column : columns_)
        if (!column.bytes->failure().empty()) reason = column.bytes->failure();
      report_.damage = damage_text(columns_.front().offset, reason);
    }
    if (!report_.damage.empty()) left_ = 0;
    report_.events += batch.size();
    return !batch.empty();
  }

private:
  bool take(const std::uint8_t* record, std::vector<Event>& batch) {
    std::int64_t t = fields_.t.time(record, fields_.unit_us);
    const std::uint32_t x = coordinate(fields_.x.time(record, 1));
    const std::uint32_t y = fields_.has_y ? coordinate(fields_.y.time(record, 1)) : 0;
    std::string reason;
    if (x >= static_cast<std::uint32_t>(facts_.sensor.width) ||
        y >= static_cast<std::uint32_t>(facts_.sensor.height))
      reason = "pixel (" + std::to_string(x) + ", " + std::to_string(y) + ") is outside the " +
               std::to_string(facts_.sensor.width) + " x " + std::to_string(facts_.sensor.height) +
               " sensor";
    else if (t < -time_limit_us || t > time_limit_us)
      reason = "time " + std::to_string(t) + " us is out of all bounds";
    else if (latest_ - t > facts_.mended_us)
      reason =
          "time steps back from " + std::to_string(latest_) + " to " + std::to_string(t) + " us";
    if (!reason.empty()) {
      report_.damage = damage_text(columns_.front().offset, reason);
      return false;
    }
    if (t < latest_) {
      ++report_.out_of_order;
      t = latest_;
    }
    latest_ = t;
    batch.push_back({t, static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(y),
                     static_cast<std::uint8_t>(!fields_.has_p || fields_.p.value(record) > 0)});
    return true;
  }

  std::vector<Column> columns_;  // t, x, then y and p where there are any
  EventFields fields_;           // of a record of 8 bytes a column
  std::uint64_t left_;
  StreamFacts facts_;
  StreamReport report_;
  std::int64_t latest_ = -time_limit_us;
};

void pass_over(ByteSource& bytes, std::uint64_t count) {
  std::vector<std::uint8_t> block(65536);
  while (count > 0) {
    const std::size_t got = bytes.read(
        block.data(), static_cast<std::size_t>(std::min<std::uint64_t>(count, block.size())));
    if (got == 0) return;
    count -= got;
  }
}

/// The stream of columns chosen by a plan. @param open gives the source of a column at its numbers
std::unique_ptr<EventStream> column_stream(const ColumnPlan& plan,
                                           const std::vector<NumpyField>& fields,
                                           std::uint64_t rows,
                                           const std::function<Column(std::size_t)>& open,
                                           const std::string& format, const StreamOptions& options,
                                           const std::string& name) {
  EventFields events = fields_of(plan, fields, name);
  std::vector<Column> columns;
  const auto take = [&](int column, NumpyField& field) {
    if (column < 0) return;
    columns.push_back(open(static_cast<std::size_t>(column)));
    field.offset = 8 * (columns.size() - 1);
  };
  take(plan.t, events.t);
  take(plan.x, events.x);
  take(plan.y, events.y);
  take(plan.p, events.p);
  StreamFacts facts = facts_of(events, format, options);
  return std::make_unique<ColumnStream>(std::move(columns), std::move(events), rows,
                                        std::move(facts));
}

struct NpzArray {
  std::string name;  ///< without ".npy"
  NumpyHeader header;
  std::vector<std::uint8_t> front;
};

std::unique_ptr<ByteSource> open_array(const Opener& open, const std::string& array) {
  auto bytes = find_member(
      open(), [&](const ArchiveMember& member) { return member.name == array + ".npy"; });
  if (bytes == nullptr) throw Error("array '" + array + "' cannot be read again", array, how);
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

bool is_column_major(const NumpyHeader& header) {
  return !named(header) && header.shape.size() == 2 &&
         (header.fortran ? header.shape[0] != 4 || header.shape[1] == 4
                         : header.shape[0] == 4 && header.shape[1] != 4);
}

OpenedFormat open_npy(ByteSpan front, const StreamOptions& options, const std::string& name) {
  const NumpyHeader header = read_numpy_header(front, name);
  std::vector<NumpyField> fields = header.fields;
  std::vector<std::string> names;
  std::size_t record = header.record_bytes;
  std::uint64_t records = 0;
  if (named(header)) {
    names = names_of(header);
    records = product(header.shape);
  } else if (header.shape.size() == 2) {
    const std::uint64_t columns = header.fortran ? header.shape[0] : header.shape[1];
    records = header.fortran ? header.shape[1] : header.shape[0];
    if (columns < 2 || columns > 64)
      throw Error("is an array of " + std::to_string(columns) + " columns", name, how);
    fields = column_fields(header.fields.front(), static_cast<std::size_t>(columns), record);
    record *= static_cast<std::size_t>(columns);
  } else {
    throw Error(
        "is an array of plain numbers with " + std::to_string(header.shape.size()) + " dimensions",
        name, how);
  }
  const SampleRows rows = sample(fields, front.subspan(header.data), record, records);
  const ColumnPlan plan =
      rows.empty() && names.empty() && options.columns.empty()
          ? ColumnPlan{0, 1, fields.size() > 2 ? 2 : -1, fields.size() > 3 ? 3 : -1}
          : plan_columns(names, rows, options, name);
  const EventFields events = fields_of(plan, fields, name);
  OpenedFormat opened;
  opened.header = header.data;
  opened.facts = facts_of(events, named(header) ? "NumPy (fields)" : "NumPy (rows)", options);
  opened.decoder = std::make_unique<NumpyDecoder>(events, record, records);
  return opened;
}

std::unique_ptr<EventStream> open_npy_columns(const Opener& open, const NumpyHeader& header,
                                              const StreamOptions& options,
                                              const std::string& name) {
  const std::uint64_t count = header.fortran ? header.shape[1] : header.shape[0];
  const std::uint64_t rows = header.fortran ? header.shape[0] : header.shape[1];
  if (count < 2 || count > 64)
    throw Error("is an array of " + std::to_string(count) + " columns", name, how);
  const NumpyField number = header.fields.front();
  const std::size_t columns = static_cast<std::size_t>(count);
  if (rows > (std::uint64_t{1} << 48)) throw Error("has more rows than any file", name, how);
  const auto open_column = [&](std::size_t column) {
    Column one{open(), number, header.data + rows * number.size * column, {}};
    pass_over(*one.bytes, one.offset);
    return one;
  };
  SampleRows samples(static_cast<std::size_t>(std::min<std::uint64_t>(rows, most_rows)),
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

std::unique_ptr<EventStream> open_npz(const Opener& open, const StreamOptions& options,
                                      const std::string& name) {
  const std::vector<NpzArray> arrays = arrays_in(open, name);
  if (arrays.empty()) throw Error("holds no .npy arrays", name, how);
  const NpzArray* chosen = arrays.size() == 1 ? &arrays.front() : nullptr;
  for (const NpzArray& array : arrays)
    if (array.name == "events" || (chosen == nullptr && named(array.header))) chosen = &array;
  if (chosen != nullptr && (named(chosen->header) || chosen->header.shape.size() == 2)) {
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
    if (named(array.header) || array.header.shape.size() != 1) continue;
    columns.push_back(&array);
    names.push_back(array.name);
    fields.push_back(array.header.fields.front());
    fields.back().name = array.name;
  }
  if (columns.empty()) throw Error("holds no arrays of events or of their columns", name, how);
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
                  name, how);
  const auto open_column = [&](std::size_t column) {
    Column one{open_array(open, names[column]), fields[column], columns[column]->header.data, {}};
    pass_over(*one.bytes, one.offset);
    return one;
  };
  return column_stream(plan, fields, times.header.shape.front(), open_column,
                       "NumPy (.npz columns)", options, name);
}

}  // namespace volley
