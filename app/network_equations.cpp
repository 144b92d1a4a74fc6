#include "app/network_equations.hpp"

#include <algorithm>
#include <vector>

namespace volley {

namespace {

std::string score_text(ReadoutScore score) {
  switch (score) {
    case ReadoutScore::max: return "the largest v of the steps";
    case ReadoutScore::last: return "v after the last step";
    default: return "mean of v over the steps";
  }
}

}  // namespace

std::string network_equations(const Network& network, ReadoutScore score) {
  bool lif = false, integrator = false, normalised = false, by_steps = false;
  bool synapse = false, adaptive = false, refractory = false;
  int levels = 1;
  std::vector<bool> resets(3, false);
  for (PopulationId id = 0; id < network.populations(); ++id) {
    const Population& p = network.population(id);
    if (p.kind == NeuronKind::lif) resets[static_cast<std::size_t>(p.reset)] = lif = true;
    synapse = synapse || p.synapse_beta != 0;
    adaptive = adaptive || p.adaptation != 0;
    refractory = refractory || p.refractory_steps != 0;
    if (p.kind == NeuronKind::lif) levels = std::max(levels, p.quantizer.levels);
    integrator = integrator || p.kind == NeuronKind::leaky_integrator;
    normalised = normalised || (p.normalise && p.kind != NeuronKind::input);
    by_steps = by_steps || p.normalise_steps > 1;
  }
  std::string text = "I[t] = sum of the weights of the spikes that arrive at step t, plus bias\n";
  bool skips = false;
  for (std::size_t id = 0; id < network.projections(); ++id)
    skips = skips || network.projection(id).kind == ProjectionKind::identity;
  if (skips) text += "identity: adds gain times the source's neuron i to neuron i of I[t]\n";
  if (normalised)
    text += "normalised: I is batch-normalised over steps and samples in training, folded into "
            "weights and bias afterwards\n";
  if (by_steps)
    text += "  N steps apart: the first N - 1 steps have statistics of their own, later ones share "
            "theirs\n";
  if (lif) text += "lif: v[t] = beta reset(v[t-1]) + I[t];  s[t] = 1 where v[t] >= threshold\n";
  if (levels > 1)
    text += "  with several levels: s[t] = floor(v[t] / threshold), at least 0 and at most levels; "
            "reset subtract takes threshold s\n";
  if (resets[0]) text += "  reset subtract: reset(v) = v - threshold after a spike, else v\n";
  if (resets[1]) text += "  reset zero: reset(v) = 0 after a spike, else v\n";
  if (resets[2]) text += "  reset none: reset(v) = v\n";
  if (synapse)
    text += "  synapse A: i[t] = A i[t-1] + I[t] stands for I[t]\n";
  if (adaptive)
    text += "  adaptation K, R: a[t] = R a[t-1] + s[t-1], v[t] - K a[t] stands for v[t] in s[t]\n";
  if (refractory) text += "  refractory N: no spike in the N steps after one\n";
  if (integrator)
    text += "leaky_integrator: v[t] = beta v[t-1] + I[t];  score = " + score_text(score) + "\n";
  else
    text += "score = number of spikes of the readout, divided by the steps\n";
  return text;
}

}  // namespace volley
