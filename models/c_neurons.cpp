// Neurons of a C program: the step of a population, in the order of operations of
// sim/membrane_kernels.hpp and sim/neuron_kernels.hpp, or of sim/fixed_engine.hpp.
#include <algorithm>

#include "models/c_tables.hpp"
#include "models/c_writer.hpp"
#include "models/text_template.hpp"

namespace volley {

std::string CWriter::literal(float value, std::int32_t fixed) const {
  return fixed_ == nullptr ? c_number(value) : c_number(fixed);
}

/// Statements that make `kept` of v[n]: what the spikes of the step before leave of it.
std::string CWriter::kept(const StepPopulation& population, const FixedPopulation* fixed) const {
  const Population& spec = population.spec;
  const std::string declare = "    " + number() + " kept = v[n];\n";
  const bool spiking = spec.kind == NeuronKind::lif;
  if (!spiking || (spec.reset == Reset::none && !spec.extended()))
    return "    const " + number() + " kept = v[n];\n";
  const std::string threshold =
      literal(static_cast<float>(spec.threshold), fixed != nullptr ? fixed->threshold : 0);
  const std::string cast = fixed_ == nullptr ? "(float)" : "(int32_t)";
  const bool several = spec.quantizer.levels > 1;
  std::string text;
  if (spec.extended()) {
    text = "    const uint32_t before = fired[n];\n";
    if (spec.reset == Reset::none) return text + "    const " + number() + " kept = v[n];\n";
    text += declare;
    if (spec.reset == Reset::zero) return text + "    if (before != 0u)\n      kept = 0;\n";
    return text + "    if (before != 0u)\n      kept -= " + cast + "before * " + threshold + ";\n";
  }
  text = declare;
  if (spec.reset == Reset::zero)
    return text + "    if (kept >= " + threshold + ")\n      kept = 0;\n";
  if (several)
    return text + "    kept -= " + threshold + " * " + cast + "spikes_in(kept, " + threshold +
           ", " + std::to_string(spec.quantizer.levels) + "u);\n";
  return text + "    if (kept >= " + threshold + ")\n      kept -= " + threshold + ";\n";
}

std::string CWriter::neurons(std::size_t id) {
  const StepPopulation& population = network_.populations[id];
  const FixedPopulation* fixed = fixed_ != nullptr ? &fixed_->populations[id] : nullptr;
  const Population& spec = population.spec;
  const std::string own = name(id);
  const std::size_t n = population.neurons;
  const bool spiking = spec.kind == NeuronKind::lif, integer = fixed != nullptr;
  currents_ = std::max(currents_, n);
  neuron_bytes_ += 4 * n;

  std::string tables = integer ? c_table(own + "_bias", fixed->bias)
                               : c_table(own + "_bias", population.bias);
  std::string beta = literal(population.beta.front(), integer ? fixed->beta.front() : 0);
  const bool same = std::all_of(population.beta.begin(), population.beta.end(),
                                [&](float other) { return other == population.beta.front(); });
  if (!same) {
    tables += integer ? c_table(own + "_beta", fixed->beta)
                      : c_table(own + "_beta", population.beta);
    beta = own + "_beta[n % " + std::to_string(population.channels) + "u]";
  }
  const auto state = [&](const char* type, const char* what, std::size_t bytes) {
    tables += fill_in("static @type@ @name@_@what@[@n@];\n",
                      {{"type", type}, {"name", own}, {"what", what}, {"n", n}});
    neuron_bytes_ += bytes * n;
  };
  tables += fill_in("static @number@ @name@_v[@n@];\n",
                    {{"number", number()}, {"name", own}, {"n", n}});
  std::string before =
      fill_in("  @number@ *v = @name@_v;\n", {{"number", number()}, {"name", own}});

  // What each expression looks like in float and in integers.
  const auto decay = [&](const std::string& factor, const std::string& value,
                         const std::string& added) {
    return integer ? "saturated((int64_t)decayed(" + factor + ", " + value + ") + " + added + ")"
                   : factor + " * " + value + " + " + added;
  };
  std::string body = "    @number@ input = current[n] + @name@_bias[n];\n";
  if (spec.synapse_beta != 0) {
    state(integer ? "int32_t" : "float", "synapse", 4);
    body += "    @name@_synapse[n] = input = " +
            decay(literal(static_cast<float>(spec.synapse_beta),
                          integer ? fixed->synapse_beta : 0),
                  "@name@_synapse[n]", "input") +
            ";\n";
  } else {
    body = "    const @number@ input = current[n] + @name@_bias[n];\n";
  }
  body += kept(population, fixed);
  body += "    v[n] = " + decay(beta, "kept", "input") + ";\n";
  std::string clear;
  if (spiking) {
    const std::string threshold =
        literal(static_cast<float>(spec.threshold), integer ? fixed->threshold : 0);
    std::string relative = "v[n]";
    if (spec.extended()) {
      state(spec.quantizer.levels > 255 ? "uint16_t" : "uint8_t", "fired",
            spec.quantizer.levels > 255 ? 2 : 1);
      before += fill_in("  @type@ *fired = @name@_fired;\n",
                        {{"type", spec.quantizer.levels > 255 ? "uint16_t" : "uint8_t"},
                         {"name", own}});
      if (spec.reset == Reset::none && spec.adaptation == 0 && spec.refractory_steps == 0)
        body += "    (void)before;\n";
    }
    if (spec.adaptation != 0) {
      state(integer ? "int32_t" : "float", "adaptation", 4);
      const std::string rate = literal(static_cast<float>(spec.adaptation_beta),
                                       integer ? fixed->adaptation_beta : 0);
      const std::string rise =
          literal(static_cast<float>(spec.adaptation), integer ? fixed->adaptation : 0);
      body += "    @name@_adaptation[n] = " +
              decay(rate, "@name@_adaptation[n]",
                    integer ? "(int64_t)before * " + rise : "(float)before") +
              ";\n";
      relative = integer ? "(int64_t)v[n] - @name@_adaptation[n]"
                         : "v[n] - " + rise + " * @name@_adaptation[n]";
    }
    if (spec.quantizer.levels > 1) {
      used_.insert("levels");
      body += "    uint32_t spikes = spikes_in(" + relative + ", " + threshold + ", " +
              std::to_string(spec.quantizer.levels) + "u);\n";
    } else {
      body += "    uint32_t spikes = " + relative + " >= " + threshold + " ? 1u : 0u;\n";
    }
    if (spec.refractory_steps > 0) {
      state("uint16_t", "refractory", 2);
      body += "    if (before != 0u)\n      @name@_refractory[n] = " +
              std::to_string(spec.refractory_steps) +
              "u;\n    else if (@name@_refractory[n] != 0u)\n      --@name@_refractory[n];\n"
              "    if (@name@_refractory[n] != 0u)\n      spikes = 0u;\n";
    }
    if (spec.extended())
      body += std::string("    fired[n] = ") +
              (spec.quantizer.levels > 255 ? "(uint16_t)" : "(uint8_t)") + "spikes;\n";
    body += counted(id) ? "    out[n] = (spike_count)spikes;\n"
                        : "    out[n / 32u] |= spikes << (n % 32u);\n";
    clear = fill_in("  for (n = 0u; n < @size@u; ++n)\n    out[n] = 0u;\n",
                    {{"size", step_size(id)}});
    before += fill_in("  @type@ *out = @spikes@;\n",
                      {{"type", spike_type(id)}, {"spikes", spikes(id, 0)}});
  }
  std::string calls;
  for (const auto* ids : {&population.feed_forward, &population.recurrent})
    for (const std::size_t each : *ids) {
      const StepLink& link = network_.links[each];
      for (std::size_t tap = link.taps; tap-- > 0;)
        calls += fill_in("  add_link@id@(@spikes@@delay@);\n",
                         {{"id", each},
                          {"spikes", spikes(link.source, link.delay(tap))},
                          {"delay", link.delays.empty()
                                        ? std::string()
                                        : ", " + std::to_string(link.delay(tap)) + "u"}});
    }
  return tables + fill_in("\nstatic void step_@name@(void)\n{\n@before@  uint32_t n;\n"
                          "  for (n = 0u; n < @n@u; ++n)\n    current[n] = 0;\n@calls@@clear@"
                          "  for (n = 0u; n < @n@u; ++n) {\n@body@  }\n}\n\n",
                          {{"name", own},
                           {"before", before},
                           {"n", n},
                           {"calls", calls},
                           {"clear", clear},
                           {"body", fill_in(body, {{"number", number()}, {"name", own}})}});
}

}  // namespace volley
