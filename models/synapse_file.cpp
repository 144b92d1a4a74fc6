#include "models/synapse_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <tuple>

#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace volley {

namespace {

[[noreturn]] void fail(const std::string& file, std::size_t line, const std::string& what) {
  throw Error(what, fmt::format("{}:{}", file, line),
              "a line is source,target or source,target,weight or source,target,weight,delay_ms");
}

/// The numbers of one line. @return how many
std::size_t split(std::string_view text, std::array<double, 4>& numbers, const std::string& file,
                  std::size_t line) {
  std::size_t count = 0;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, comma);
    while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t' || word.back() == '\r'))
      word.remove_suffix(1);
    if (count == numbers.size()) fail(file, line, "there are more than four numbers");
    const auto [end, code] =
        std::from_chars(word.data(), word.data() + word.size(), numbers[count]);
    if (code != std::errc() || end != word.data() + word.size() || !std::isfinite(numbers[count]))
      fail(file, line, fmt::format("'{}' is not a number", word.substr(0, 40)));
    ++count;
    if (comma == text.size()) return count;
    text.remove_prefix(comma + 1);
  }
}

std::uint32_t neuron(double number, std::uint32_t size, const std::string& file,
                     std::size_t line) {
  if (number < 0 || number >= size || number != std::floor(number))
    fail(file, line, fmt::format("there is no neuron {} among {}", number, size));
  return static_cast<std::uint32_t>(number);
}

}  // namespace

SynapseList read_synapses(const std::filesystem::path& file, std::uint32_t sources,
                          std::uint32_t targets) {
  const std::string bytes = read_file(file), name = file.string();
  SynapseList list;
  std::size_t line = 0, columns = 0;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line;
    text = text.substr(0, std::min(text.find('#'), text.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto first = static_cast<unsigned char>(text.front());
    if (line == 1 && std::isalpha(first) != 0) continue;
    std::array<double, 4> numbers{};
    const std::size_t count = split(text, numbers, name, line);
    if (columns == 0) columns = count;
    if (count < 2) fail(name, line, "there is one number only");
    if (count != columns) fail(name, line, "this line has not as many numbers as the first");
    if (numbers[3] < 0) fail(name, line, "a delay is negative");
    list.synapses.push_back({neuron(numbers[0], sources, name, line),
                             neuron(numbers[1], targets, name, line), numbers[2], numbers[3]});
  }
  list.weights = columns >= 3;
  list.delays = columns >= 4;
  std::stable_sort(list.synapses.begin(), list.synapses.end(),
                   [](const ListedSynapse& a, const ListedSynapse& b) {
                     return std::tie(a.source, a.target) < std::tie(b.source, b.target);
                   });
  return list;
}

}  // namespace volley
