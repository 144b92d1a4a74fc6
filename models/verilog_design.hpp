// A Verilog design while it is written: what models/verilog.cpp puts together. Must not know
// engines.
#pragma once

#include <string>
#include <vector>

#include "models/verilog.hpp"

namespace volley {

/// Modules of spike memories, event input and links; of membranes and layers.
extern const char* const verilog_links;
extern const char* const verilog_neurons;

/// Words of 32 spikes that so many neurons take.
constexpr std::size_t verilog_words(std::size_t neurons) { return (neurons + 31) / 32; }
/// Bits of a number below `count`, at least the 2 that modules want.
std::size_t verilog_bits(std::size_t count);
/// A line of 8 hexadecimal digits for each value, as $readmemh takes them.
std::string verilog_hex(const std::vector<std::int32_t>& values);

class VerilogDesign {
public:
  VerilogDesign(const StepNetwork& network, const FixedNetwork& fixed)
      : network_(network), fixed_(fixed) {}

  std::vector<VerilogFile> write();

private:
  std::string name(std::size_t id) const;
  /// Whose spikes stand for those of a population: its own, or those before a flatten.
  std::size_t origin(std::size_t id) const;
  /// Steps whose spikes are kept of a population.
  std::size_t banks(std::size_t id) const;

  /// Each adds its part to body_ and its tables to files_.
  void memory(std::size_t id);
  void link(std::size_t id);
  void layer(std::size_t id);

  /// The top around them.
  std::vector<VerilogFile> assemble();

  const StepNetwork& network_;
  const FixedNetwork& fixed_;
  std::vector<VerilogFile> files_;
  std::vector<std::string> layers_;
  std::string body_, advance_, reset_, idle_, currents_, dones_;
  std::size_t links_of_layer_ = 0;
};

}  // namespace volley
