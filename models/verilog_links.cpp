// The modules of a design that bring spikes to the neurons: their memory, and links of weights.
#include "models/verilog_design.hpp"

namespace volley {

const char* const verilog_links = R"(
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

// Names the spikes of a population: the address of every 1 in its words, one after another.
module spike_scan #(
  parameter WORDS = 1
) (
  input  wire        clk,
  input  wire        reset,
  input  wire        start,
  output reg  [15:0] word,    // fetched next
  input  wire [31:0] spikes,  // of that word
  input  wire        take,    // the spike shown makes room for the next
  output wire        valid,   // a spike is shown
  output wire [15:0] source,  // whose it is
  output reg         done
);
  localparam [15:0] END = WORDS[15:0];
  reg         busy;
  reg  [10:0] number;  // of the word at work
  reg  [31:0] left;    // its spikes that were not taken yet
  wire [31:0] others = left & (left - 32'd1);
  wire [31:0] lowest = left & ~others;
  assign valid  = left != 32'd0;
  assign source = {number, |(lowest & 32'hffff0000), |(lowest & 32'hff00ff00),
                   |(lowest & 32'hf0f0f0f0), |(lowest & 32'hcccccccc), |(lowest & 32'haaaaaaaa)};

  always @(posedge clk) begin
    done <= 1'b0;
    if (reset || start) begin
      busy <= start && !reset;
      word <= 16'd0;
      left <= 32'd0;
    end else if (busy && (take || !valid)) begin
      if (others != 32'd0) begin
        left <= others;
      end else if (word == END) begin
        left <= 32'd0;
        busy <= 1'b0;
        done <= 1'b1;
      end else begin  // the last spike of a word leaves while the next is fetched
        left   <= spikes;
        number <= word[10:0];
        word   <= word + 16'd1;
      end
    end
  end
endmodule

// Currents through 1-bit weights. Each spike fetches a row, a bit for every neuron of the layer; a
// counter of every neuron counts its bits, all in one clock. A current is
// round((scale * count + offset * spikes) / 2^SHIFT).
module popcount_link #(
  parameter INPUTS  = 1,
  parameter WORDS   = 1,  // of the source's spikes
  parameter NEURONS = 1,
  parameter BITS    = 1,  // of a neuron's number
  parameter ROW     = 1,  // of an input's number
  parameter COUNT   = 1,  // of a number of spikes
  parameter SHIFT   = 0,
  parameter WEIGHTS = "weights.hex",
  parameter SCALE   = "scale.hex",
  parameter OFFSET  = "offset.hex"
) (
  input  wire               clk,
  input  wire               reset,
  input  wire               start,
  output wire [15:0]        word,
  input  wire [31:0]        spikes,
  output wire               done,
  input  wire [BITS-1:0]    neuron,
  output wire signed [31:0] current  // of that neuron, when done
);
  reg        [NEURONS-1:0] weights [0:INPUTS-1];
  reg signed [31:0]        scale   [0:NEURONS-1];
  reg signed [31:0]        offset  [0:NEURONS-1];
  initial begin
    $readmemh(WEIGHTS, weights);
    $readmemh(SCALE, scale);
    $readmemh(OFFSET, offset);
  end

  wire        valid;
  wire [15:0] source;
  spike_scan #(.WORDS(WORDS)) scan (
    .clk(clk), .reset(reset), .start(start), .word(word), .spikes(spikes), .take(1'b1),
    .valid(valid), .source(source), .done(done));

  reg [NEURONS-1:0] row;
  reg               adding;   // a clock after the row's address
  reg [COUNT-1:0]   arrived;  // spikes
  always @(posedge clk) begin
    adding <= valid && !reset;
    if (valid)
      row <= weights[source[ROW-1:0]];
    if (start)
      arrived <= {COUNT{1'b0}};
    else if (adding)
      arrived <= arrived + {{(COUNT-1){1'b0}}, 1'b1};
  end

  // Bit b of all counts is plane b: a row is added to all counters by one ripple of carries.
  wire [COUNT-1:0] hits;
  genvar b;
  generate
    for (b = 0; b < COUNT; b = b + 1) begin : plane
      reg  [NEURONS-1:0] counts;
      wire [NEURONS-1:0] carry;
      if (b == 0) begin : lowest
        assign carry = row;
      end else begin : higher
        assign carry = plane[b-1].carry & plane[b-1].counts;
      end
      assign hits[b] = counts[neuron];
      always @(posedge clk)
        if (start)
          counts <= {NEURONS{1'b0}};
        else if (adding)
          counts <= counts ^ carry;
    end
  endgenerate

  wire signed [31:0] own_scale    = scale[neuron];
  wire signed [31:0] own_offset   = offset[neuron];
  wire signed [63:0] from_hits    = {{32{own_scale[31]}}, own_scale} * {{(64-COUNT){1'b0}}, hits};
  wire signed [63:0] from_arrived =
      {{32{own_offset[31]}}, own_offset} * {{(64-COUNT){1'b0}}, arrived};
  wire signed [63:0] exact        = from_hits + from_arrived;
  wire signed [63:0] nearest;
  rounded_shift #(.SHIFT(SHIFT)) round (.x(exact), .y(nearest));
  assign current = nearest[31:0];
endmodule

// Currents through weights of 32 bits: each spike adds its weights to the sums of the layer's
// neurons, one a clock.
module weight_link #(
  parameter INPUTS  = 1,
  parameter WORDS   = 1,  // of the source's spikes
  parameter NEURONS = 1,
  parameter BITS    = 1,  // of a neuron's number
  parameter ROW     = 1,  // of an address of weights
  parameter WEIGHTS = "weights.hex"
) (
  input  wire               clk,
  input  wire               reset,
  input  wire               start,
  output wire [15:0]        word,
  input  wire [31:0]        spikes,
  output wire               done,
  input  wire [BITS-1:0]    neuron,
  output wire signed [31:0] current  // of that neuron, when done
);
  reg signed [31:0] weights [0:INPUTS*NEURONS-1];
  reg signed [31:0] sums    [0:NEURONS-1];
  initial $readmemh(WEIGHTS, weights);

  localparam [BITS-1:0] LAST = NEURONS[BITS-1:0] - {{(BITS-1){1'b0}}, 1'b1};
  localparam [31:0]     SIZE = NEURONS;
  reg                clearing;
  reg  [BITS-1:0]    at;      // whose weight is fetched, or whose sum is cleared
  wire               at_last = at == LAST;
  wire               valid;
  wire [15:0]        source;
  spike_scan #(.WORDS(WORDS)) scan (
    .clk(clk), .reset(reset), .start(clearing && at_last), .word(word), .spikes(spikes),
    .take(at_last), .valid(valid), .source(source), .done(done));

  wire [31:0]        place = {16'd0, source} * SIZE + {{(32-BITS){1'b0}}, at};
  reg                adding;  // a clock after the weight's address
  reg  [BITS-1:0]    to;
  reg  signed [31:0] weight;
  wire [BITS-1:0]    changed = clearing ? at : to;
  always @(posedge clk) begin
    adding <= valid && !reset;
    to     <= at;
    if (valid)
      weight <= weights[place[ROW-1:0]];
    if (clearing || adding)
      sums[changed] <= clearing ? 32'sd0 : sums[changed] + weight;
    if (reset || start) begin
      clearing <= start && !reset;
      at       <= {BITS{1'b0}};
    end else if (clearing || valid) begin
      clearing <= clearing && !at_last;
      at       <= at_last ? {BITS{1'b0}} : at + {{(BITS-1){1'b0}}, 1'b1};
    end
  end
  assign current = sums[neuron];
endmodule
)";

}  // namespace volley
