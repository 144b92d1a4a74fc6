// The modules of a design that step neurons: arithmetic of a membrane, the sequencer of a layer.
#include "models/verilog_design.hpp"

namespace volley {

const char* const verilog_neurons = R"(
// x / 2^SHIFT to the nearest integer, halves away from 0.
module rounded_shift #(
  parameter SHIFT = 0
) (
  input  wire signed [63:0] x,
  output wire signed [63:0] y
);
  localparam signed [63:0] HALF = SHIFT > 0 ? (64'sd1 << (SHIFT > 0 ? SHIFT - 1 : 0)) : 64'sd0;
  wire signed [63:0] below = (HALF - x) >>> SHIFT;
  wire signed [63:0] above = (x + HALF) >>> SHIFT;
  assign y = x < 64'sd0 ? -below : above;
endmodule

// One step of a membrane: saturate(decay * reset(v) + current + bias), and its spike.
module membrane_update #(
  parameter signed [31:0] DECAY     = 32'sd0,  // units of 2^-30
  parameter signed [31:0] THRESHOLD = 32'sd1,
  parameter               RESET     = 0,       // 0 none, 1 by subtraction, 2 to zero
  parameter               SPIKES    = 1
) (
  input  wire signed [31:0] v_old,
  input  wire signed [31:0] current,
  input  wire signed [31:0] bias,
  output wire signed [31:0] v_new,
  output wire               spike
);
  localparam signed [63:0] MOST = 64'sd2147483647;
  wire               fired = SPIKES != 0 && v_old >= THRESHOLD;
  wire signed [31:0] kept  = !fired || RESET == 0 ? v_old
                           : RESET == 1           ? v_old - THRESHOLD
                                                  : 32'sd0;
  wire signed [63:0] product = {{32{DECAY[31]}}, DECAY} * {{32{kept[31]}}, kept};
  wire signed [63:0] decayed;
  rounded_shift #(.SHIFT(30)) round (.x(product), .y(decayed));
  wire signed [31:0] given = current + bias;
  wire signed [63:0] sum   = decayed + {{32{given[31]}}, given};
  assign v_new = sum > MOST ? 32'sd2147483647 : sum < -MOST ? -32'sd2147483647 : sum[31:0];
  assign spike = SPIKES != 0 && v_new >= THRESHOLD;
endmodule

// A step of a layer: its links gather what arrives, one link after another; then each neuron's
// membrane takes a step, one a clock, and the spikes are gathered to words.
module layer_sequencer #(
  parameter               NEURONS   = 1,
  parameter               BITS      = 1,
  parameter               LINKS     = 1,
  parameter               BIAS      = "bias.hex",
  parameter signed [31:0] DECAY     = 32'sd0,
  parameter signed [31:0] THRESHOLD = 32'sd1,
  parameter               RESET     = 0,
  parameter               SPIKES    = 1
) (
  input  wire                clk,
  input  wire                reset,
  input  wire                first,  // step since rest: membranes begin at 0
  input  wire                start,
  output reg                 done,
  output reg  [LINKS-1:0]    link_start,
  input  wire [LINKS-1:0]    link_done,
  output reg  [BITS-1:0]     neuron,   // whose current is wanted
  input  wire signed [31:0]  current,  // of all links together
  output wire                write,
  output wire [15:0]         word,
  output wire [31:0]         spikes,
  output reg                 step_valid,
  output reg  [BITS-1:0]     step_neuron,  // whose membrane takes its step
  output wire signed [31:0]  v_new,
  output wire                spike
);
  localparam [BITS-1:0] LAST = NEURONS[BITS-1:0] - {{(BITS-1){1'b0}}, 1'b1};
  localparam [1:0] IDLE = 2'd0, GATHER = 2'd1, VISIT = 2'd2;
  reg signed [31:0] membrane [0:NEURONS-1];
  reg signed [31:0] bias     [0:NEURONS-1];
  initial $readmemh(BIAS, bias);

  reg        [1:0]       state;
  reg        [LINKS-1:0] waiting;  // one bit: the link at work
  reg signed [31:0]      arriving;
  reg        [31:0]      gathered;
  wire signed [31:0]     v_old = first ? 32'sd0 : membrane[step_neuron];
  membrane_update #(.DECAY(DECAY), .THRESHOLD(THRESHOLD), .RESET(RESET), .SPIKES(SPIKES)) update (
    .v_old(v_old), .current(arriving), .bias(bias[step_neuron]), .v_new(v_new), .spike(spike));

  wire [15:0] number  = {{(16-BITS){1'b0}}, step_neuron};
  wire        is_last = step_neuron == LAST;
  assign word   = {5'd0, number[15:5]};
  assign spikes = gathered | ({31'd0, spike} << number[4:0]);
  assign write  = step_valid && (number[4:0] == 5'd31 || is_last);

  localparam [LINKS-1:0] FIRST_LINK = 1;
  always @(posedge clk) begin
    step_valid  <= !reset && state == VISIT;
    step_neuron <= neuron;
    arriving    <= current;
    done        <= !reset && step_valid && is_last;
    link_start  <= {LINKS{1'b0}};
    if (step_valid) begin
      membrane[step_neuron] <= v_new;
      gathered              <= write ? 32'd0 : spikes;
    end
    if (reset) begin
      state <= IDLE;
    end else begin
      case (state)
        IDLE: if (start) begin
          neuron     <= {BITS{1'b0}};
          gathered   <= 32'd0;
          waiting    <= FIRST_LINK;
          link_start <= FIRST_LINK;
          state      <= GATHER;
        end
        GATHER: if ((waiting & link_done) != {LINKS{1'b0}}) begin
          waiting    <= waiting << 1;
          link_start <= waiting << 1;
          if (waiting[LINKS-1])
            state <= VISIT;
        end
        VISIT: begin
          neuron <= neuron + {{(BITS-1){1'b0}}, 1'b1};
          if (neuron == LAST)
            state <= IDLE;
        end
        default: state <= IDLE;
      endcase
    end
  end
endmodule
)";

}  // namespace volley
