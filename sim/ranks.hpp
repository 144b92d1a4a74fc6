// Processes that run one job together: who they are, what is whose, and the few ways in which they
// tell each other something. Owns the words; must not know MPI, networks or batches.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace volley {

/// Things first .. last - 1 of some.
struct Share {
  std::size_t first = 0, last = 0;

  std::size_t size() const { return last - first; }
  friend bool operator==(const Share&, const Share&) = default;
};

/// What every rank sent, one after the other.
struct RankBytes {
  std::vector<std::byte> bytes;
  std::vector<std::size_t> ends;  ///< of each rank's part

  std::span<const std::byte> of(int rank) const {
    const auto at = static_cast<std::size_t>(rank);
    const std::size_t begin = at == 0 ? 0 : ends[at - 1];
    return {bytes.data() + begin, ends[at] - begin};
  }
};

/// One rank's view of all. Every rank makes the same calls in the same order; each call waits for
/// the others. Numbers travel as bytes and are added by whoever asked, in the order of ranks, so
/// that all ranks hold the same bits. Only one thread of a rank calls at a time.
class Ranks {
public:
  virtual ~Ranks() = default;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool first() const { return rank_ == 0; }
  bool alone() const { return size_ == 1; }

  /// A rank's part of `count` things in their order: parts differ by at most one, and the first
  /// thing, if there is one, is rank 0's.
  Share share(std::size_t count, int rank) const {
    const auto ranks = static_cast<std::size_t>(size_), at = static_cast<std::size_t>(rank);
    return {(count * at + ranks - 1) / ranks, (count * (at + 1) + ranks - 1) / ranks};
  }
  Share share(std::size_t count) const { return share(count, rank_); }

  /// Completes `whole`, of which each rank has written its part: rank r's ends at ends[r] and begins
  /// where the one before ends. All ranks give the same ends.
  virtual void complete(std::span<std::byte> /*whole*/,
                        std::span<const std::size_t> /*ends*/) const {}
  /// What every rank gives, however much it is.
  virtual RankBytes exchange(std::span<const std::byte> own) const {
    return {{own.begin(), own.end()}, {own.size()}};
  }

  /// Whether it is so on any rank.
  bool any(bool here) const;
  /// Rank 0's value.
  std::uint64_t of_first(std::uint64_t value) const;
  /// Adds what the other ranks have to each.
  void add_up(std::span<std::uint64_t> values) const;

protected:
  Ranks(int rank, int size) : rank_(rank), size_(size) {}

private:
  friend const Ranks& one_rank();
  int rank_, size_;
};

/// A process by itself: every call returns at once.
const Ranks& one_rank();

/// complete() on numbers.
template <class Value>
void complete(const Ranks& ranks, std::span<Value> whole, std::vector<std::size_t> ends) {
  static_assert(std::is_trivially_copyable_v<Value>);
  for (std::size_t& end : ends) end *= sizeof(Value);
  ranks.complete(std::as_writable_bytes(whole), ends);
}

/// Completes values [count][width] of which each rank has written its share.
template <class Value>
void complete_shares(const Ranks& ranks, std::size_t count, std::size_t width,
                     std::span<Value> values) {
  std::vector<std::size_t> ends;
  for (int rank = 0; rank < ranks.size(); ++rank)
    ends.push_back(ranks.share(count, rank).last * width);
  complete(ranks, values, std::move(ends));
}

/// Completes parts of `width` numbers each, of which each rank has made its share.
template <class Value>
void complete_parts(const Ranks& ranks, std::size_t width,
                    std::vector<std::vector<Value>>& parts) {
  const Share own = ranks.share(parts.size());
  std::vector<Value> all(parts.size() * width);
  const auto place = [&](std::size_t part) {
    return all.begin() + static_cast<std::ptrdiff_t>(part * width);
  };
  for (std::size_t part = own.first; part < own.last; ++part)
    std::copy(parts[part].begin(), parts[part].end(), place(part));
  complete_shares<Value>(ranks, parts.size(), width, all);
  for (std::size_t part = 0; part < parts.size(); ++part)
    if (part < own.first || part >= own.last) parts[part].assign(place(part), place(part + 1));
}

}  // namespace volley
