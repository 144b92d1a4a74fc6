// The header and the frame of the source; functions come from models/c_writer.hpp.
#include "models/c_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "models/c_tables.hpp"
#include "models/c_writer.hpp"
#include "models/text_template.hpp"

namespace volley {

namespace {

constexpr const char* header_text = R"(/* @description@
 * Written by volley. C99, no allocation, nothing but <stdint.h>; all state is static: one network,
 * one thread.
 *
 * Input and spikes are bits: bit n % 32 of word n / 32 is neuron n. A neuron of a map is
 * (y * width + x) * channels + channel; of an event camera, x, y and polarity p:
 * (y * width + x) * 2 + p.
@arithmetic@ */
#ifndef VOLLEY_NET_H
#define VOLLEY_NET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOLLEY_NET_INPUTS @inputs@u
#define VOLLEY_NET_INPUT_WORDS @words@u
#define VOLLEY_NET_OUTPUTS @outputs@u
@populations@
/* @output_words@ */
typedef @output@ volley_net_output;

/* Back to rest, as before the first step. */
void volley_net_reset(void);

/* One step of @dt@ ms. Bits from VOLLEY_NET_INPUTS on must be 0. */
void volley_net_step(const uint32_t input[VOLLEY_NET_INPUT_WORDS],
                     volley_net_output output[VOLLEY_NET_OUTPUTS]);

/* The class with the largest score of the steps since reset, the first of equals; @score@. */
uint32_t volley_net_class(void);

/* How often a neuron spiked in the last step. The populations are above. */
uint32_t volley_net_spikes(uint32_t population, uint32_t neuron);

#ifdef __cplusplus
}
#endif

#endif
)";

constexpr const char* float_words =
    R"( *
 * Currents, membranes and thresholds are floats, computed as volley's engines do, in their order:
 * the spikes are the same ones where float is IEEE 754 single precision without contraction of a
 * product and a sum into one operation. volley_net.c says so to the compiler (FP_CONTRACT OFF);
 * compilers that do not listen need their option, as -ffp-contract=off.
)";

constexpr const char* fixed_words =
    R"( *
 * Integers only. Values of a population are int32_t in units of 2^-fraction (below), decays in
 * units of 2^-30; products are taken in 64 bits and rounded to the nearest. A step's current cannot
 * overflow whatever the input; a membrane that leaves 32 bits over many steps saturates. Spikes are
 * those of volley's fixed-point engine on every machine.
)";

constexpr const char* strict_float = R"(
#if defined(__FAST_MATH__)
#error "spikes depend on every bit: compile without -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "float must be computed in single precision: on 32-bit x86 give -msse2 -mfpmath=sse"
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif
)";

std::string network_words(const StepNetwork& network) {
  std::string text = network.name + ":";
  for (const StepPopulation& population : network.populations)
    text += " " + population.spec.name + " " + to_string(population.spec.shape);
  return text;
}

std::string write_header(const StepNetwork& network, const FixedNetwork* fixed) {
  const StepPopulation& input = network.populations[network.input];
  std::string populations;
  for (std::size_t id = 0; id < network.populations.size(); ++id) {
    const StepPopulation& population = network.populations[id];
    if (population.bias.empty()) continue;
    std::string name = code_name(network, id).substr(4);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    populations += fmt::format("#define VOLLEY_NET_POPULATION_{} {}u /* {}, {} neurons{} */\n",
                               name, id, to_string(population.spec.kind), population.neurons,
                               fixed == nullptr
                                   ? std::string()
                                   : fmt::format(", fraction {}", fixed->populations[id].fraction));
  }
  const bool spiking = network.spiking_readout();
  const char* score = spiking                                ? "the number of its spikes"
                      : network.score == ReadoutScore::max   ? "its largest membrane"
                      : network.score == ReadoutScore::last  ? "its last membrane"
                                                             : "its mean membrane";
  return fill_in(header_text,
                 {{"description", network_words(network)},
                  {"arithmetic", fixed != nullptr ? fixed_words : float_words},
                  {"inputs", input.neurons},
                  {"words", c_words(input.neurons)},
                  {"outputs", network.populations[network.readout].neurons},
                  {"populations", populations},
                  {"output_words", spiking ? "Output: spikes of the readout in this step."
                                           : "Output: membranes of the readout."},
                  {"output", spiking            ? "uint16_t"
                             : fixed != nullptr ? "int32_t"
                                                : "float"},
                  {"dt", fmt::format("{:g}", network.dt_ms)},
                  {"score", score}});
}

constexpr const char* frame = R"(
void volley_net_reset(void)
{
  uint32_t n;
@reset@  for (n = 0u; n < VOLLEY_NET_OUTPUTS; ++n)
    scores[n] = 0;
@reset_steps@}

void volley_net_step(const uint32_t input[VOLLEY_NET_INPUT_WORDS],
                     volley_net_output output[VOLLEY_NET_OUTPUTS])
{
  uint32_t n;
@advance@@take@@steps@  for (n = 0u; n < VOLLEY_NET_OUTPUTS; ++n) {
    output[n] = @output@;
    @score@
  }
@count@}

uint32_t volley_net_class(void)
{
  uint32_t n, best = 0u;
  for (n = 1u; n < VOLLEY_NET_OUTPUTS; ++n)
    if (@better@)
      best = n;
  return best;
}

