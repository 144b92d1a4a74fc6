// The trace of a sample that has just been trained on. Must not know what is done with it.
#pragma once

#include "sim/clocked_engine.hpp"
#include "sim/trace.hpp"

namespace volley {

/// What the first sample of the engine's last batch did; recording, label and dt are the caller's.
SampleTrace first_sample_trace(const ClockedEngine<float>& engine, ReadoutScore readout);

}  // namespace volley
