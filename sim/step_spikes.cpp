#include "sim/step_spikes.hpp"

#include "sim/sweep_kernel.hpp"

namespace volley {

void StepSpikes::assign(std::span<const std::uint32_t> ascending) {
  list_.assign(ascending.begin(), ascending.end());
  listed();
}

void StepSpikes::listed() {
  size_ = list_.size();
  has_list_ = true;
  has_bits_ = false;
}

void StepSpikes::make_list() const {
  list_.resize(size_ + 64);  // room that list_bits() asks for
  list_.resize(list_bits(bits_.data(), words(), list_.data()));
  has_list_ = true;
}

void StepSpikes::make_bits() const {
  bits_.assign(words(), 0);
  for (const std::uint32_t neuron : list_) bits_[neuron / 64] |= std::uint64_t{1} << (neuron % 64);
  has_bits_ = true;
}

}  // namespace volley
