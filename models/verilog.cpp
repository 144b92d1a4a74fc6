// The top of a design: memories, links and layers of one network, and who works when.
#include "models/verilog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.hpp"
#include "models/text_template.hpp"

namespace volley {

namespace {

constexpr std::size_t most_neurons = 16384;  ///< of a layer: numbers have 15 bits

std::size_t words_of(const StepPopulation& population) { return (population.neurons + 31) / 32; }
/// Bits of a number below `count`, at least the 2 that modules want.
std::size_t bits_for(std::size_t count) {
  return std::max<std::size_t>(2, static_cast<std::size_t>(std::bit_width(count - 1)));
}

template <class Value>
std::string hex_words(const std::vector<Value>& values) {
  std::string text;
  for (const Value value : values)
    text += fmt::format("{:08x}\n", static_cast<std::uint32_t>(value));
  return text;
}

[[noreturn]] void refuse(const std::string& what, const std::string& where,
                         const std::string& how = "export it as C or ONNX") {
  throw Error(what + ", the Verilog design has dense layers of plain neurons", where, how);
}

void check(const StepNetwork& network) {
  for (const StepPopulation& population : network.populations) {
    const Population& spec = population.spec;
    if (spec.kind == NeuronKind::input && population.neurons > 65536)
      refuse("has over 65536 inputs, addresses have 16 bits", spec.name);
    if (spec.kind == NeuronKind::input) continue;
    if (spec.kind == NeuronKind::relay &&
        (population.feed_forward.size() != 1 ||
         network.links[population.feed_forward.front()].spec.kind != ProjectionKind::flatten))
      refuse("pools or joins maps", spec.name);
    if (spec.kind == NeuronKind::relay) continue;
    if (population.neurons > most_neurons) refuse("has over 16384 neurons", spec.name);
    if (spec.extended())
      refuse("has a synaptic current, an adaptive threshold, a refractory period or a learned "
             "decay",
             spec.name);
    if (spec.kind == NeuronKind::lif && spec.quantizer.levels > 1)
      refuse("sends several spikes in a step", spec.name);
  }
  for (const StepLink& link : network.links) {
    if (link.spec.kind == ProjectionKind::flatten) continue;
    if (link.spec.kind != ProjectionKind::dense)
      refuse(fmt::format("is of kind {}", to_string(link.spec.kind)), link.name);
    if (!link.delays.empty()) refuse("has delays of the synapses' own", link.name);
    if (!link.codes.empty() && !link.one_bit())
      refuse(fmt::format("has weights of {} levels", link.largest_code + 1), link.name,
             "train with weight_bits = 1, or in float; or export it as C or ONNX");
  }
}

class Design {
public:
  Design(const StepNetwork& network, const FixedNetwork& fixed)
      : network_(network), fixed_(fixed) {}

  std::vector<VerilogFile> write() {
    for (const std::size_t id : network_.order) {
      const StepPopulation& population = network_.populations[id];
      if (population.spec.kind == NeuronKind::relay) continue;
      if (population.spec.kind != NeuronKind::leaky_integrator) memory(id);
      if (population.spec.kind != NeuronKind::input) layer(id);
    }
    return assemble();
  }

private:
  std::string name(std::size_t id) const { return code_name(network_, id); }
  std::size_t origin(std::size_t id) const {
    while (network_.populations[id].spec.kind == NeuronKind::relay)
      id = network_.links[network_.populations[id].feed_forward.front()].source;
    return id;
  }
  std::size_t banks(std::size_t id) const {
    std::size_t longest = 0;
    for (std::size_t other = 0; other < network_.populations.size(); ++other)
      if (origin(other) == id)
        longest = std::max(longest, network_.populations[other].longest_delay);
    return longest + 1;
  }

