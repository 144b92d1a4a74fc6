// How far a counted job is: rate and time left, as a line of progress. Must not know the job.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "app/console.hpp"

namespace volley {

/// "loading Train: 345 of 1,000 recordings, 812/s, 1 s left". Not for several threads at once.
class Progress {
public:
  Progress(Console& console, std::string what, std::string noun, std::size_t total)
      : console_(console), what_(std::move(what)), noun_(std::move(noun)), total_(total) {}
  ~Progress() { console_.clear_progress(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows the line where one is due.
  void update(std::size_t done);
  double seconds() const;

private:
  Console& console_;
  std::string what_, noun_;
  std::size_t total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace volley
