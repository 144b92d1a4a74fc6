// The test program beside exported C: recorded input and what must come of it.
#include <fmt/format.h>

#include <algorithm>

#include "models/c_source.hpp"
#include "models/c_tables.hpp"
#include "models/text_template.hpp"

namespace volley {

namespace {

/// Lists of indices, step after step, as two tables.
struct Lists {
  std::vector<std::uint32_t> offsets{0}, indices;

  void add(const std::vector<std::uint32_t>& step) {
    indices.insert(indices.end(), step.begin(), step.end());
    offsets.push_back(static_cast<std::uint32_t>(indices.size()));
  }
  std::string tables(const std::string& name) const {
    return c_table(name + "_offsets", offsets, 32) + c_table(name + "_indices", indices, 32);
  }
};

constexpr const char* test_frame = R"(
#ifndef VOLLEY_NET_TEST_SILENT
#include <stdio.h>
#endif

static unsigned long spikes, different;

static void differs(uint32_t recording, const char *what, uint32_t neuron, uint32_t step)
{
#ifndef VOLLEY_NET_TEST_SILENT
  if (different == 0ul)
    printf("first difference: recording %lu, %s, neuron %lu, step %lu\n",
           (unsigned long)recording + 1ul, what, (unsigned long)neuron, (unsigned long)step);
#else
  (void)recording;
  (void)what;
  (void)neuron;
  (void)step;
#endif
  ++different;
}

@checker@
int main(void)
{
  static uint32_t input[VOLLEY_NET_INPUT_WORDS];
  static volley_net_output output[VOLLEY_NET_OUTPUTS];
  uint32_t recording, step = 0u, t, n;
  for (recording = 0u; recording < @recordings@u; ++recording) {
    volley_net_reset();
    for (t = 0u; t < recording_steps[recording]; ++t, ++step) {
      for (n = 0u; n < VOLLEY_NET_INPUT_WORDS; ++n)
        input[n] = 0u;
      for (n = input_offsets[step]; n < input_offsets[step + 1u]; ++n)
        input[input_indices[n] / 32u] |= (uint32_t)1u << (input_indices[n] % 32u);
      volley_net_step(input, output);
@checks@    }
    if (volley_net_class() != recording_class[recording])
      differs(recording, "class", 0u, t);
  }
#ifndef VOLLEY_NET_TEST_SILENT
  if (different == 0ul)
    printf("identical over %lu spikes of @recordings@ recordings\n", spikes);
#endif
  return different == 0ul ? 0 : 1;
}
)";

constexpr const char* spike_check = R"(static void check(uint32_t recording, uint32_t step,
                  uint32_t population, const char *name, uint32_t neurons,
                  const uint32_t *expected, uint32_t count)
{
  uint32_t neuron;
  for (neuron = 0u; neuron < neurons; ++neuron) {
    uint32_t wanted = 0u;
    while (count > 0u && *expected == neuron) {
      ++wanted;
      ++expected;
      --count;
    }
    if (volley_net_spikes(population, neuron) != wanted)
      differs(recording, name, neuron, step);
    spikes += wanted;
  }
}
)";

}  // namespace

std::string write_c_test(const StepNetwork& network, bool fixed,
                         std::span<const RecordedRun> runs) {
  std::string tables, checks;
  Lists input;
  std::vector<std::uint32_t> steps, classes;
  std::vector<float> membrane;
  std::vector<std::int32_t> fixed_membrane;
  for (const RecordedRun& run : runs) {
    steps.push_back(run.steps);
    classes.push_back(static_cast<std::uint32_t>(run.predicted));
    for (const auto& step : run.inputs) input.add(step);
    membrane.insert(membrane.end(), run.membrane.begin(), run.membrane.end());
    fixed_membrane.insert(fixed_membrane.end(), run.fixed_membrane.begin(),
                          run.fixed_membrane.end());
  }
  tables += c_table("recording_steps", steps, 32) + c_table("recording_class", classes, 32) +
            input.tables("input");
  bool spiking = false;
  for (std::size_t id = 0; id < network.populations.size(); ++id) {
    const StepPopulation& population = network.populations[id];
    if (population.spec.kind != NeuronKind::lif) continue;
    spiking = true;
    Lists lists;
    for (const RecordedRun& run : runs)
      for (const auto& step : run.spikes[id]) lists.add(step);
    const std::string name = code_name(network, id);
    tables += lists.tables(name);
    checks += fill_in("      check(recording, t, @id@u, \"population @plain@\", @neurons@u,\n"
                      "            @name@_indices + @name@_offsets[step],\n"
                      "            @name@_offsets[step + 1u] - @name@_offsets[step]);\n",
                      {{"id", id},
                       {"plain", population.spec.name},
                       {"neurons", population.neurons},
                       {"name", name}});
  }
  if (!network.spiking_readout()) {
    tables += fixed ? c_table("membranes", std::span<const std::int32_t>(fixed_membrane))
                    : c_table("membranes", std::span<const float>(membrane));
    checks += "      for (n = 0u; n < VOLLEY_NET_OUTPUTS; ++n)\n"
              "        if (!(output[n] >= membranes[step * VOLLEY_NET_OUTPUTS + n] &&\n"
              "              output[n] <= membranes[step * VOLLEY_NET_OUTPUTS + n]))\n"
              "          differs(recording, \"readout membrane\", n, t);\n";
  }
  return "/* Runs recordings through volley_net.c and compares every spike, the readout and the "
         "class with\n * what volley computed. Returns 0 where nothing differs. Define "
         "VOLLEY_NET_TEST_SILENT to do\n * without stdio. */\n#include \"volley_net.h\"\n\n" +
         tables +
         fill_in(test_frame, {{"checker", spiking ? spike_check : ""},
                         {"recordings", runs.size()},
                         {"checks", checks}});
}

}  // namespace volley
