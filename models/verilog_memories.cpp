// The memories and links of a design: their tables, and how they are wired.
#include <fmt/format.h>

#include <algorithm>

#include "models/text_template.hpp"
#include "models/verilog_design.hpp"

namespace volley {

namespace {

/// Rows of a 1-bit link, by input: a bit of each neuron, the first lowest.
std::string bit_rows(const StepLink& link) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (std::size_t row = 0; row < link.rows; ++row) {
    for (std::size_t digit = (link.columns + 3) / 4; digit-- > 0;) {
      unsigned bits = 0;
      for (std::size_t c = 4 * digit; c < std::min(4 * digit + 4, link.columns); ++c)
        bits |= unsigned{link.codes[row * link.columns + c]} << (c - 4 * digit);
      text += digits[bits];
    }
    text += '\n';
  }
  return text;
}

std::string link_name(const StepLink& link) {
  return fmt::format("link{}_{}", link.spec.id, link.target);
}

}  // namespace

std::string VerilogDesign::name(std::size_t id) const { return code_name(network_, id); }

std::size_t VerilogDesign::origin(std::size_t id) const {
  while (network_.populations[id].spec.kind == NeuronKind::relay)
    id = network_.links[network_.populations[id].feed_forward.front()].source;
  return id;
}

std::size_t VerilogDesign::banks(std::size_t id) const {
  std::size_t longest = 0;
  for (std::size_t other = 0; other < network_.populations.size(); ++other)
    if (origin(other) == id)
      longest = std::max(longest, network_.populations[other].longest_delay);
  return longest + 1;
}

void VerilogDesign::memory(std::size_t id) {
  const std::size_t words = verilog_words(network_.populations[id].neurons), steps = banks(id);
  const bool input = id == network_.input;
  std::string reads;
  for (const StepLink& link : network_.links) {
    if (link.spec.kind != ProjectionKind::dense || origin(link.source) != id) continue;
    // A bank so many steps back, its words one after another.
    const std::string place =
        steps == 1 ? fmt::format("read_{0}_word", link_name(link))
                   : fmt::format("ago_{0}(bank_{1}, 16'd{2}) * 16'd{3} + read_{4}_word", name(id),
                                 name(id), link.spec.delay_steps, words, link_name(link));
    reads += fmt::format("working_{} ? {} :\n    ", link_name(link), place);
  }
  if (input) reads += "clearing ? 16'd0 :\n    ";
  const std::string now =
      steps == 1 ? std::string() : fmt::format("bank_{} * 16'd{} + ", name(id), words);
  body_ += fill_in(R"(
  // @plain@: @neurons@ neurons, spikes of @steps@ steps
  reg  [15:0] bank_@name@;
  wire        write_@name@;
  wire [15:0] word_@name@;
  wire [31:0] spikes_@name@, read_@name@;
  wire [15:0] write_place_@name@ = @now@word_@name@;
  wire [15:0] read_place_@name@ = @reads@@other@;
)",
                   {{"plain", network_.populations[id].spec.name},
                    {"neurons", network_.populations[id].neurons},
                    {"steps", steps},
                    {"name", name(id)},
                    {"now", now},
                    {"reads", reads},
                    {"other", input ? now + "aer_word" : std::string("16'd0")}});
  if (steps > 1)
    body_ += fill_in(R"(  function [15:0] ago_@name@(input [15:0] bank, input [15:0] steps);
    ago_@name@ = bank >= steps ? bank - steps : bank + 16'd@steps@ - steps;
  endfunction
)",
                     {{"name", name(id)}, {"steps", steps}});
  // Of at least 4 words, so that every address has 2 bits.
  const std::size_t depth = std::max<std::size_t>(words * steps, 4), bits = verilog_bits(depth);
  body_ += fill_in(R"(  spike_memory #(.WORDS(@words@), .BITS(@bits@)) memory_@name@ (
    .clk(clk), .write(write_@name@), .write_address(write_place_@name@[@top@:0]),
    .write_word(spikes_@name@), .read_address(read_place_@name@[@top@:0]),
    .read_word(read_@name@));
)",
                   {{"words", depth},
                    {"bits", bits},
                    {"top", bits - 1},
                    {"name", name(id)}});
  advance_ += fill_in(steps == 1 ? "        bank_@name@ <= 16'd0;\n"
                                 : "        bank_@name@ <= bank_@name@ == 16'd@last@ ? 16'd0 : "
                                   "bank_@name@ + 16'd1;\n",
                      {{"name", name(id)}, {"last", steps - 1}});
  reset_ += fill_in("      bank_@name@ <= 16'd0;\n", {{"name", name(id)}});
  if (input)
    body_ += fill_in(R"(  wire        aer_write;
  wire [15:0] aer_word;
  wire [31:0] aer_after;
  aer_input aer (
    .accept(accepting), .event_valid(event_valid), .event_address(event_address),
    .event_ready(event_ready), .word(aer_word), .word_old(read_@name@), .write(aer_write),
    .word_new(aer_after));
  assign write_@name@  = clearing || aer_write;
  assign word_@name@   = clearing ? cleared : aer_word;
  assign spikes_@name@ = clearing ? 32'd0 : aer_after;
)",
                     {{"name", name(id)}});
}

