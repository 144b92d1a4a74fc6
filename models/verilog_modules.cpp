// The modules that every exported design is made of.
#include "models/verilog.hpp"

namespace volley {

const char* const verilog_modules = R"(
// How many bits of a word are 1.
module popcount (
  input  wire [31:0] word,
  output reg  [5:0]  ones
);
  integer i;
  always @* begin
    ones = 6'd0;
    for (i = 0; i < 32; i = i + 1)
      ones = ones + {5'd0, word[i]};
  end
endmodule

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

// Spikes of a population in words of 32, of this step and those before it that are still wanted.
module spike_memory #(
  parameter WORDS = 1,
  parameter BITS  = 1  // of an address
) (
  input  wire            clk,
  input  wire            write,
  input  wire [BITS-1:0] write_address,
  input  wire [31:0]     write_word,
  input  wire [BITS-1:0] read_address,
  output wire [31:0]     read_word
);
  reg [31:0] words [0:WORDS-1];
  always @(posedge clk)
    if (write)
      words[write_address] <= write_word;
  assign read_word = words[read_address];
endmodule

// Address events of a step, each a bit set in a word of the input's memory.
module aer_input (
  input  wire        accept,
  input  wire        event_valid,
  input  wire [15:0] event_address,
  output wire        event_ready,
  output wire [15:0] word,
  input  wire [31:0] word_old,
  output wire        write,
  output wire [31:0] word_new
);
  assign event_ready = accept;
  assign word        = {5'd0, event_address[15:5]};
  assign write       = accept && event_valid;
  assign word_new  = word_old | (32'd1 << event_address[4:0]);
endmodule

// The current of one neuron through 1-bit weights: round((scale * ones of (spikes and weights) +
// offset * ones of spikes) / 2^SHIFT), 32 inputs a clock.
module popcount_link #(
  parameter WORDS   = 1,  // of the source's spikes
  parameter NEURONS = 1,
  parameter BITS    = 1,  // of a neuron's number
  parameter ROW     = 1,  // of an address of weights
  parameter SHIFT   = 0,
  parameter WEIGHTS = "weights.hex",
  parameter SCALE   = "scale.hex",
  parameter OFFSET  = "offset.hex"
) (
  input  wire               clk,
  input  wire               reset,
  input  wire               start,
  input  wire [BITS-1:0]    neuron,
  output reg  [15:0]        word,
  input  wire [31:0]        spikes,
  output reg                done,
  output wire signed [31:0] current
);
  reg        [31:0] weights [0:NEURONS*WORDS-1];
  reg signed [31:0] scale   [0:NEURONS-1];
  reg signed [31:0] offset  [0:NEURONS-1];
  initial begin
    $readmemh(WEIGHTS, weights);
    $readmemh(SCALE, scale);
    $readmemh(OFFSET, offset);
  end

  localparam [15:0] LAST = WORDS[15:0] - 16'd1;
  reg               busy;
  reg  [ROW-1:0]    row;
  reg  [31:0]       hits, arrived;
  wire [5:0]        new_hits, new_arrived;
  popcount count_hits    (.word(spikes & weights[row]), .ones(new_hits));
  popcount count_arrived (.word(spikes),                .ones(new_arrived));

  always @(posedge clk) begin
    done <= 1'b0;
    if (reset) begin
      busy <= 1'b0;
    end else if (start) begin
      busy    <= 1'b1;
      word    <= 16'd0;
      hits    <= 32'd0;
      arrived <= 32'd0;
      if (neuron == {BITS{1'b0}})
        row <= {ROW{1'b0}};  // the sequencer visits neurons in order: rows follow each other
    end else if (busy) begin
      hits    <= hits + {26'd0, new_hits};
      arrived <= arrived + {26'd0, new_arrived};
      word    <= word + 16'd1;
      row     <= row + {{(ROW-1){1'b0}}, 1'b1};
      if (word == LAST) begin
        busy <= 1'b0;
        done <= 1'b1;
      end
    end
  end

  wire signed [31:0] own_scale    = scale[neuron];
  wire signed [31:0] own_offset   = offset[neuron];
  wire signed [63:0] from_hits    = {{32{own_scale[31]}}, own_scale} * {32'd0, hits};
  wire signed [63:0] from_arrived = {{32{own_offset[31]}}, own_offset} * {32'd0, arrived};
  wire signed [63:0] exact        = from_hits + from_arrived;
  wire signed [63:0] nearest;
  rounded_shift #(.SHIFT(SHIFT)) round (.x(exact), .y(nearest));
  assign current = nearest[31:0];
endmodule

// The current of one neuron through weights of 32 bits, one input a clock.
module weight_link #(
  parameter INPUTS  = 1,
  parameter NEURONS = 1,
  parameter BITS    = 1,
  parameter ROW     = 1,
  parameter WEIGHTS = "weights.hex"
) (
  input  wire               clk,
  input  wire               reset,
  input  wire               start,
  input  wire [BITS-1:0]    neuron,
  output wire [15:0]        word,
  input  wire [31:0]        spikes,
  output reg                done,
  output reg  signed [31:0] current
);
  reg signed [31:0] weights [0:NEURONS*INPUTS-1];
  initial $readmemh(WEIGHTS, weights);

  localparam [20:0] LAST = INPUTS[20:0] - 21'd1;
  reg            busy;
  reg [20:0]     at;
  reg [ROW-1:0]  row;
  assign word = at[20:5];

  always @(posedge clk) begin
    done <= 1'b0;
    if (reset) begin
      busy <= 1'b0;
    end else if (start) begin
      busy    <= 1'b1;
      at      <= 21'd0;
      current <= 32'sd0;
      if (neuron == {BITS{1'b0}})
        row <= {ROW{1'b0}};
    end else if (busy) begin
      if (spikes[at[4:0]])
        current <= current + weights[row];
      at  <= at + 21'd1;
      row <= row + {{(ROW-1){1'b0}}, 1'b1};
      if (at == LAST) begin
        busy <= 1'b0;
        done <= 1'b1;
      end
    end
  end
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

// Visits the neurons of a layer: lets its links find their currents one after another, adds them,
// steps the membrane, gathers spikes to words.
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
  output reg  [BITS-1:0]     neuron,
  output reg  [LINKS-1:0]    link_start,
  input  wire [LINKS-1:0]    link_done,
  input  wire signed [31:0]  link_current,  // of the link that is done
  output wire                write,
  output wire [15:0]         word,
  output wire [31:0]         spikes,
  output wire                step_neuron,
  output wire signed [31:0]  v_new,
  output wire                spike
);
  localparam [BITS-1:0] LAST = NEURONS[BITS-1:0] - {{(BITS-1){1'b0}}, 1'b1};
  localparam [1:0] IDLE = 2'd0, WAIT = 2'd1, FIRE = 2'd2;
  reg signed [31:0] membrane [0:NEURONS-1];
  reg signed [31:0] bias     [0:NEURONS-1];
  initial $readmemh(BIAS, bias);

  reg        [1:0]       state;
  reg        [LINKS-1:0] waiting;  // one bit: the link at work
  reg signed [31:0]      current;
  reg        [31:0]      gathered;
  wire signed [31:0]     v_old = first ? 32'sd0 : membrane[neuron];
  membrane_update #(.DECAY(DECAY), .THRESHOLD(THRESHOLD), .RESET(RESET), .SPIKES(SPIKES)) update (
    .v_old(v_old), .current(current), .bias(bias[neuron]), .v_new(v_new), .spike(spike));

  wire [15:0] number  = {{(16-BITS){1'b0}}, neuron};
  wire        is_last = neuron == LAST;
  assign step_neuron = state == FIRE;
  assign word        = {5'd0, number[15:5]};
  assign spikes      = gathered | ({31'd0, spike} << number[4:0]);
  assign write       = step_neuron && (number[4:0] == 5'd31 || is_last);

  localparam [LINKS-1:0] FIRST_LINK = 1;
  always @(posedge clk) begin
    done       <= 1'b0;
    link_start <= {LINKS{1'b0}};
    if (reset) begin
      state <= IDLE;
    end else begin
      case (state)
        IDLE: if (start) begin
          neuron     <= {BITS{1'b0}};
          gathered   <= 32'd0;
          current    <= 32'sd0;
          waiting    <= FIRST_LINK;
          link_start <= FIRST_LINK;
          state      <= WAIT;
        end
        WAIT: if ((waiting & link_done) != {LINKS{1'b0}}) begin
          current <= current + link_current;
          if (waiting[LINKS-1]) begin
            state <= FIRE;
          end else begin
            waiting    <= waiting << 1;
            link_start <= waiting << 1;
          end
        end
        FIRE: begin
          membrane[neuron] <= v_new;
          gathered         <= write ? 32'd0 : spikes;
          current          <= 32'sd0;
          neuron           <= neuron + {{(BITS-1){1'b0}}, 1'b1};
          waiting          <= FIRST_LINK;
          if (is_last) begin
            state <= IDLE;
            done  <= 1'b1;
          end else begin
            link_start <= FIRST_LINK;
            state      <= WAIT;
          end
        end
        default: state <= IDLE;
      endcase
    end
  end
endmodule
)";

}  // namespace volley
