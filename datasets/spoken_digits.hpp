// The Free Spoken Digit Dataset: WAV files through a model cochlea. Owns its names and splits; must
// not know how the cochlea works.
#pragma once

#include <memory>

#include "datasets/dataset.hpp"

namespace volley {

/// Facts; the sensor is that of the cochlea's defaults.
DatasetInfo fsdd_info();

/// Reads {digit}_{speaker}_{take}.wav below request.directory, which may be an archive or hold one.
/// Takes 0 to 4 are the split Test, all others Train, as the authors say. Ordered by digit, then
/// name; a limit takes the first of each digit in turn. request.cochlea says how sound becomes
/// spikes. @throws Error naming the place for a missing folder, no such files, or a damaged one
std::unique_ptr<Dataset> open_fsdd(const DatasetRequest& request);

}  // namespace volley