uint32_t volley_net_spikes(uint32_t population, uint32_t neuron)
{
  switch (population) {
@cases@  default:
    return 0u;
  }
}
)";

/// Text of the public functions.
std::string write_frame(const StepNetwork& network, const CWriter& writer, bool integer) {
  std::string reset, advance, take, steps, cases;
  const auto clear = [&](const std::string& name, std::size_t size) {
    reset += fill_in("  for (n = 0u; n < @size@u; ++n)\n    @name@[n] = 0;\n",
                     {{"size", size}, {"name", name}});
  };
  for (const std::size_t id : network.order) {
    const StepPopulation& population = network.populations[id];
    const std::string name = writer.name(id);
    const bool own_spikes = !writer.storage(id).empty();
    const bool input = id == network.input;
    if (own_spikes && !(input && writer.ring(id) == 1))
      clear(name + "_spikes", writer.ring(id) * writer.step_size(id));
    if (own_spikes && writer.ring(id) > 1)
      advance += fill_in("  @name@_now = @name@_now + 1u == @ring@u ? 0u : @name@_now + 1u;\n",
                         {{"name", name}, {"ring", writer.ring(id)}});
    const Population& spec = population.spec;
    if (!population.bias.empty()) {
      clear(name + "_v", population.neurons);
      if (spec.synapse_beta != 0) clear(name + "_synapse", population.neurons);
      if (spec.kind == NeuronKind::lif && spec.extended())
        clear(name + "_fired", population.neurons);
      if (spec.kind == NeuronKind::lif && spec.adaptation != 0)
        clear(name + "_adaptation", population.neurons);
      if (spec.kind == NeuronKind::lif && spec.refractory_steps > 0)
        clear(name + "_refractory", population.neurons);
    }
    if (input)
      take = writer.ring(id) == 1
                 ? "  net_input_now = input;\n"
                 : fill_in("  for (n = 0u; n < VOLLEY_NET_INPUT_WORDS; ++n)\n"
                           "    (@spikes@)[n] = input[n];\n",
                           {{"spikes", writer.spikes(id, 0)}});
    else if (writer.origin(id) == id)
      steps += "  step_" + name + "();\n";
    if (spec.kind == NeuronKind::lif)
      cases += fill_in(writer.counted(id)
                           ? "  case @id@u:\n    return (@spikes@)[neuron];\n"
                           : "  case @id@u:\n    return (@spikes@)[neuron / 32u] >> (neuron % 32u) "
                             "& 1u;\n",
                       {{"id", id}, {"spikes", writer.spikes(id, 0)}});
  }
  const std::string readout = writer.name(network.readout);
  const bool spiking = network.spiking_readout();
  const bool mean = !spiking && network.score == ReadoutScore::mean;
  const char* score = spiking || mean                       ? "scores[n] += output[n];"
                      : network.score == ReadoutScore::max  ? "if (output[n] > scores[n])\n"
                                                              "      scores[n] = output[n];"
                                                            : "scores[n] = output[n];";
  const bool divided = mean && !integer;
  return fill_in(frame,
                 {{"reset", reset},
                  {"reset_steps", divided ? "  steps = 0u;\n" : ""},
                  {"advance", advance},
                  {"take", take},
                  {"steps", steps},
                  {"output", spiking ? fill_in("(uint16_t)volley_net_spikes(@id@u, n)",
                                               {{"id", network.readout}})
                                     : readout + "_v[n]"},
                  {"score", score},
                  {"count", divided ? "  ++steps;\n" : ""},
                  {"better", divided ? "scores[n] / (float)steps > scores[best] / (float)steps"
                                     : "scores[n] > scores[best]"},
                  {"cases", cases}});
}

}  // namespace

CSource write_c(const StepNetwork& network, const FixedNetwork* fixed) {
  CWriter writer(network, fixed);
  std::string functions, storage;
  std::size_t most = 0;
  for (const std::size_t id : network.order) {
    const StepPopulation& population = network.populations[id];
    storage += writer.storage(id);
    if (writer.counted(id)) most = std::max(most, population.most_spikes);
    if (population.spec.kind == NeuronKind::input) continue;
    if (population.spec.kind == NeuronKind::relay) {
      functions += writer.relay(id);
      continue;
    }
    for (const auto* ids : {&population.feed_forward, &population.recurrent})
      for (const std::size_t link : *ids) functions += writer.link(link);
    functions += writer.neurons(id);
  }
  const bool spiking = network.spiking_readout(), integer = fixed != nullptr;
  const bool mean = !spiking && network.score == ReadoutScore::mean;
  std::string source = fmt::format("/* {}\n * Written by volley; volley_net.h says what it does. "
                                   "Static variables: {} bytes. */\n#include \"volley_net.h\"\n",
                                   network_words(network), writer.state_bytes());
  if (!integer) source += strict_float;
  if (most > 0)
    source += fmt::format("\ntypedef uint{}_t spike_count;\n", most > 255 ? 16 : 8);
  source += "\n" + storage +
            fmt::format("static {} scores[VOLLEY_NET_OUTPUTS];\n",
                        spiking   ? "uint32_t"
                        : integer ? (mean ? "int64_t" : "int32_t")
                                  : "float");
  if (mean && !integer) source += "static uint32_t steps;\n";
  source += writer.helpers() + "\n" + functions + write_frame(network, writer, integer);
  return {write_header(network, fixed), source};
}

}  // namespace volley