  void memory(std::size_t id) {
    const std::size_t words = words_of(network_.populations[id]), steps = banks(id);
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
    const std::size_t depth = std::max<std::size_t>(words * steps, 4), bits = bits_for(depth);
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

  static std::string link_name(const StepLink& link) {
    return fmt::format("link{}_{}", link.spec.id, link.target);
  }

  /// A link's module and its tables.
  void link(std::size_t id) {
    const StepLink& own = network_.links[id];
    const StepPopulation& target = network_.populations[own.target];
    const std::string label = link_name(own), source = name(origin(own.source));
    const std::size_t words = words_of(network_.populations[origin(own.source)]);
    std::vector<std::uint32_t> rows;
    if (own.one_bit()) {
      rows.assign(own.columns * words, 0);
      for (std::size_t at = 0; at < own.codes.size(); ++at) {
        const std::size_t input = at / own.columns, neuron = at % own.columns;
        rows[neuron * words + input / 32] |= std::uint32_t{own.codes[at]} << (input % 32);
      }
      files_.push_back({label + "_scale.hex", hex_words(fixed_.links[id].scale)});
      files_.push_back({label + "_offset.hex", hex_words(fixed_.links[id].offset)});
    } else {
      for (std::size_t neuron = 0; neuron < own.columns; ++neuron)
        for (std::size_t input = 0; input < own.rows; ++input)
          rows.push_back(static_cast<std::uint32_t>(
              fixed_.links[id].weights[input * own.columns + neuron]));
    }
    files_.push_back({label + "_weights.hex", hex_words(rows)});
    const std::size_t delay = static_cast<std::size_t>(own.spec.delay_steps);
    body_ += fill_in(R"(
  // @plain@, @kind@
  wire               done_@label@;
  wire [15:0]        read_@label@_word;
  wire signed [31:0] current_@label@;
  reg                working_@label@;
  always @(posedge clk)
    working_@label@ <= !reset && (start_@target@[@index@] || (working_@label@ && !done_@label@));
  wire [31:0]        arriving_@label@ = @masked@;
)",
                     {{"plain", own.name},
                      {"kind", own.one_bit() ? "1-bit weights" : "weights of 32 bits"},
                      {"label", label},
                      {"target", name(own.target)},
                      {"index", links_of_layer_},
                      {"masked", delay == 0 ? "read_" + source
                                            : fmt::format("age >= 16'd{} ? read_{} : 32'd0", delay,
                                                          source)}});
    const std::string common = fill_in(
        R"(    .clk(clk), .reset(reset), .start(start_@target@[@index@]), .neuron(neuron_@target@),
    .word(read_@label@_word), .spikes(arriving_@label@), .done(done_@label@),
    .current(current_@label@));
)",
        {{"target", name(own.target)}, {"index", links_of_layer_}, {"label", label}});
    if (own.one_bit())
      body_ += fill_in(R"(  popcount_link #(
    .WORDS(@words@), .NEURONS(@neurons@), .BITS(@bits@), .ROW(@row@), .SHIFT(@shift@),
    .WEIGHTS("@label@_weights.hex"), .SCALE("@label@_scale.hex"),
    .OFFSET("@label@_offset.hex")) @label@ (
)",
                       {{"words", words},
                        {"neurons", own.columns},
                        {"bits", bits_for(target.neurons)},
                        {"row", bits_for(rows.size())},
                        {"shift", fixed_.links[id].shift},
                        {"label", label}});
    else
      body_ += fill_in(R"(  weight_link #(
    .INPUTS(@inputs@), .NEURONS(@neurons@), .BITS(@bits@), .ROW(@row@),
    .WEIGHTS("@label@_weights.hex")) @label@ (
)",
                       {{"inputs", own.rows},
                        {"neurons", own.columns},
                        {"bits", bits_for(target.neurons)},
                        {"row", bits_for(rows.size())},
                        {"label", label}});
    body_ += common;
    currents_ += fmt::format("done_{0} ? current_{0} :\n    ", label);
    dones_ = ", done_" + label + dones_;
    ++links_of_layer_;
  }

  void layer(std::size_t id) {
    const StepPopulation& population = network_.populations[id];
    const Population& spec = population.spec;
    const FixedPopulation& fixed = fixed_.populations[id];
    const std::string own = name(id);
    const bool spikes = spec.kind == NeuronKind::lif;
    const std::size_t bits = bits_for(population.neurons);
    const std::size_t links = population.feed_forward.size() + population.recurrent.size();
    currents_.clear();
    dones_.clear();
    links_of_layer_ = 0;
    body_ += fill_in("\n  wire [@top@:0] start_@name@;\n  wire [@bits@:0] neuron_@name@;\n",
                     {{"top", links - 1}, {"bits", bits - 1}, {"name", own}});
    for (const auto* ids : {&population.feed_forward, &population.recurrent})
      for (const std::size_t each : *ids) link(each);
    files_.push_back({own + "_bias.hex", hex_words(fixed.bias)});
    const int reset = !spikes || spec.reset == Reset::none ? 0
                      : spec.reset == Reset::subtract      ? 1
                                                           : 2;
    body_ += fill_in(R"(
  reg                begin_@name@;
  wire               done_@name@, step_@name@, spike_@name@;
  wire signed [31:0] after_@name@;
  layer_sequencer #(
    .NEURONS(@neurons@), .BITS(@bits@), .LINKS(@links@), .BIAS("@name@_bias.hex"),
    .DECAY(32'sd@decay@), .THRESHOLD(32'sd@threshold@), .RESET(@reset@),
    .SPIKES(@spikes@)) layer_@name@ (
    .clk(clk), .reset(reset), .first(age == 16'd0), .start(begin_@name@), .done(done_@name@),
    .neuron(neuron_@name@), .link_start(start_@name@),
    .link_done({@dones@}), .link_current(
    @currents@32'sd0),
    .write(@write@), .word(@word@), .spikes(@gathered@),
    .step_neuron(step_@name@), .v_new(after_@name@), .spike(spike_@name@));
)",
                     {{"name", own},
                      {"neurons", population.neurons},
                      {"bits", bits},
                      {"links", links},
                      {"decay", fixed.beta.front()},
                      {"threshold", std::max(fixed.threshold, 1)},
                      {"reset", reset},
                      {"spikes", spikes ? 1 : 0},
                      {"dones", dones_.substr(2)},
                      {"currents", currents_},
                      {"write", spikes ? "write_" + own : std::string()},
                      {"word", spikes ? "word_" + own : std::string()},
                      {"gathered", spikes ? "spikes_" + own : std::string()}});
    layers_.push_back(own);
    reset_ += fill_in("      begin_@name@ <= 1'b0;\n", {{"name", own}});
    idle_ += fill_in("      begin_@name@ <= 1'b0;\n", {{"name", own}});
  }

  std::vector<VerilogFile> assemble() {
    const StepPopulation& input = network_.populations[network_.input];
    const std::string readout = name(network_.readout);
    std::string states;
    for (std::size_t k = 0; k + 1 < layers_.size(); ++k)
      states += fill_in("          if (done_@name@) begin_@next@ <= 1'b1;\n",
                        {{"name", layers_[k]}, {"next", layers_[k + 1]}});
    states += fill_in("          if (done_@name@) begin\n            state     <= CLEAR;\n"
                      "            cleared   <= 16'd0;\n            step_done <= 1'b1;\n"
                      "          end\n",
                      {{"name", layers_.back()}});
    const std::size_t bits = bits_for(network_.populations[network_.readout].neurons);
    std::string text = fill_in(
        R"(// @network@: a spiking network written by volley, Verilog-2005.
//
// Give the addresses of a step's events while event_ready, a spike each (event_valid), then `step`
// for a clock; step_done tells that the layers have done it. The readout gives its neurons one
// after another: output_valid, output_neuron, output_value (its membrane, units of
// 2^-@fraction@), output_spike. `rest` for a clock, while event_ready, begins a new recording.
// Address of an event at x, y of polarity p: (y * width + x) * 2 + p.
`default_nettype none
)",
        {{"network", network_.name},
         {"fraction", fixed_.populations[network_.readout].fraction}});
    text += verilog_modules;
    text += fill_in(R"(
module volley_net (
  input  wire               clk,
  input  wire               reset,
  input  wire               rest,
  input  wire               event_valid,
  input  wire [15:0]        event_address,
  output wire               event_ready,
  input  wire               step,
  output reg                step_done,
  output wire               output_valid,
  output wire [15:0]        output_neuron,
  output wire signed [31:0] output_value,
  output wire               output_spike
);
  localparam [1:0] CLEAR = 2'd0, EVENTS = 2'd1, LAYERS = 2'd2;
  reg [1:0]  state;
  reg [15:0] cleared;  // words of the input's memory that hold 0
  reg [15:0] age;      // steps since rest, up to the largest
  wire accepting = state == EVENTS && !rest && !step;
  wire clearing  = state == CLEAR && !step_done;
@body@
  assign output_valid  = step_@readout@;
  assign output_neuron = {@pad@'d0, neuron_@readout@};
  assign output_value  = after_@readout@;
  assign output_spike  = spike_@readout@;

  always @(posedge clk) begin
    step_done <= 1'b0;
    if (reset) begin
      state   <= CLEAR;
      cleared <= 16'd0;
      age     <= 16'd0;
@reset@    end else begin
@idle@      case (state)
        CLEAR: if (clearing) begin
          cleared <= cleared + 16'd1;
          if (cleared == 16'd@last_word@)
            state <= EVENTS;
        end
        EVENTS: begin
          if (rest) begin
            age     <= 16'd0;
            state   <= CLEAR;
            cleared <= 16'd0;
          end else if (step) begin
            begin_@first@ <= 1'b1;
            state <= LAYERS;
          end
        end
        default: begin
@states@        end
      endcase
      if (step_done) begin
        if (age != 16'hffff)
          age <= age + 16'd1;
@advance@      end
    end
  end
endmodule
`default_nettype wire
)",
                    {{"body", body_},
                     {"readout", readout},
                     {"pad", 16 - bits},
                     {"reset", reset_},
                     {"idle", idle_},
                     {"last_word", words_of(input) - 1},
                     {"first", layers_.front()},
                     {"states", states},
                     {"advance", advance_}});
    files_.insert(files_.begin(), {"volley_net.v", text});
    return std::move(files_);
  }

  const StepNetwork& network_;
  const FixedNetwork& fixed_;
  std::vector<VerilogFile> files_;
  std::vector<std::string> layers_;
  std::string body_, advance_, reset_, idle_, currents_, dones_;
  std::size_t links_of_layer_ = 0;
};

}  // namespace

std::vector<VerilogFile> write_verilog(const StepNetwork& network, const FixedNetwork& fixed) {
  check(network);
  return Design(network, fixed).write();
}

}  // namespace volley
