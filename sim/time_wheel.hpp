// Which of a fixed number of items is due next: a hierarchical timing wheel (Varghese and Lauck,
// SOSP 1987) of eight levels of 256 slots, one for each byte of a time. Owns when an item is due, at
// most one time each, so that its memory is fixed; must not know what items are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace volley {

class TimeWheel {
public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  explicit TimeWheel(std::size_t items);

  /// No item is due; time begins at 0.
  void clear();
  /// When an item is due; `never` where it is not.
  std::int64_t due(std::size_t item) const { return due_[item]; }
  /// Makes an item due at `time` in place of when it was; `never` takes it out. `time` may not lie
  /// before the last that next() or take() were given.
  void set(std::size_t item, std::int64_t time);
  /// The earliest time at which an item is due, if that is at most `limit`; else `never`. After
  /// that nothing may be set to earlier than the smaller of the two. Time: a few levels.
  std::int64_t next(std::int64_t limit);
  /// Replaces `items` by the ascending items due at `time`, which must be what next() returned, and
  /// takes them out.
  void take(std::int64_t time, std::vector<std::uint32_t>& items);
  /// Bytes held, the same from the beginning to the end.
  std::size_t bytes() const;

private:
  static constexpr std::size_t levels = 8, slots = 256;
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  struct Level {
    std::array<std::uint32_t, slots> head;
    std::array<std::uint64_t, slots / 64> used;
  };

  static std::size_t slot_of(std::int64_t time, std::size_t level) {
    return static_cast<std::size_t>(time >> (8 * level)) & (slots - 1);
  }
  std::size_t level_of(std::int64_t time) const;
  void link(std::uint32_t item);
  void unlink(std::uint32_t item);
  void move_to(std::int64_t time);

  std::vector<Level> levels_;
  std::int64_t now_ = 0;  ///< no item is due earlier
  std::vector<std::int64_t> due_;
  std::vector<std::uint32_t> next_, previous_;   ///< of an item in its slot
  std::vector<std::uint16_t> place_;             ///< level * slots + slot
};

}  // namespace volley
