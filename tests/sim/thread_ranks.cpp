#include "thread_ranks.hpp"

#include <algorithm>
#include <barrier>
#include <cstddef>
#include <thread>

namespace volley {

namespace {

/// What the threads have shown each other.
struct Table {
  explicit Table(int size) : meeting(size), shown(static_cast<std::size_t>(size)) {}
  std::barrier<> meeting;
  std::vector<std::span<const std::byte>> shown;
};

class ThreadRanks final : public Ranks {
public:
  ThreadRanks(int rank, int size, Table& table) : Ranks(rank, size), table_(table) {}

  void complete(std::span<std::byte> whole, std::span<const std::size_t> ends) const override {
    show(whole);
    for (std::size_t other = 0; other < ends.size(); ++other) {
      const std::size_t begin = other == 0 ? 0 : ends[other - 1];
      if (other != static_cast<std::size_t>(rank()))
        std::copy_n(table_.shown[other].begin() + static_cast<std::ptrdiff_t>(begin),
                    ends[other] - begin, whole.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    table_.meeting.arrive_and_wait();
  }

  RankBytes exchange(std::span<const std::byte> own) const override {
    show(own);
    RankBytes all;
    for (const std::span<const std::byte> each : table_.shown) {
      all.bytes.insert(all.bytes.end(), each.begin(), each.end());
      all.ends.push_back(all.bytes.size());
    }
    table_.meeting.arrive_and_wait();
    return all;
  }

private:
  void show(std::span<const std::byte> own) const {
    table_.shown[static_cast<std::size_t>(rank())] = own;
    table_.meeting.arrive_and_wait();
  }

  Table& table_;
};

}  // namespace

void run_ranks(int size, const std::function<void(const Ranks&)>& body) {
  Table table(size);
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] { body(ThreadRanks(rank, size, table)); });
}

}  // namespace volley
