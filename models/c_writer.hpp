// The parts of a C program while it is written: what models/c_source.cpp puts together. Must not
// know engines.
#pragma once

#include <set>
#include <string>

#include "models/c_source.hpp"

namespace volley {

class CWriter {
public:
  CWriter(const StepNetwork& network, const FixedNetwork* fixed);

  /// Function that adds a link's spikes to `current`, with its tables.
  std::string link(std::size_t id);
  /// Function of a relay; empty where it only renames the spikes of its source.
  std::string relay(std::size_t id);
  /// State, tables and function of a lif or leaky_integrator population.
  std::string neurons(std::size_t id);
  /// The static array of a population's spikes; empty where it has none of its own.
  std::string storage(std::size_t id) const;
  /// Text of the helpers that the functions so far call, and scratch they share.
  std::string helpers() const;

  /// Spikes of a population so many steps ago, as a pointer.
  std::string spikes(std::size_t population, std::size_t delay) const;
  /// Whose spikes stand for those of a population: its own, or those before a flatten.
  std::size_t origin(std::size_t population) const;
  bool counted(std::size_t population) const;
  /// Steps of spikes that are kept, of an origin.
  std::size_t ring(std::size_t population) const;
  /// Elements of a step's spikes.
  std::size_t step_size(std::size_t population) const;
  /// "uint32_t" for words of bits, "spike_count" for counts.
  std::string spike_type(std::size_t population) const;
  std::string name(std::size_t population) const { return code_name(network_, population); }
  std::string number() const { return fixed_ == nullptr ? "float" : "int32_t"; }
  /// Bytes of static variables, without padding between them.
  std::size_t state_bytes() const;

private:
  std::string literal(float value, std::int32_t fixed) const;
  std::string inner(std::size_t id, const std::string& row, const std::string& target);
  std::string windows(const StepLink& link, const std::string& inner) const;
  std::string begin_reading(const StepLink& link);
  std::string weight_table(std::size_t id);
  std::string add_delayed(std::size_t id);
  std::string currents_of_codes(std::size_t id) const;
  std::size_t depth(const StepLink& link) const;
  std::string kept(const StepPopulation& population, const FixedPopulation* fixed) const;

  const StepNetwork& network_;
  const FixedNetwork* fixed_;
  std::set<std::string> used_;
  std::size_t currents_ = 1, sums_ = 0, planes_ = 0, arrived_ = 0;
  std::size_t neuron_bytes_ = 0;
};

}  // namespace volley
