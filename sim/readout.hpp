// Class scores of a recording's trace. Owns the order of the operations, which every engine shares;
// must not know engines.
#pragma once

#include "models/training_options.hpp"
#include "sim/trace.hpp"

namespace volley {

/// Sets scores and the predicted class from the population with id `readout`. Of a membrane the
/// mean (summed in order of the steps, then divided), the largest or the last value; of spikes
/// their number divided by the steps. All 0 without steps.
void read_scores(SampleTrace& trace, std::size_t readout, ReadoutScore score);

}  // namespace volley
