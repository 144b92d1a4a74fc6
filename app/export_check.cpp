// Running both networks on the same recordings.
#include "app/export_check.hpp"

#include <fmt/format.h>

#include <boost/random/uniform_01.hpp>

#include "app/run_pictures.hpp"
#include "app/text.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

namespace volley {

namespace {

constexpr std::uint32_t random_steps = 30;
constexpr double random_density = 0.03;

SpikeTrain random_train(std::size_t inputs, std::uint32_t steps, std::uint64_t seed,
                        std::uint64_t index) {
  RandomEngine engine = random_stream(seed, StreamPurpose::synthetic, {index});
  boost::random::uniform_01<double> uniform;
  SpikeTrain train;
  train.steps = steps;
  train.inputs = static_cast<std::uint32_t>(inputs);
  for (std::uint32_t t = 0; t < steps; ++t) {
    for (std::uint32_t i = 0; i < train.inputs; ++i)
      if (uniform(engine) < random_density) train.indices.push_back(i);
    train.offsets.push_back(static_cast<std::uint32_t>(train.indices.size()));
  }
  return train;
}

/// Whether what the network sees has another size than the dataset's facts say.
bool makes_its_sensor(const DatasetOptions& dataset) {
  return !dataset.transforms.empty() || !dataset.cochlea.values.empty() ||
         dataset.encoding == "saccades" || dataset.name == "folder";
}

}  // namespace

CheckRecordings check_recordings(const ExportRequest& request) {
  const ExportOptions& options = request.options;
  const LoadedModel& model = request.model;
  CheckRecordings recordings;
  const DatasetInfo info = find_dataset(model.dataset.name);
  const Network& network = model.frozen.network;
  const std::size_t inputs = network.population(network.input()).shape.size();
  if ((!info.needs_files || !options.data.directory.empty()) &&
      (info.sensor.inputs() == inputs || makes_its_sensor(model.dataset))) {
    DataOptions data = options.data;
    data.limit = options.verify_limit;
    LabelledSpikes split = load_split(split_of(model, data), request.console);
    check_sensor(model, split.sensor, "dataset '" + model.dataset.name + "'");
    return {std::move(split.trains), std::move(split.names)};
  }
  request.console.say("no --data: checked on random spikes");
  const std::uint32_t steps =
      model.dataset.steps > 0 ? static_cast<std::uint32_t>(model.dataset.steps) : random_steps;
  for (std::size_t i = 0; i < options.verify_limit; ++i) {
    recordings.trains.push_back(random_train(inputs, steps, options.data.seed.value_or(1), i));
    recordings.names.push_back(fmt::format("random spikes {}", i + 1));
  }
  return recordings;
}

Comparison compare_networks(const FrozenNetwork& written, const FrozenNetwork& read,
                            const CheckRecordings& recordings) {
  const FrozenPlan first(written), second(read);
  Comparison total;
  for (std::size_t i = 0; i < recordings.trains.size(); ++i) {
    const SampleTrace a = event_trace(first, recordings.trains[i], recordings.names[i], -1);
    const SampleTrace b = event_trace(second, recordings.trains[i], recordings.names[i], -1);
    if (a.populations.size() != b.populations.size()) {
      total.first_difference = fmt::format("{} populations were written, {} read back",
                                           a.populations.size(), b.populations.size());
      ++total.differing_predictions;
      return total;
    }
    total.add(compare_traces(a, b));
  }
  return total;
}

bool report_check(const Comparison& found, const std::string& what, const ExportRequest& request) {
  const bool same = found.differing_spikes == 0 && found.differing_predictions == 0 &&
                    found.membrane_difference == 0;
  Json& json = request.json;
  json["identical"] = same;
  json["verified_recordings"] = found.recordings;
  json["verified_spikes"] = found.spikes;
  Console& console = request.console;
  if (found.spikes == 0) console.warn("the recordings make no spikes: the check says little");
  if (same) {
    console.result(console.ink("identical", Ink::good) +
                   fmt::format(" over {} of {} {}", plural(found.spikes, "spike"),
                               plural(found.recordings, "recording"), what));
    return true;
  }
  std::string difference = found.first_difference;
  if (difference.empty())
    difference = fmt::format("readout membranes by {:.1e}", found.membrane_difference);
  json["first_difference"] = difference;
  console.result(console.ink("differs", Ink::bad) +
                 fmt::format(" {}: {}; {} not written", what, difference, request.options.file));
  return false;
}

int say_differs(const std::string& words, const ExportRequest& request) {
  request.json["identical"] = false;
  request.json["first_difference"] = words;
  request.console.result(request.console.ink("differs", Ink::bad) +
                         fmt::format(": {}; {} not written", words, request.options.file));
  return 1;
}

bool verify_network(const ExportRequest& request,
                    const std::function<FrozenNetwork()>& read) {
  if (request.options.no_verify) return true;
  return report_check(
      compare_networks(request.model.frozen, read(), check_recordings(request)),
      "after reading back", request);
}

}  // namespace volley
