// Fields of events, and columns read side by side.
#include "datasets/formats/numpy_events.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace volley {

namespace {

/// What the type of a coordinate can tell apart.
int most_of(const NumpyField& field) {
  if (field.kind == 'b') return 2;
  if (field.size == 1) return field.kind == 'i' ? 128 : 256;
  return field.kind == 'i' && field.size == 2 ? 32768 : 65536;
}

SensorSize most_of(const EventFields& fields) {
  return {most_of(fields.x), fields.has_y ? most_of(fields.y) : 1, 2};
}

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

}  // namespace

EventFields fields_of(const ColumnPlan& plan, const std::vector<NumpyField>& fields,
                      const std::string& name) {
  EventFields events;
  const auto take = [&](int column) {
    const NumpyField& field = fields.at(static_cast<std::size_t>(column));
    if (!field.is_number())
      throw Error("field '" + field.name + "' holds no numbers that volley reads", name,
                  mend_numpy);
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

StreamFacts facts_of(const EventFields& fields, const std::string& format,
                     const StreamOptions& options) {
  StreamFacts facts;
  facts.format = format;
  facts.mended_us = mended_camera_us;
  choose_sensor(facts, options, std::nullopt, most_of(fields));
  return facts;
}

std::vector<NumpyField> column_fields(const NumpyField& number, std::size_t columns,
                                      std::size_t stride) {
  std::vector<NumpyField> fields(columns, number);
  for (std::size_t column = 0; column < columns; ++column) fields[column].offset = column * stride;
  return fields;
}

void pass_over(ByteSource& bytes, std::uint64_t count) {
  std::vector<std::uint8_t> block(65536);
  while (count > 0) {
    const std::size_t got = bytes.read(
        block.data(), static_cast<std::size_t>(std::min<std::uint64_t>(count, block.size())));
    if (got == 0) return;
    count -= got;
  }
}

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

}  // namespace volley
