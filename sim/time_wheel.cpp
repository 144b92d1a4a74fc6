#include "sim/time_wheel.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace volley {

TimeWheel::TimeWheel(std::size_t items)
    : levels_(levels), due_(items), next_(items), previous_(items), place_(items) {
  clear();
}

void TimeWheel::clear() {
  for (Level& level : levels_) {
    level.head.fill(none);
    level.used.fill(0);
  }
  std::fill(due_.begin(), due_.end(), never);
  now_ = 0;
}

/// The highest byte in which a time differs from now: 0 for now itself.
std::size_t TimeWheel::level_of(std::int64_t time) const {
  const auto differs = static_cast<std::uint64_t>(time ^ now_);
  return differs == 0 ? 0 : (63 - static_cast<std::size_t>(std::countl_zero(differs))) / 8;
}

void TimeWheel::link(std::uint32_t item) {
  const std::size_t at = level_of(due_[item]), slot = slot_of(due_[item], at);
  Level& level = levels_[at];
  place_[item] = static_cast<std::uint16_t>(at * slots + slot);
  previous_[item] = none;
  next_[item] = level.head[slot];
  if (next_[item] != none) previous_[next_[item]] = item;
  level.head[slot] = item;
  level.used[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimeWheel::unlink(std::uint32_t item) {
  Level& level = levels_[place_[item] / slots];
  const std::size_t slot = place_[item] % slots;
  if (next_[item] != none) previous_[next_[item]] = previous_[item];
  if (previous_[item] != none)
    next_[previous_[item]] = next_[item];
  else
    level.head[slot] = next_[item];
  if (level.head[slot] == none) level.used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
}

void TimeWheel::set(std::size_t item, std::int64_t time) {
  assert(time >= now_);
  if (due_[item] == time) return;
  const auto own = static_cast<std::uint32_t>(item);
  if (due_[item] != never) unlink(own);
  due_[item] = time;
  if (time != never) link(own);
}

/// To a time at or before that of every item. Items of a slot at level L share all bytes above L
/// with now and are later in byte L; those that share byte L with the new time, too, are one slot's
/// at the highest byte in which the times differ, and they alone go down. Lower levels hold nothing
/// then: what is there is earlier than the new time.
void TimeWheel::move_to(std::int64_t time) {
  if (time == now_) return;
  const std::size_t at = level_of(time), slot = slot_of(time, at);
  now_ = time;
  if (at == 0) return;  // items of level 0 stay where they are
  Level& level = levels_[at];
  std::uint32_t item = level.head[slot];
  level.head[slot] = none;
  level.used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  while (item != none) {
    const std::uint32_t after = next_[item];
    link(item);
    item = after;
  }
}

std::int64_t TimeWheel::next(std::int64_t limit) {
  for (std::size_t at = 0; at < levels;) {
    const auto& used = levels_[at].used;
    std::size_t word = 0;
    while (word < used.size() && used[word] == 0) ++word;
    if (word == used.size()) {
      ++at;
      continue;
    }
    const std::size_t slot = 64 * word + static_cast<std::size_t>(std::countr_zero(used[word]));
    // The earliest time of the slot: bytes above it are those of now.
    const std::uint64_t unit = std::uint64_t{1} << (8 * at);
    const std::uint64_t above = static_cast<std::uint64_t>(now_) & ~(unit * slots - 1);
    const auto first = static_cast<std::int64_t>(above + slot * unit);
    if (first > limit) return never;
    if (at == 0) return first;
    move_to(first);
    at = 0;
  }
  return never;
}

void TimeWheel::take(std::int64_t time, std::vector<std::uint32_t>& items) {
  items.clear();
  move_to(time);
  Level& level = levels_[0];
  const std::size_t slot = slot_of(time, 0);
  for (std::uint32_t item = level.head[slot]; item != none; item = next_[item]) {
    assert(due_[item] == time);
    due_[item] = never;
    items.push_back(item);
  }
  level.head[slot] = none;
  level.used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  std::sort(items.begin(), items.end());
}

std::size_t TimeWheel::bytes() const {
  return levels_.capacity() * sizeof(Level) + due_.capacity() * sizeof(std::int64_t) +
         (next_.capacity() + previous_.capacity()) * sizeof(std::uint32_t) +
         place_.capacity() * sizeof(std::uint16_t);
}

}  // namespace volley
