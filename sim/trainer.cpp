#include "sim/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/random.hpp"
#include "datasets/augment.hpp"
#include "sim/fold.hpp"

namespace volley {

namespace {

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

}  // namespace

Trainer::Trainer(const Recipe& recipe, const LabelledSpikes& train, const LabelledSpikes* test,
                 const Checkpoint* resume)
    : recipe_(recipe),
      train_(train),
      test_(test),
      engine_(compile(recipe.network)),
      parameters_(initial_parameters<float>(engine_.plan(), recipe.training.seed)),
      gradient_(zero_parameters<float>(engine_.plan())),
      running_(initial_moments(engine_.plan())),
      optimiser_(engine_.plan(), recipe.training) {
  check_data(engine_.plan(), train, "training split");
  if (test != nullptr) check_data(engine_.plan(), *test, "test split");
  loss_.logit_scale = recipe.training.logit_scale;
  loss_.label_smoothing = recipe.training.label_smoothing;
  if (recipe.training.class_balanced)
    loss_.class_weights = balanced_class_weights(train.labels, engine_.plan().classes());
  if (recipe.training.gradient_l1 > 0)
    gradient_l1_.emplace(engine_.plan(), recipe.training.gradient_l1);
  position_.seed = recipe.training.seed;
  if (resume == nullptr) return;
  position_ = resume->position;
  from_tensors(engine_.plan(), resume->parameters, parameters_);
  running_ = moments_from_tensors(engine_.plan(), resume->statistics);
  if (position_.step == 0) return;
  from_tensors(engine_.plan(), resume->optimiser, optimiser_.first_moment(), "first_moment/");
  from_tensors(engine_.plan(), resume->optimiser, optimiser_.second_moment(), "second_moment/");
}

std::uint64_t Trainer::batches_per_epoch() const {
  const auto size = static_cast<std::size_t>(recipe_.training.batch_size);
  return (train_.trains.size() + size - 1) / size;
}

ProjectionSparsity Trainer::sparsity() const {
  const std::uint64_t total =
      batches_per_epoch() * static_cast<std::uint64_t>(recipe_.training.epochs);
  return sparsity_at(engine_.plan(),
                     static_cast<double>(position_.step) / static_cast<double>(total));
}

std::vector<std::size_t> Trainer::epoch_order() const {
  std::vector<std::size_t> order(train_.trains.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomEngine engine = random_stream(position_.seed, StreamPurpose::order,
                                      {static_cast<std::uint64_t>(position_.epoch)});
  for (std::size_t last = order.size(); last > 1; --last)
    std::swap(order[last - 1],
              order[boost::random::uniform_int_distribution<std::size_t>(0, last - 1)(engine)]);
  return order;
}

TrainingMoment Trainer::moment() const {
  const std::uint64_t total =
      batches_per_epoch() * static_cast<std::uint64_t>(recipe_.training.epochs);
  return {position_.seed, position_.step,
          static_cast<double>(position_.step) / static_cast<double>(total)};
}

void Trainer::run(TrainingObserver& observer) {
  while (!position_.finished && run_epoch(observer)) {
  }
}

bool Trainer::run_epoch(TrainingObserver& observer) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const std::vector<std::size_t> order = epoch_order();
  const auto size = static_cast<std::size_t>(recipe_.training.batch_size);
  const std::uint64_t total = batches_per_epoch();
  EpochRecord record;
  record.epoch = position_.epoch + 1;
  std::vector<double> rates(engine_.plan().populations.size(), 0.0);
  std::size_t seen = 0, first_batch = position_.batch;
  bool stopped = false;
  while (position_.batch < total) {
    const std::size_t first = position_.batch * size;
    const std::span<const std::size_t> members(order.data() + first,
                                               std::min(size, order.size() - first));
    const BatchRecord batch = run_batch(members);
    seen += members.size();
    record.train_loss += batch.loss * static_cast<double>(members.size());
    record.train_accuracy += batch.accuracy * static_cast<double>(members.size());
    record.learning_rate = batch.learning_rate;
    for (std::size_t p = 0; p < rates.size(); ++p) rates[p] += engine_.firing_rate(p);
    history_.batches.push_back(batch);
    observer.batch(batch, position_.batch, total);
    if (observer.wants_trace()) observer.trace(first_sample_trace(members.front()));
    stopped = observer.stop();
    if (stopped && position_.batch < total) return false;
  }
  record.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  record.samples_per_second =
      record.seconds > 0 ? static_cast<double>(seen) / record.seconds : 0.0;
  const double samples = static_cast<double>(std::max<std::size_t>(1, seen));
  record.train_loss /= samples;
  record.train_accuracy /= samples;
  const double batches = static_cast<double>(std::max<std::uint64_t>(1, total - first_batch));
  for (const PlanPopulation& population : engine_.plan().populations)
    if (population.spec.kind == NeuronKind::lif)
      record.rates.push_back({population.spec.name, rates[population.id] / batches,
                              population.spec.quantizer.levels});
  ++position_.epoch;
  position_.batch = 0;
  if (position_.epoch >= recipe_.training.epochs) {
    recalibrate();
    position_.finished = true;
  }
  stopped = !evaluate_epoch(record, observer) || stopped;
  history_.epochs.push_back(record);
  observer.epoch(record);
  return !stopped;
}

BatchRecord Trainer::run_batch(std::span<const std::size_t> members) {
  const int reach = recipe_.dataset.shift_pixels;
  const bool mirrors = recipe_.dataset.mirror;
  batch_.resize(members.size());
  labels_.resize(members.size());
  shifted_.resize(members.size());
  parallel_for(members.size(), [&](std::size_t k) {
    const std::size_t sample = members[k];
    labels_[k] = train_.labels[sample];
    batch_[k] = &train_.trains[sample];
    if (reach == 0 && !mirrors) return;
    RandomEngine engine =
        random_stream(position_.seed, StreamPurpose::augment,
                      {static_cast<std::uint64_t>(position_.epoch), sample});
    boost::random::uniform_int_distribution<int> pixels(-reach, reach);
    const int dx = pixels(engine), dy = pixels(engine);
    shifted_[k] = shift(train_.trains[sample], train_.sensor, dx, dy);
    if (mirrors && boost::random::uniform_int_distribution<int>(0, 1)(engine) == 1)
      shifted_[k] = mirror(shifted_[k], train_.sensor);
    batch_[k] = &shifted_[k];
  });
  const std::uint64_t total =
      batches_per_epoch() * static_cast<std::uint64_t>(recipe_.training.epochs);
  engine_.set_moment(moment());
  engine_.set_sparsity(sparsity());
  const DropoutStream dropout{position_.seed, position_.step};
  const std::vector<float>& logits = engine_.forward(batch_, parameters_, nullptr, &dropout);
  const LossResult loss =
      cross_entropy<float>(loss_, logits, labels_, logit_gradient_);
  engine_.backward(logit_gradient_, parameters_, gradient_);
  if (gradient_l1_)
    gradient_l1_->add({moment(), sparsity(), dropout}, batch_,
                      [&](const std::vector<float>& moved, std::vector<float>& slope) {
                        cross_entropy<float>(loss_, moved, labels_, slope);
                      },
                      parameters_, gradient_);
  blend_moments(running_, engine_.moments(),
                position_.step == 0 ? 1.0 : recipe_.training.momentum);
  const double rate = scheduled_rate(recipe_.training, position_.step, total);
  optimiser_.step(engine_.plan(), parameters_, gradient_, rate, position_.step);
  clamp_delays(engine_.plan(), parameters_);
  ++position_.step;
  ++position_.batch;
  BatchRecord record;
  record.epoch = position_.epoch + 1;
  record.step = position_.step;
  record.loss = loss.loss;
  record.accuracy = static_cast<double>(loss.correct) / static_cast<double>(members.size());
  record.learning_rate = rate;
  return record;
}

void Trainer::recalibrate() {
  engine_.set_sparsity(sparsity());
  const auto wanted = static_cast<std::size_t>(recipe_.training.recalibration_samples);
  const std::vector<std::size_t> order = epoch_order();
  const std::size_t samples = std::min(wanted, order.size());
  const auto size = static_cast<std::size_t>(recipe_.training.batch_size);
  TrainingMoment now = moment();
  now.draws = false;  // the moments are for inference, where no spike is drawn
  now.progress = 1;   // and delays are whole
  engine_.set_moment(now);
  double seen = 0;
  for (std::size_t first = 0; first < samples; first += size) {
    batch_.clear();
    for (std::size_t k = first; k < std::min(samples, first + size); ++k)
      batch_.push_back(&train_.trains[order[k]]);
    engine_.forward(batch_, parameters_);
    const double count = static_cast<double>(batch_.size());
    seen += count;
    blend_moments(running_, engine_.moments(), count / seen);
  }
}

/// Leaves the accuracies at -1 and returns false where an observer stops it.
bool Trainer::evaluate_epoch(EpochRecord& record, TrainingObserver& observer) const {
  if (test_ == nullptr) return true;
  const FrozenPlan plan(frozen());
  bool stopped = false;
  const Evaluation evaluation =
      evaluate(plan, EngineKind::event, test_->trains, test_->labels, [&](std::size_t done) {
        if (!stopped && done < test_->trains.size()) stopped = observer.stop();
        return !stopped;
      });
  if (stopped) return false;
  record.test_accuracy = evaluation.accuracy();
  record.test_balanced_accuracy = evaluation.balanced_accuracy();
  return true;
}

SampleTrace Trainer::first_sample_trace(std::size_t sample) const {
  const PlanPopulation& readout = engine_.plan().populations[engine_.plan().readout];
  SampleTrace trace;
  trace.recording = train_.names[sample];
  trace.label = train_.labels[sample];
  trace.dt_ms = recipe_.dataset.dt_ms;
  trace.steps = static_cast<std::uint32_t>(engine_.rows().steps(0));
  for (const PlanPopulation& population : engine_.plan().populations) {
    const PopulationState<float>& state = engine_.state(population.id);
    PopulationTrace own;
    own.name = population.spec.name;
    own.kind = population.spec.kind;
    own.shape = population.spec.shape;
    own.spikes.inputs = static_cast<std::uint32_t>(population.neurons);
    for (std::uint32_t t = 0; t < trace.steps; ++t) {
      if (population.spiking()) {
        const auto row = state.spikes.row(t);
        own.spikes.indices.insert(own.spikes.indices.end(), row.begin(), row.end());
      }
      own.spikes.steps = t + 1;
      own.spikes.offsets.push_back(static_cast<std::uint32_t>(own.spikes.indices.size()));
    }
    if (!population.spiking())
      own.membrane.assign(state.membrane.begin(),
                          state.membrane.begin() +
                              static_cast<std::ptrdiff_t>(trace.steps * population.neurons));
    trace.populations.push_back(std::move(own));
  }
  trace.scores.assign(readout.neurons, 0.0f);
  const PopulationTrace& last = trace.populations[readout.id];
  for (std::size_t at = 0; at < last.membrane.size(); ++at)
    trace.scores[at % readout.neurons] += last.membrane[at] / static_cast<float>(trace.steps);
  for (const std::uint32_t neuron : last.spikes.indices)
    trace.scores[neuron] += 1.0f / static_cast<float>(trace.steps);
  trace.predicted = predicted_class(trace.scores);
  return trace;
}

Checkpoint Trainer::checkpoint() const {
  Checkpoint checkpoint;
  checkpoint.recipe = recipe_;
  checkpoint.parameters = to_tensors(engine_.plan(), parameters_);
  checkpoint.statistics = to_tensors(engine_.plan(), running_);
  checkpoint.statistics.merge(to_tensors(engine_.plan(), sparsity()));
  AdamW<float> copy = optimiser_;
  checkpoint.optimiser = to_tensors(engine_.plan(), copy.first_moment(), "first_moment/");
  checkpoint.optimiser.merge(
      to_tensors(engine_.plan(), copy.second_moment(), "second_moment/"));
  checkpoint.position = position_;
  return checkpoint;
}

FrozenNetwork Trainer::frozen() const {
  return fold(recipe_.network, recipe_.dataset.dt_ms, parameters_, running_, sparsity());
}

}  // namespace volley
