#include "datasets/spike_csv.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "datasets/binning.hpp"

namespace volley {

namespace {

[[noreturn]] void fail(const std::string& file, std::size_t line, const std::string& what) {
  throw Error(what, file + ":" + std::to_string(line), "a line is time_ms,neuron");
}

double number(std::string_view word, const std::string& file, std::size_t line) {
  while (!word.empty() && std::isspace(static_cast<unsigned char>(word.front())) != 0)
    word.remove_prefix(1);
  while (!word.empty() && std::isspace(static_cast<unsigned char>(word.back())) != 0)
    word.remove_suffix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (code != std::errc() || end != word.data() + word.size() || !std::isfinite(value))
    fail(file, line, "'" + std::string(word.substr(0, 40)) + "' is not a number");
  return value;
}

}  // namespace

SpikeTrain read_spike_csv(const std::filesystem::path& file, std::uint32_t neurons,
                          double dt_ms) {
  const std::string bytes = read_file(file), name = file.string();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> spikes;  // step, neuron
  std::size_t line = 0;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line;
    text = text.substr(0, std::min(text.find('#'), text.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (line == 1 && std::isalpha(static_cast<unsigned char>(text.front())) != 0) continue;
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) fail(name, line, "there is no comma");
    const double time = number(text.substr(0, comma), name, line);
    const double neuron = number(text.substr(comma + 1), name, line);
    if (time < 0) fail(name, line, "a time is negative");
    if (neuron < 0 || neuron >= neurons || neuron != std::floor(neuron))
      fail(name, line, "there is no such neuron among " + std::to_string(neurons));
    // A time written to a few digits may lie a rounding below the step that it means.
    const double step = std::floor(time / dt_ms + 1e-6);
    if (step >= max_steps) fail(name, line, "more than a million steps are needed");
    spikes.emplace_back(static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(neuron));
  }
  std::sort(spikes.begin(), spikes.end());
  spikes.erase(std::unique(spikes.begin(), spikes.end()), spikes.end());
  SpikeTrain train;
  train.inputs = neurons;
  train.steps = spikes.empty() ? 1 : spikes.back().first + 1;
  train.offsets.assign(train.steps + std::size_t{1}, 0);
  for (const auto& [step, neuron] : spikes) {
    ++train.offsets[step + 1];
    train.indices.push_back(neuron);
  }
  for (std::size_t step = 0; step < train.steps; ++step)
    train.offsets[step + 1] += train.offsets[step];
  return train;
}

}  // namespace volley
