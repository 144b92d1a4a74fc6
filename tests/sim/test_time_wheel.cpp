// The time wheel against a plain list of times.
#include "sim/time_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace volley {
namespace {

std::int64_t earliest(const std::vector<std::int64_t>& due) {
  return *std::min_element(due.begin(), due.end());
}

TEST(TimeWheel, GivesWhatAPlainListGives) {
  constexpr std::size_t items = 50;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    RandomEngine random(seed);
    const auto pick = [&](std::int64_t least, std::int64_t most) {
      return boost::random::uniform_int_distribution<std::int64_t>(least, most)(random);
    };
    TimeWheel wheel(items);
    std::vector<std::int64_t> due(items, TimeWheel::never);
    std::vector<std::uint32_t> taken;
    const std::size_t bytes = wheel.bytes();
    std::int64_t now = 0;
    for (int turn = 0; turn < 3000; ++turn) {
      for (std::int64_t k = pick(0, 4); k > 0; --k) {
        const auto item = static_cast<std::size_t>(pick(0, items - 1));
        const std::int64_t far = std::int64_t{1} << pick(0, seed % 2 == 0 ? 16 : 56);
        due[item] = pick(0, 9) == 0 ? TimeWheel::never : now + pick(0, far);
        wheel.set(item, due[item]);
        ASSERT_EQ(wheel.due(item), due[item]);
      }
      const std::int64_t limit = now + pick(0, std::int64_t{1} << pick(0, 40));
      const std::int64_t first = earliest(due);
      ASSERT_EQ(wheel.next(limit), first <= limit ? first : TimeWheel::never) << turn;
      if (first > limit) {
        now = limit;
        continue;
      }
      now = first;
      std::vector<std::uint32_t> expected;
      for (std::uint32_t item = 0; item < items; ++item)
        if (due[item] == first) {
          expected.push_back(item);
          due[item] = TimeWheel::never;
        }
      wheel.take(first, taken);
      ASSERT_EQ(taken, expected) << turn;
      if (now > std::int64_t{1} << 58) {
        wheel.clear();
        std::fill(due.begin(), due.end(), TimeWheel::never);
        now = 0;
      }
    }
    EXPECT_EQ(wheel.bytes(), bytes);
  }
}

TEST(TimeWheel, IsEmptyAtFirstAndAfterClear) {
  TimeWheel wheel(3);
  EXPECT_EQ(wheel.next(TimeWheel::never - 1), TimeWheel::never);
  wheel.set(1, std::int64_t{1} << 62);
  EXPECT_EQ(wheel.next(TimeWheel::never - 1), std::int64_t{1} << 62);
  wheel.clear();
  EXPECT_EQ(wheel.due(1), TimeWheel::never);
  EXPECT_EQ(wheel.next(TimeWheel::never - 1), TimeWheel::never);
}

}  // namespace
}  // namespace volley
