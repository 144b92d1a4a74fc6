// The layers of a design and its top: who works when.
#include "models/verilog_design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "models/text_template.hpp"

namespace volley {

std::size_t verilog_bits(std::size_t count) {
  return std::max<std::size_t>(2, static_cast<std::size_t>(std::bit_width(count - 1)));
}

std::string verilog_hex(const std::vector<std::int32_t>& values) {
  std::string text;
  for (const std::int32_t value : values)
    text += fmt::format("{:08x}\n", static_cast<std::uint32_t>(value));
  return text;
}

std::vector<VerilogFile> VerilogDesign::write() {
  for (const std::size_t id : network_.order) {
    const StepPopulation& population = network_.populations[id];
    if (population.spec.kind == NeuronKind::relay) continue;
    if (population.spec.kind != NeuronKind::leaky_integrator) memory(id);
    if (population.spec.kind != NeuronKind::input) layer(id);
  }
  return assemble();
}

void VerilogDesign::layer(std::size_t id) {
  const StepPopulation& population = network_.populations[id];
  const Population& spec = population.spec;
  const FixedPopulation& fixed = fixed_.populations[id];
  const std::string own = name(id);
  const bool spikes = spec.kind == NeuronKind::lif;
  const std::size_t bits = verilog_bits(population.neurons);
  const std::size_t links = population.feed_forward.size() + population.recurrent.size();
  currents_.clear();
  dones_.clear();
  links_of_layer_ = 0;
  body_ += fill_in("\n  wire [@top@:0] start_@name@;\n  wire [@bits@:0] neuron_@name@;\n",
                   {{"top", links - 1}, {"bits", bits - 1}, {"name", own}});
  for (const auto* ids : {&population.feed_forward, &population.recurrent})
    for (const std::size_t each : *ids) link(each);
  files_.push_back({own + "_bias.hex", verilog_hex(fixed.bias)});
  const int reset = !spikes || spec.reset == Reset::none ? 0
                    : spec.reset == Reset::subtract      ? 1
                                                         : 2;
  body_ += fill_in(R"(
  reg                begin_@name@;
  wire               done_@name@, step_@name@, spike_@name@;
  wire [@top@:0]     number_@name@;
  wire signed [31:0] after_@name@;
  layer_sequencer #(
    .NEURONS(@neurons@), .BITS(@bits@), .LINKS(@links@), .BIAS("@name@_bias.hex"),
    .DECAY(32'sd@decay@), .THRESHOLD(32'sd@threshold@), .RESET(@reset@),
    .SPIKES(@spikes@)) layer_@name@ (
    .clk(clk), .reset(reset), .first(age == 16'd0), .start(begin_@name@), .done(done_@name@),
    .link_start(start_@name@), .link_done({@dones@}),
    .neuron(neuron_@name@), .current(@currents@),
    .write(@write@), .word(@word@), .spikes(@gathered@),
    .step_valid(step_@name@), .step_neuron(number_@name@), .v_new(after_@name@),
    .spike(spike_@name@));
)",
                   {{"name", own},
                    {"neurons", population.neurons},
                    {"bits", bits},
                    {"top", bits - 1},
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

std::vector<VerilogFile> VerilogDesign::assemble() {
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
  const std::size_t bits = verilog_bits(network_.populations[network_.readout].neurons);
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
  text += verilog_links;
  text += verilog_neurons;
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
  assign output_neuron = {@pad@'d0, number_@readout@};
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
                   {"last_word", verilog_words(input.neurons) - 1},
                   {"first", layers_.front()},
                   {"states", states},
                   {"advance", advance_}});
  files_.insert(files_.begin(), {"volley_net.v", text});
  return std::move(files_);
}

}  // namespace volley
