// What the threads of a large network share: logs of spikes, the board between threads, the roster of
// who works on what.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random.hpp"
#include "sim/share_roster.hpp"
#include "sim/spike_board.hpp"
#include "sim/spike_log.hpp"

namespace volley::test {
namespace {

using Spikes = std::vector<std::uint32_t>;

Spikes copy(std::span<const std::uint32_t> spikes) { return {spikes.begin(), spikes.end()}; }

/// Spikes of a step, of which most steps have few and some have many.
Spikes of_step(std::uint32_t step) {
  RandomEngine engine = random_stream(1, StreamPurpose::bench, {step});
  Spikes spikes(engine() % (step % 7 == 0 ? 100 : 4));
  for (std::uint32_t& spike : spikes) spike = static_cast<std::uint32_t>(engine());
  return spikes;
}

TEST(SpikeLog, KeepsTheLastStepsAndNoOthers) {
  for (const std::uint32_t kept : {1u, 2u, 5u, 64u}) {
    SpikeLog log(kept);
    for (std::uint32_t step = 0; step < 3000; ++step) {
      const Spikes spikes = of_step(step);
      log.append(std::span(spikes).first(spikes.size() / 2));
      log.append(std::span(spikes).subspan(spikes.size() / 2));
      log.end_step();
      for (std::uint32_t ago = 0; ago < std::min(kept, step + 1); ++ago)
        ASSERT_EQ(copy(log[step - ago]), of_step(step - ago)) << kept << ", " << step;
    }
  }
}

TEST(SpikeBoard, EveryShareReadsWhatTheOthersPosted) {
  // As the simulator does: each reads what is `lead` steps old before it posts the next.
  for (const std::uint32_t lead : {0u, 1u, 5u}) {
    constexpr std::uint32_t steps = 3000, shares = 3;
    SpikeBoard board(shares, lead);
    std::vector<int> wrong(shares);
    const auto work = [&](std::uint32_t share) {
      for (std::uint32_t step = 0; step < steps; ++step) {
        board.post(share, step, of_step(step * shares + share));
        for (std::uint32_t other = 0; other < shares && step >= lead; ++other) {
          const std::uint32_t sent = step - lead;
          auto spikes = board.read(other, sent);
          for (; !spikes; spikes = board.read(other, sent)) std::this_thread::yield();
          wrong[share] += copy(*spikes) != of_step(sent * shares + other) ? 1 : 0;
        }
      }
    };
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t share = 0; share < shares; ++share) threads.emplace_back(work, share);
    }
    EXPECT_EQ(wrong, std::vector<int>(shares)) << lead;
  }
}

TEST(SpikeBoard, AStepThatIsNotPostedIsNotRead) {
  SpikeBoard board(2, 0);
  EXPECT_FALSE(board.read(1, 0));
  board.post(1, 0, Spikes{});
  EXPECT_TRUE(board.read(1, 0)->empty());
  EXPECT_FALSE(board.read(1, 1));
  EXPECT_FALSE(board.read(0, 0));
}

TEST(ShareRoster, AShareHasOneHolder) {
  ShareRoster roster(2);
  EXPECT_FALSE(roster.take(1));
  roster.offer(1);
  EXPECT_FALSE(roster.lent(1));
  EXPECT_TRUE(roster.take(1));
  EXPECT_FALSE(roster.take(1));
  EXPECT_TRUE(roster.lent(1));
  EXPECT_FALSE(roster.reclaim(1));
  roster.give_back(1);
  EXPECT_FALSE(roster.take(1));
  EXPECT_TRUE(roster.await_return(1));
  roster.offer(1);
  EXPECT_TRUE(roster.reclaim(1));  // nobody came
  EXPECT_FALSE(roster.take(1));
  roster.offer(1);
  EXPECT_TRUE(roster.take(1));
  std::jthread other([&] { roster.finish(1); });
  EXPECT_FALSE(roster.await_return(1));
}

}  // namespace
}  // namespace volley::test