void VerilogDesign::link(std::size_t id) {
  const StepLink& own = network_.links[id];
  const StepPopulation& target = network_.populations[own.target];
  const std::string label = link_name(own), source = name(origin(own.source));
  const std::size_t words = verilog_words(network_.populations[origin(own.source)].neurons);
  const FixedLink& fixed = fixed_.links[id];
  if (own.one_bit()) {
    files_.push_back({label + "_scale.hex", verilog_hex(fixed.scale)});
    files_.push_back({label + "_offset.hex", verilog_hex(fixed.offset)});
  }
  files_.push_back({label + "_weights.hex",
                    own.one_bit() ? bit_rows(own) : verilog_hex(fixed.weights)});
  const std::size_t delay = static_cast<std::size_t>(own.spec.delay_steps);
  body_ += fill_in(R"(
  // @plain@, @kind@
  wire               done_@label@;
  wire [15:0]        read_@label@_word;
  wire signed [31:0] current_@label@;
  reg                working_@label@;
  always @(posedge clk)
    working_@label@ <= !reset && (start_@target@[@index@] || (working_@label@ && !done_@label@));
  wire [31:0]        arriving_@label@ = @arriving@;
)",
                   {{"plain", own.name},
                    {"kind", own.one_bit() ? "1-bit weights" : "weights of 32 bits"},
                    {"label", label},
                    {"target", name(own.target)},
                    {"index", links_of_layer_},
                    {"arriving", delay == 0 ? "read_" + source
                                            : fmt::format("age >= 16'd{} ? read_{} : 32'd0", delay,
                                                          source)}});
  if (own.one_bit())
    body_ += fill_in(R"(  popcount_link #(
    .INPUTS(@inputs@), .WORDS(@words@), .NEURONS(@neurons@), .BITS(@bits@), .ROW(@row@),
    .COUNT(@count@), .SHIFT(@shift@), .WEIGHTS("@label@_weights.hex"),
    .SCALE("@label@_scale.hex"), .OFFSET("@label@_offset.hex")) @label@ (
)",
                     {{"inputs", own.rows},
                      {"words", words},
                      {"neurons", own.columns},
                      {"bits", verilog_bits(target.neurons)},
                      {"row", verilog_bits(own.rows)},
                      {"count", verilog_bits(own.rows + 1)},
                      {"shift", fixed.shift},
                      {"label", label}});
  else
    body_ += fill_in(R"(  weight_link #(
    .INPUTS(@inputs@), .WORDS(@words@), .NEURONS(@neurons@), .BITS(@bits@), .ROW(@row@),
    .WEIGHTS("@label@_weights.hex")) @label@ (
)",
                     {{"inputs", own.rows},
                      {"words", words},
                      {"neurons", own.columns},
                      {"bits", verilog_bits(target.neurons)},
                      {"row", verilog_bits(own.rows * own.columns)},
                      {"label", label}});
  body_ += fill_in(
      R"(    .clk(clk), .reset(reset), .start(start_@target@[@index@]), .word(read_@label@_word),
    .spikes(arriving_@label@), .done(done_@label@), .neuron(neuron_@target@),
    .current(current_@label@));
)",
      {{"target", name(own.target)}, {"index", links_of_layer_}, {"label", label}});
  currents_ += (currents_.empty() ? "current_" : " + current_") + label;
  dones_ = ", done_" + label + dones_;
  ++links_of_layer_;
}

}  // namespace volley
