#include "sim/batch_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/random.hpp"
#include "datasets/augment.hpp"
#include "sim/clocked_inference.hpp"

namespace volley {

void check_data(const Plan& plan, const LabelledSpikes& data, const char* what) {
  if (std::any_of(data.trains.begin(), data.trains.end(),
                  [](const SpikeTrain& train) { return !train.values.empty(); }))
    check_graded_input(plan);
  if (data.trains.empty())
    throw Error("there are no recordings", what, "check the dataset's folder and --limit");
  const PlanPopulation& input = plan.populations[plan.input];
  if (data.sensor.inputs() != input.neurons)
    throw Error(fmt::format("the recordings have {} addresses ({} x {} x {}), the network's input "
                            "takes {} ({})",
                            data.sensor.inputs(), data.sensor.polarities, data.sensor.height,
                            data.sensor.width, input.neurons, to_string(input.spec.shape)),
                what, "give the input population the sensor's shape in the recipe");
  for (std::size_t index = 0; index < data.labels.size(); ++index)
    if (data.labels[index] < 0 ||
        static_cast<std::size_t>(data.labels[index]) >= plan.classes())
      throw Error(fmt::format("label {} has no readout neuron; there are {}", data.labels[index],
                              plan.classes()),
                  data.names[index], "give the readout one neuron per class");
}

BatchSource::BatchSource(const Plan& plan, const LabelledSpikes& data, const Recipe& recipe,
                         std::uint64_t seed)
    : data_(data),
      batch_size_(static_cast<std::size_t>(recipe.training.batch_size)),
      reach_(recipe.dataset.shift_pixels),
      mirrors_(recipe.dataset.mirror),
      seed_(seed) {
  check_data(plan, data, "training split");
}

std::uint64_t BatchSource::batches_per_epoch() const {
  return (data_.trains.size() + batch_size_ - 1) / batch_size_;
}

std::uint64_t BatchSource::longest() const {
  std::uint64_t steps = 0;
  for (const SpikeTrain& train : data_.trains) steps = std::max<std::uint64_t>(steps, train.steps);
  return steps;
}

std::vector<std::size_t> BatchSource::order(int epoch) const {
  std::vector<std::size_t> order(data_.trains.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomEngine engine =
      random_stream(seed_, StreamPurpose::order, {static_cast<std::uint64_t>(epoch)});
  for (std::size_t last = order.size(); last > 1; --last)
    std::swap(order[last - 1],
              order[boost::random::uniform_int_distribution<std::size_t>(0, last - 1)(engine)]);
  return order;
}

std::span<const std::size_t> BatchSource::members(const std::vector<std::size_t>& order,
                                                  std::uint64_t batch) const {
  const std::size_t first = batch * batch_size_;
  return {order.data() + first, std::min(batch_size_, order.size() - first)};
}

void BatchSource::prepare(Gathered& batch) const {
  const std::vector<std::size_t>& members = batch.members;
  const int epoch = batch.epoch;
  batch.trains.resize(members.size());
  batch.labels.resize(members.size());
  batch.changed.resize(members.size());
  parallel_for(members.size(), [&](std::size_t k) {
    const std::size_t sample = members[k];
    SpikeTrain& changed = batch.changed[k];
    batch.labels[k] = data_.labels[sample];
    batch.trains[k] = &data_.trains[sample];
    if (data_.redraw) {
      changed = data_.redraw(sample, static_cast<std::uint64_t>(epoch));
      batch.trains[k] = &changed;
    }
    if (reach_ == 0 && !mirrors_) return;
    RandomEngine engine = random_stream(seed_, StreamPurpose::augment,
                                        {static_cast<std::uint64_t>(epoch), sample});
    boost::random::uniform_int_distribution<int> pixels(-reach_, reach_);
    const int dx = pixels(engine), dy = pixels(engine);
    changed = shift(*batch.trains[k], data_.sensor, dx, dy);
    if (mirrors_ && boost::random::uniform_int_distribution<int>(0, 1)(engine) == 1)
      changed = mirror(changed, data_.sensor);
    batch.trains[k] = &changed;
  });
}

void BatchSource::gather(std::span<const std::size_t> members, int epoch,
                         std::span<const std::size_t> following) {
  const auto start = std::chrono::steady_clock::now();
  ahead_.wait();
  const bool ready = next_.epoch == epoch && std::ranges::equal(next_.members, members);
  if (ready) {
    std::swap(now_, next_);
  } else {
    now_.begin(members, epoch);
    prepare(now_);
  }
  next_.epoch = -1;
  if (!following.empty() && changes()) {
    next_.begin(following, epoch);
    ahead_.run([this] { prepare(next_); });
  }
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace volley
