// Clocks, memory and a process of its own for each network.
#include "app/bench_timing.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "app/text.hpp"

namespace volley {

namespace {
double seconds_of(const std::function<void()>& work, int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int call = 0; call < calls; ++call) work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
}  // namespace

Timing measure(const std::function<void()>& work, int repetitions, double seconds) {
  for (int warm_up = 0; warm_up < 4; ++warm_up) work();
  const double one = std::max(1e-7, seconds_of(work, 2) / 2);
  Timing timing;
  timing.repetitions = repetitions;
  timing.calls = static_cast<int>(std::clamp(seconds / one, 0.0, 1e6)) + 1;
  std::vector<double> times;
  for (int repetition = 0; repetition < repetitions; ++repetition)
    times.push_back(seconds_of(work, timing.calls) / timing.calls);
  std::sort(times.begin(), times.end());
  const std::size_t middle = times.size() / 2;
  timing.median =
      times.size() % 2 == 1 ? times[middle] : 0.5 * (times[middle - 1] + times[middle]);
  timing.min = times.front();
  timing.max = times.back();
  return timing;
}

Json throughput_json(const Timing& timing, std::size_t samples) {
  const auto count = static_cast<double>(samples);
  return {{"median", count / timing.median},
          {"min", count / timing.max},
          {"max", count / timing.min}};
}

void add_timing(Json& json, const Timing& timing, std::size_t samples) {
  json["samples_per_second"] = throughput_json(timing, samples);
  json["repetitions"] = timing.repetitions;
  json["calls_per_repetition"] = timing.calls;
}

double peak_memory_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

std::string run_self(const std::vector<std::string>& arguments) {
  std::string command = shell_word(std::filesystem::read_symlink("/proc/self/exe").string());
  for (const std::string& argument : arguments) command += " " + shell_word(argument);
  std::FILE* stream = ::popen(command.c_str(), "r");
  if (stream == nullptr) throw std::runtime_error("cannot start " + command);
  std::string output;
  std::array<char, 4096> block{};
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), stream)) > 0;)
    output.append(block.data(), got);
  const int status = ::pclose(stream);
  if (status != 0) throw std::runtime_error(command + " failed");
  return output;
}

}  // namespace volley
