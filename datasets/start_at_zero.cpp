#include "datasets/start_at_zero.hpp"

namespace volley {

namespace {

class FromFirstEvent final : public EventStream {
public:
  explicit FromFirstEvent(std::unique_ptr<EventStream> events) : events_(std::move(events)) {}

  SensorSize sensor() const override { return events_->sensor(); }
  const StreamReport& report() const override { return events_->report(); }
  std::string format() const override { return events_->format(); }
  bool sensor_stated() const override { return events_->sensor_stated(); }

  bool next(std::vector<Event>& batch) override {
    if (!events_->next(batch)) return false;
    if (!begun_) first_ = batch.front().t;
    begun_ = true;
    for (Event& event : batch) event.t -= first_;
    return true;
  }

private:
  std::unique_ptr<EventStream> events_;
  std::int64_t first_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<EventStream> start_at_zero(std::unique_ptr<EventStream> stream) {
  if (!stream->free_clock()) return stream;
  return std::make_unique<FromFirstEvent>(std::move(stream));
}

}  // namespace volley
