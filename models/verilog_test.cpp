// The test bench beside an exported design.
#include <fmt/format.h>

#include "models/text_template.hpp"
#include "models/verilog.hpp"

namespace volley {

namespace {

constexpr const char* bench_frame =
    R"(// Runs recordings through volley_net and compares every spike and the readout with what
// volley computed. volley_net_events.hex holds, a word each: 0aaaaaaa an event at address a,
// 10000000 the end of a step, 20000000 the end of a recording, 30000000 the end.
// +recordings=K runs the first K, +progress says when each is done.
module volley_net_tb;
  reg         clk, reset, rest, event_valid, step;
  reg  [15:0] event_address;
  wire        event_ready, step_done, output_valid, output_spike;
  wire [15:0] output_neuron;
  wire signed [31:0] output_value;

  volley_net dut (
    .clk(clk), .reset(reset), .rest(rest), .event_valid(event_valid),
    .event_address(event_address), .event_ready(event_ready), .step(step),
    .step_done(step_done), .output_valid(output_valid), .output_neuron(output_neuron),
    .output_value(output_value), .output_spike(output_spike));

  integer events, expected, got;  // files, numbers read
  integer n, recording, recordings, t, word, different, cycles;
  reg [31:0] command, wanted;
  // 64 bits would hold any number of spikes; 32 do for recordings.
  integer spikes;

  initial clk = 1'b0;
  always #5 clk = !clk;
  always @(posedge clk) cycles = cycles + 1;

  task next_command;
    begin
      got = $fscanf(events, "%h", command);
      if (got != 1) command = 32'h30000000;
    end
  endtask

  task check(input [31:0] value);
    begin
      wanted = 32'hxxxxxxxx;
      got = $fscanf(expected, "%h", wanted);
      if (value !== wanted) begin
        if (different == 0)
          $display("first difference: recording %0d, step %0d, word %0d: %h, not %h",
                   recording, t, word, value, wanted);
        different = different + 1;
      end
      word = word + 1;
    end
  endtask

  task check_spikes(input [31:0] value);
    begin
      check(value);
      while (wanted != 32'd0 && different == 0) begin
        spikes = spikes + 1;
        wanted = wanted & (wanted - 32'd1);
      end
    end
  endtask

  initial begin
    events = $fopen("volley_net_events.hex", "r");
    expected = $fopen("volley_net_expected.hex", "r");
    if (!$value$plusargs("recordings=%d", recordings)) recordings = @recordings@;
    reset = 1'b1;
    rest = 1'b0;
    event_valid = 1'b0;
    event_address = 16'd0;
    step = 1'b0;
    recording = 1;
    t = 0;
    word = 0;
    different = 0;
    spikes = 0;
    cycles = 0;
    repeat (4) @(negedge clk);
    reset = 1'b0;
    next_command;
    while (command[31:28] != 4'd3 && recording <= recordings) begin
      while (!event_ready) @(negedge clk);
      case (command[31:28])
        4'd0: begin
          event_valid = 1'b1;
          event_address = command[15:0];
          @(negedge clk);
          event_valid = 1'b0;
        end
        4'd1: begin
          step = 1'b1;
          @(negedge clk);
          step = 1'b0;
          while (!step_done) @(negedge clk);
          word = 0;
@checks@          t = t + 1;
          @(negedge clk);
        end
        default: begin
          rest = 1'b1;
          @(negedge clk);
          rest = 1'b0;
          if ($test$plusargs("progress")) begin
            $display("recording %0d of %0d", recording, recordings);
            $fflush;
          end
          recording = recording + 1;
          t = 0;
          @(negedge clk);
        end
      endcase
      next_command;
    end
    if (different == 0)
      $display("identical over %0d spikes of %0d recordings", spikes, recording - 1);
    else
      $display("%0d words differ in %0d recordings", different, recording - 1);
    $display("%0d clock cycles", cycles);
    $finish;
  end
endmodule
)";

}  // namespace

std::vector<VerilogFile> write_verilog_test(const StepNetwork& network,
                                            std::span<const RecordedRun> runs) {
  std::string events, expected, checks;
  const auto add = [](std::string& text, std::uint32_t word) {
    text += fmt::format("{:08x}\n", word);
  };
  for (std::size_t id = 0; id < network.populations.size(); ++id) {
    const StepPopulation& population = network.populations[id];
    const std::string name = code_name(network, id);
    if (population.spec.kind == NeuronKind::lif)
      checks += fill_in("          for (n = 0; n < @words@; n = n + 1)\n"
                        "            check_spikes(\n"
                        "                dut.memory_@name@.words[dut.bank_@name@ * @words@ + n]"
                        ");\n",
                        {{"words", (population.neurons + 31) / 32}, {"name", name}});
    if (population.spec.kind == NeuronKind::leaky_integrator)
      checks += fill_in("          for (n = 0; n < @neurons@; n = n + 1)\n"
                        "            check(dut.layer_@name@.membrane[n]);\n",
                        {{"neurons", population.neurons}, {"name", name}});
  }
  for (const RecordedRun& run : runs) {
    for (std::uint32_t t = 0; t < run.steps; ++t) {
      for (const std::uint32_t input : run.inputs[t]) add(events, input);
      add(events, 0x10000000u);
      for (std::size_t id = 0; id < network.populations.size(); ++id) {
        const StepPopulation& population = network.populations[id];
        if (population.spec.kind == NeuronKind::lif) {
          std::vector<std::uint32_t> bits((population.neurons + 31) / 32, 0);
          for (const std::uint32_t neuron : run.spikes[id][t])
            bits[neuron / 32] |= std::uint32_t{1} << (neuron % 32);
          for (const std::uint32_t word : bits) add(expected, word);
        }
        if (population.spec.kind == NeuronKind::leaky_integrator)
          for (std::size_t n = 0; n < population.neurons; ++n)
            add(expected,
                static_cast<std::uint32_t>(run.fixed_membrane[t * population.neurons + n]));
      }
    }
    add(events, 0x20000000u);
  }
  add(events, 0x30000000u);
  return {{"volley_net_tb.v",
           fill_in(bench_frame, {{"recordings", runs.size()}, {"checks", checks}})},
          {"volley_net_events.hex", events},
          {"volley_net_expected.hex", expected}};
}

}  // namespace volley
