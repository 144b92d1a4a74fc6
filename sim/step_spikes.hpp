// The spikes of one population in one step, as a list, as bits, or both: each form made from the
// other when first asked for, so that nothing is converted that nobody reads. Must not know time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace volley {

class StepSpikes {
public:
  /// @param neurons of the population
  explicit StepSpikes(std::size_t neurons = 0) : neurons_(neurons) {}

  std::size_t neurons() const { return neurons_; }
  /// Spikes, a repeated index counted again.
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void clear() { assign({}); }
  /// @param ascending indices; a repeated one stands for several spikes of one neuron
  void assign(std::span<const std::uint32_t> ascending);
  /// Takes what `write` appends to an empty list.
  template <class Write>
  void write_list(const Write& write) {
    list_.clear();
    write(list_);
    listed();
  }
  /// Takes the bits that `write` sets from any content: a word for every 64 neurons, zeros behind
  /// the last. It returns how many are set.
  template <class Write>
  void write_bits(const Write& write) {
    std::uint64_t* const own = begin_bits();
    end_bits(write(own));
  }
  /// The same in two calls: room for the bits, and how many are set.
  std::uint64_t* begin_bits() {
    bits_.resize(words());
    return bits_.data();
  }
  void end_bits(std::size_t set) {
    size_ = set;
    has_bits_ = true;
    has_list_ = false;
  }

  std::span<const std::uint32_t> list() const {
    if (!has_list_) make_list();
    return list_;
  }
  /// One bit for each neuron that fired at all, zeros behind the last.
  std::span<const std::uint64_t> bits() const {
    if (!has_bits_) make_bits();
    return bits_;
  }
  /// Whether bits() costs nothing.
  bool as_bits() const { return has_bits_; }

private:
  std::size_t words() const { return (neurons_ + 63) / 64; }
  void listed();
  void make_list() const;
  void make_bits() const;

  std::size_t neurons_, size_ = 0;
  mutable bool has_list_ = true, has_bits_ = false;
  mutable std::vector<std::uint32_t> list_;
  mutable std::vector<std::uint64_t> bits_;
};

}  // namespace volley
