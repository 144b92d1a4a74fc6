#include "datasets/transform.hpp"

#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "datasets/transform_parts.hpp"

namespace volley {

namespace {

TransformTable all_transforms() {
  TransformTable all;
  for (const TransformTable& part : {spatial_transforms(), temporal_transforms(),
                                     filter_transforms(), dropping_transforms()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// DropEventByTime and RandomFlipLR become drop_event_by_time and random_flip_lr.
std::string snake_case(const std::string& name) {
  std::string snake;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto letter = static_cast<unsigned char>(name[i]);
    const bool begins = std::isupper(letter) != 0 && i > 0 &&
                        std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    if (begins) snake += '_';
    snake += static_cast<char>(std::tolower(letter));
  }
  return snake;
}

}  // namespace

std::vector<std::string> transform_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : all_transforms()) names.emplace_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

TransformList::TransformList(const std::vector<NamedValues>& entries) : given_(entries) {
  const TransformTable table = all_transforms();
  for (const NamedValues& given : entries) {
    const std::string name = snake_case(given.name);
    const auto maker = std::find_if(table.begin(), table.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (maker == table.end())
      throw Error("there is no transform '" + given.name.substr(0, 60) + "'", given.place,
                  "use one of: " + joined_names(transform_names()));
    NamedReader reader(given);
    Entry entry{maker->second(reader), false};
    const std::string when = reader.choice("when", entry.transform->random() ? "training" : "always",
                                           {"always", "training"});
    entry.training_only = when == "training";
    reader.finish();
    if (entry.training_only && entry.transform->resizes() && !entry.transform->random())
      reader.fail("changes the size of the sensor, which training and test must share",
                  "use when = \"always\"");
    entries_.push_back(std::move(entry));
  }
}

SensorSize TransformList::sensor(SensorSize before) const {
  for (const Entry& entry : entries_) before = entry.transform->sensor(before);
  return before;
}

void TransformList::apply(Recording& recording, const SamplePlace& place, bool training) const {
  for (std::size_t k = 0; k < entries_.size(); ++k) {
    if (entries_[k].training_only && !training) {
      entries_[k].transform->rest(recording);
      continue;
    }
    // What is not for training alone is the same in every epoch.
    const std::uint64_t epoch = entries_[k].training_only ? place.epoch : 0;
    RandomEngine random = random_stream(place.seed, StreamPurpose::augment,
                                        {epoch, place.sample, static_cast<std::uint64_t>(k)});
    entries_[k].transform->apply(recording, random);
  }
}

bool TransformList::changes_every_epoch() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.training_only && entry.transform->random();
  });
}

void sort_by_time(std::vector<Event>& events) {
  const auto earlier = [](const Event& a, const Event& b) { return a.t < b.t; };
  if (!std::is_sorted(events.begin(), events.end(), earlier))
    std::stable_sort(events.begin(), events.end(), earlier);
}

double uniform(RandomEngine& random, double low, double high) {
  return low < high ? boost::random::uniform_real_distribution<double>(low, high)(random) : low;
}

int uniform_whole(RandomEngine& random, int low, int high) {
  return boost::random::uniform_int_distribution<int>(low, high)(random);
}

bool chance(RandomEngine& random, double probability) {
  return uniform(random, 0, 1) < probability;
}

NumberOrRange number_or_range(NamedReader& reader, std::string_view key, double fallback,
                              double low, double high) {
  const std::vector<double> numbers = reader.numbers(key, low, high);
  if (numbers.empty()) return {fallback, fallback};
  if (numbers.size() > 2 || numbers.front() > numbers.back())
    reader.fail("'" + std::string(key) + "' is neither a number nor a range",
                "write one number, or [low, high]");
  return {numbers.front(), numbers.back()};
}

std::pair<int, int> two_numbers(NamedReader& reader, std::string_view key, int low, int high) {
  const std::vector<double> numbers = reader.numbers(key, low, high);
  const auto whole = [](double number) {
    return number == static_cast<double>(static_cast<int>(number));
  };
  if (numbers.empty() || numbers.size() > 2 || !whole(numbers.front()) || !whole(numbers.back()))
    reader.fail("'" + std::string(key) + "' must be given as whole numbers",
                "write " + std::string(key) + " = [across, down], or one number for both");
  return {static_cast<int>(numbers.front()), static_cast<int>(numbers.back())};
}

}  // namespace volley
